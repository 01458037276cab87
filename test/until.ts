import { setTimeout as delay } from 'node:timers/promises';

/**
 * Looks every few milliseconds whether something has come about, and gives what `look` gave. Throws after `withinMs` a
 * sentence that names `what` was waited for, asked for at the end. An error of `look` is not waited out: it rises at once.
 */
export async function until<T>(
  what: string | (() => string),
  look: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 25_000,
): Promise<T> {
  const lastMs = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) {
      return seen;
    }
    if (performance.now() > lastMs) {
      throw new Error(
        `waited ${withinMs / 1000} s in vain for ${typeof what === 'string' ? what : what()}`,
      );
    }
    await delay(10);
  }
}
