import type { Accepted, Inbox } from '../core/ports.ts';
import type { ParsedBody } from './segment.ts';

/** What the inbox made of a request, or why there is no answer from it. */
export type InTime =
  | Accepted
  | { readonly kind: 'too_late' }
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Hands the calls to the inbox and waits for at most `msMax`. After that they may still be stored;
 * the sender repeats them and they count once all the same. Never throws.
 */
export async function acceptInTime(inbox: Inbox, body: ParsedBody, msMax: number): Promise<InTime> {
  const late = Promise.withResolvers<InTime>();
  const timer = setTimeout(() => late.resolve({ kind: 'too_late' }), msMax);
  try {
    return await Promise.race([inbox.accept(body.inputs, body.quarantined), late.promise]);
  } catch (error) {
    return { kind: 'failed', error };
  } finally {
    clearTimeout(timer);
  }
}
