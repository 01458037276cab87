import type { Delivery } from '../../src/core/ports.ts';

/** Why a call gave no usable answer. Holds nothing that may not be logged. */
export type Failure =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** See `retryAfterMsOf`. */
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

/** How long to wait when somebody must mend a setting first; they will not be faster. */
const operatorWaitMs = 60_000;
/** No answer makes us wait longer: the prompt expires by its own clock. */
const retryAfterMaxMs = 3_600_000;

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

/**
 * The wait that an answer asks for, 0 to 1 hour in ms: Retry-After (seconds or an HTTP date), and for a 429 else
 * X-RateLimit-Reset (Unix seconds; SendGrid's "Rate Limits" page). Undefined when there is none or it cannot be read.
 */
export function retryAfterMsOf(
  status: number,
  header: (name: string) => string | undefined,
  nowMs: number,
): number | undefined {
  const retryAfter = header('retry-after')?.trim() ?? '';
  const reset = status === 429 ? (header('x-ratelimit-reset')?.trim() ?? '') : '';
  const waits = [
    /^\d{1,9}$/u.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - nowMs,
    /^\d{1,12}$/u.test(reset) ? Number(reset) * 1000 - nowMs : Number.NaN,
  ];
  const wait = waits.find((ms) => Number.isFinite(ms));
  return wait === undefined ? undefined : Math.min(Math.max(wait, 0), retryAfterMaxMs);
}
