import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FeedbackConnector } from '../../src/core/ports.ts';

/**
 * The check of `POST /webhooks/intercom`: `X-Hub-Signature: sha1=<40 hex>` is the HMAC-SHA1 of the raw body with the app's
 * client secret (Intercom, "Webhook Notifications", signed notifications). Compared in constant time. No time is signed, so
 * an old notification that is sent again passes here and is found a repetition by its ids.
 */
export function createVerify(clientSecret: string): FeedbackConnector['verify'] {
  return ({ body, headers }) => {
    const header = headers['x-hub-signature'];
    if (typeof header !== 'string') {
      return {
        ok: false,
        why: 'The request has no X-Hub-Signature; Intercom signs every notification, so it does not come from there.',
      };
    }
    const hex = /^sha1=([0-9a-f]{40})$/iu.exec(header.trim())?.[1];
    const expected = createHmac('sha1', clientSecret).update(body).digest();
    return hex !== undefined && timingSafeEqual(Buffer.from(hex, 'hex'), expected)
      ? { ok: true }
      : {
          ok: false,
          why: 'X-Hub-Signature does not fit the body; set INTERCOM_CLIENT_SECRET to the client secret of the Intercom app.',
        };
  };
}
