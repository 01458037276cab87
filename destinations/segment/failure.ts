import type { Reported } from '../../src/core/outcome/outcome.ts';
import { operatorWaitMs } from '../../src/core/retry-after.ts';

/** What one request came to. Holds nothing that may not be logged. */
export type Answer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** The wait that the answer asks for, 0 to 1 hour in ms (`retryAfterMsOf`). */
      readonly retryAfterMs: number | undefined;
    }
  /** No answer, or none in time: it may or may not have been taken. */
  | { readonly kind: 'no_answer' };

/** What an answer means for the batch. Copies are removed by their ids, so whatever is in doubt is asked for again. */
export function reportedOf(answer: Answer): Reported {
  if (answer.kind === 'no_answer') {
    return { kind: 'unavailable', retryAfterMs: undefined };
  }
  const { status, retryAfterMs } = answer;
  if (status >= 200 && status < 300) {
    return { kind: 'accepted' };
  }
  if (status === 400 || status === 413 || status === 422) {
    return { kind: 'refused' };
  }
  if (status === 408 || status === 429 || status >= 500) {
    return { kind: 'unavailable', retryAfterMs };
  }
  return { kind: 'unavailable', retryAfterMs: operatorWaitMs };
}

/** One sentence for the operator when a failure will not pass by itself, else undefined. Names no person and no key. */
export function troubleOf(answer: Answer): string | undefined {
  if (answer.kind === 'no_answer') {
    return undefined;
  }
  const { status } = answer;
  if (status === 401 || status === 403) {
    return `Segment refuses the write key (${status}); outcomes wait until SEGMENT_OUTCOMES_WRITE_KEY is the key of a source in the region of SEGMENT_OUTCOMES_HOST.`;
  }
  if (status === 400 || status === 413 || status === 422) {
    return `Segment refuses a batch of outcomes as invalid (${status}); they are dropped, so tell the makers of the hub.`;
  }
  if (status >= 300 && status < 500 && status !== 408 && status !== 429) {
    return `What answers at SEGMENT_OUTCOMES_HOST is not Segment's Tracking API (${status}); outcomes wait until the address is right.`;
  }
  return undefined;
}
