import type { Delivery } from '../../src/core/ports.ts';
import { operatorWaitMs } from '../../src/core/retry-after.ts';

/** Why a call gave no usable answer. Holds nothing that may not be logged. */
export type Failure =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** The wait that the answer asks for, 0 to 1 hour in ms (`retryAfterMsOf`). */
      readonly retryAfterMs: number | undefined;
      /** The field that SendGrid's first error names: letters, digits, dots and underscores only. */
      readonly field: string | undefined;
    }
  /** Surely never sent: no connection came about, or the caller gave up before. */
  | { readonly kind: 'not_sent' }
  /** Sent, and then nothing: a time-out or a connection that broke. */
  | { readonly kind: 'no_answer' }
  /** A success in a shape that SendGrid does not use: something else answers at this address. */
  | { readonly kind: 'not_understood'; readonly status: number };

/**
 * What a failed `POST /v3/mail/send` means for the prompt. SendGrid has no idempotency key, so whatever may have been
 * taken is `unknown`; only a refusal before any work is `unavailable`.
 */
export function deliveryOf(failure: Failure): Delivery {
  switch (failure.kind) {
    case 'not_sent':
      return { kind: 'unavailable', retryAfterMs: undefined, scope: 'prompt' };
    case 'no_answer':
    case 'not_understood':
      return { kind: 'unknown' };
    case 'answered':
      return deliveryOfStatus(failure.status, failure.retryAfterMs);
    default:
      return failure satisfies never;
  }
}

function deliveryOfStatus(status: number, retryAfterMs: number | undefined): Delivery {
  // A 503 that names a time is SendGrid refusing before work; a bare one may come from a proxy after it.
  if (status === 429 || (status === 503 && retryAfterMs !== undefined)) {
    return { kind: 'unavailable', retryAfterMs, scope: 'channel' };
  }
  if (status === 400 || status === 413 || status === 422) {
    return { kind: 'refused', reason: 'invalid_prompt' };
  }
  if (status === 408 || status === 409 || status >= 500) {
    return { kind: 'unknown' };
  }
  // 401 and 403, and every status that the API does not use for this call: a key, a sender or an address is wrong, for
  // every e-mail alike. None was sent, so they wait for the mend and expire by their own clock.
  return { kind: 'unavailable', retryAfterMs: operatorWaitMs, scope: 'channel' };
}

/** One sentence for the operator when a failure will not pass by itself, else undefined. Names no person and no key. */
export function troubleOf(failure: Failure): string | undefined {
  if (failure.kind === 'not_understood') {
    return `What answers at SENDGRID_BASE_URL is not SendGrid's API (status ${failure.status} in an unknown shape); the e-mail is looked for and not repeated, so mend the address.`;
  }
  if (failure.kind !== 'answered') {
    return undefined;
  }
  const { status } = failure;
  const field = failure.field === undefined ? '' : `, field ${failure.field}`;
  if (status === 401) {
    return 'SendGrid refuses the API key (401); e-mails wait until SENDGRID_API_KEY is a valid key.';
  }
  if (status === 403) {
    return `SendGrid does not allow the call (403${field}); e-mails wait until the key may send mail and read email logs, and SENDGRID_FROM is a verified sender.`;
  }
  if (status === 400 || status === 413 || status === 422) {
    return `SendGrid refuses an e-mail as invalid (${status}${field}); check the offer's copy, SENDGRID_FROM and SENDGRID_UNSUBSCRIBE_GROUP.`;
  }
  if (status < 500 && status !== 408 && status !== 409 && status !== 429) {
    return `SendGrid answers ${status}${field}, which its API does not do for this call; e-mails wait until SENDGRID_BASE_URL is right.`;
  }
  return undefined;
}
