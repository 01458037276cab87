import { type KeyObject, verify } from 'node:crypto';
import type { FeedbackConnector, RequestHeaders } from '../../src/core/ports.ts';

/** SendGrid repeats for 24 hours, perhaps with the first signature; an hour more for clocks. */
const ageMsMax = 25 * 3_600_000;
const aheadMsMax = 3_600_000;

const signatureHeader = 'x-twilio-email-event-webhook-signature';
const timestampHeader = 'x-twilio-email-event-webhook-timestamp';

/**
 * The check of the Signed Event Webhook: ECDSA over P-256 and SHA-256, signature in base64 DER, over the timestamp and the
 * bytes as they came, the last line break included (SendGrid, "Security features", 2021).
 */
export function createVerify(key: KeyObject): FeedbackConnector['verify'] {
  return ({ body, headers, nowMs }) => {
    const signature = oneOf(headers, signatureHeader);
    const timestamp = oneOf(headers, timestampHeader);
    if (signature === undefined || timestamp === undefined) {
      return refused(
        'The request is not signed; switch the Signed Event Webhook on in SendGrid, Settings, Mail Settings.',
      );
    }
    if (!/^\d{1,12}$/u.test(timestamp)) {
      return refused(
        'The timestamp of the signature is not a number of seconds; send what SendGrid sends.',
      );
    }
    const ageMs = nowMs - Number(timestamp) * 1000;
    if (ageMs > ageMsMax || ageMs < -aheadMsMax) {
      return refused(
        'The signature is older than a day or from the future; set the clock of this machine, or send it anew.',
      );
    }
    const signed = Buffer.concat([Buffer.from(timestamp), body]);
    return verify('sha256', signed, key, Buffer.from(signature, 'base64'))
      ? { ok: true }
      : refused(
          'The signature does not fit the body; copy the verification key of SendGrid to SENDGRID_WEBHOOK_PUBLIC_KEY.',
        );
  };
}

function oneOf(headers: RequestHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function refused(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why };
}
