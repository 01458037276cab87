import type { Accepted } from '../core/ports.ts';

/** What the inbox made of a request, or why there is no answer from it. */
export type InTime =
  | Accepted
  | { readonly kind: 'too_late' }
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Waits for what the inbox answers for at most `msMax`. After that the calls may still be stored;
 * the sender repeats them and they count once all the same. Never throws.
 */
export async function acceptInTime(
  accept: () => Promise<Accepted>,
  msMax: number,
): Promise<InTime> {
  const late = Promise.withResolvers<InTime>();
  const timer = setTimeout(() => late.resolve({ kind: 'too_late' }), msMax);
  try {
    return await Promise.race([accept(), late.promise]);
  } catch (error) {
    return { kind: 'failed', error };
  } finally {
    clearTimeout(timer);
  }
}
