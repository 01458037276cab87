import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FeedbackConnector } from '../../src/core/ports.ts';

/** Requests that were signed longer ago, or further in the future, are refused (HubSpot, "Request validation"). */
const windowMs = 5 * 60_000;

/** Escapes that HubSpot decodes before it signs the address (HubSpot, "Request validation", table of v3). */
const decoded: Readonly<Record<string, string>> = {
  '%3A': ':',
  '%2F': '/',
  '%3F': '?',
  '%40': '@',
  '%21': '!',
  '%24': '$',
  '%27': "'",
  '%28': '(',
  '%29': ')',
  '%2A': '*',
  '%2C': ',',
  '%3B': ';',
};
const escapes = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/giu;

const refusals = {
  unsigned:
    'The request has no X-HubSpot-Signature-v3 with its X-HubSpot-Request-Timestamp; HubSpot signs every request, so it does not come from there.',
  stale:
    'The request was signed more than 5 minutes ago or ahead; it is an old one sent again, or the clock of this machine is wrong.',
  bad_signature:
    'X-HubSpot-Signature-v3 does not fit; set HUBSPOT_CLIENT_SECRET to the client secret of the HubSpot app, and PUBLIC_URL to the address that HubSpot calls.',
} as const;

/**
 * The check of `POST /webhooks/hubspot`, signature v3: base64 of HMAC-SHA256 with the client secret over method, address,
 * raw body and timestamp. The address is the one HubSpot calls, not the one behind a proxy. Compared in constant time;
 * both sides of the 5 minutes are held, which HubSpot's SDK does not.
 */
export function createVerify(clientSecret: string): FeedbackConnector['verify'] {
  return ({ body, headers, method, url, nowMs }) => {
    const signature = headers['x-hubspot-signature-v3'];
    const timestamp = headers['x-hubspot-request-timestamp'];
    if (typeof signature !== 'string' || typeof timestamp !== 'string') {
      return { ok: false, why: refusals.unsigned };
    }
    const signedMs = /^\d{1,15}$/u.test(timestamp) ? Number(timestamp) : Number.NaN;
    // Written so that what is no number is refused too.
    if (!(Math.abs(nowMs - signedMs) <= windowMs)) {
      return { ok: false, why: refusals.stale };
    }
    const expected = createHmac('sha256', clientSecret)
      .update(method.toUpperCase() + decode(url))
      .update(body)
      .update(timestamp)
      .digest();
    const given = Buffer.from(signature, 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected)
      ? { ok: true }
      : { ok: false, why: refusals.bad_signature };
  };
}

function decode(url: string): string {
  return url.replace(escapes, (escape) => decoded[escape.toUpperCase()] ?? escape);
}
