import type { Delivery } from '../../src/core/ports.ts';
import { operatorWaitMs } from '../../src/core/retry-after.ts';

/** Why a call gave no usable answer. Holds nothing that may not be logged but `message` and `link`, which only map.ts reads. */
export type Failure =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** The wait that the answer asks for, 0 to 1 hour in ms (`retryAfterMsOf`). */
      readonly retryAfterMs: number | undefined;
      /** Code of the first error in Intercom's error list: lower case and underscores only. */
      readonly code: string | undefined;
      readonly message: string | undefined;
      /** The Link header, which names the contact that a merged one became. */
      readonly link: string | undefined;
    }
  /** Surely never sent: no connection came about, or the caller gave up before. */
  | { readonly kind: 'not_sent' }
  /** Sent, and then nothing: a time-out or a connection that broke. */
  | { readonly kind: 'no_answer' }
  /** A success in a shape that Intercom does not use: something else answers at this address. */
  | { readonly kind: 'not_understood'; readonly status: number };

/** Whether the call could have shown something to a person: contacts and the look at who we are never do. */
export type Step = 'contact' | 'event' | 'message';

/**
 * What a failed call means for the prompt. On the contact step nothing was shown yet, so all that is not a plain refusal
 * may be asked again; on the others a lost answer is `unknown` until Intercom has been asked whether it holds the prompt.
 */
export function deliveryOf(failure: Failure, step: Step): Delivery {
  switch (failure.kind) {
    case 'not_sent':
      return { kind: 'unavailable', retryAfterMs: undefined, scope: 'prompt' };
    case 'no_answer':
      return lost(step);
    case 'not_understood':
      return step === 'contact' ? operatorMustMend : { kind: 'unknown' };
    case 'answered':
      return deliveryOfStatus(failure.status, failure.retryAfterMs, step);
    default:
      return failure satisfies never;
  }
}

const operatorMustMend = {
  kind: 'unavailable',
  retryAfterMs: operatorWaitMs,
  scope: 'channel',
} as const satisfies Delivery;

function deliveryOfStatus(status: number, retryAfterMs: number | undefined, step: Step): Delivery {
  // A 503 that names a time is Intercom refusing before work; a bare one may come from a proxy after it.
  if (status === 429 || (status === 503 && retryAfterMs !== undefined)) {
    return { kind: 'unavailable', retryAfterMs, scope: 'channel' };
  }
  if (status === 400 || status === 413 || status === 422) {
    return { kind: 'refused', reason: 'invalid_prompt' };
  }
  if (status === 408 || status === 409 || status >= 500) {
    return lost(step);
  }
  if (step === 'message' && (status === 402 || status === 403)) {
    // The plan may allow events and no messages: the other prompts of the channel go on.
    return { ...operatorMustMend, scope: 'prompt' };
  }
  // 401 and 403, and every status that the API does not use for these calls: a token or an address is wrong.
  return operatorMustMend;
}

function lost(step: Step): Delivery {
  return step === 'contact'
    ? { kind: 'unavailable', retryAfterMs: undefined, scope: 'prompt' }
    : { kind: 'unknown' };
}

/** One sentence for the operator when a failure will not pass by itself, else undefined. Names no person and no key. */
export function troubleOf(failure: Failure, step: Step): string | undefined {
  if (failure.kind === 'not_understood') {
    return `What answers at INTERCOM_BASE_URL is not Intercom's API (status ${failure.status} in an unknown shape); prompts wait until the address is right.`;
  }
  if (failure.kind !== 'answered') {
    return undefined;
  }
  const { status } = failure;
  const code = failure.code === undefined ? '' : `, ${failure.code}`;
  if (status === 401) {
    return 'Intercom refuses the access token (401); prompts wait until INTERCOM_ACCESS_TOKEN is a valid token of the workspace.';
  }
  if (step === 'message' && (status === 402 || status === 403)) {
    return `Intercom does not allow chat messages (${status}${code}); prompts of the form message wait until the plan covers them and the app may write conversations, or the playbook takes another form.`;
  }
  if (status === 402 || status === 403) {
    return `Intercom does not allow the call (${status}${code}); prompts wait until the app may read and write users and events and the plan covers it.`;
  }
  if (status === 400 || status === 413 || status === 422) {
    return `Intercom refuses a prompt as invalid (${status}${code}); check the offer's copy and its surface in the playbook.`;
  }
  if (status < 500 && status !== 408 && status !== 409 && status !== 429) {
    return `Intercom answers ${status}${code}, which its API does not do for this call; prompts wait until INTERCOM_BASE_URL is right.`;
  }
  return undefined;
}
