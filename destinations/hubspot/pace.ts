import { setTimeout as delay } from 'node:timers/promises';

/** Waits until one more call may go out. Throws the signal's reason when aborted meanwhile. */
export type Pace = (signal: AbortSignal) => Promise<void>;

/**
 * Lets at most `max` calls out in any `perMs`. One process at a time talks to the CRM (the sync has a turn), so this is
 * the pace of the whole installation.
 */
export function createPace(max: number, perMs: number): Pace {
  const lately: number[] = [];
  return async (signal) => {
    for (;;) {
      signal.throwIfAborted();
      const nowMs = performance.now();
      while (lately[0] !== undefined && nowMs - lately[0] >= perMs) {
        lately.shift();
      }
      const [first] = lately;
      if (first === undefined || lately.length < max) {
        lately.push(nowMs);
        return;
      }
      await delay(first + perMs - nowMs + 1, undefined, { signal });
    }
  };
}
