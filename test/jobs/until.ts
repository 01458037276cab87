import { setTimeout as delay } from 'node:timers/promises';

/** Looks every 10 ms whether something has come true; fails, naming it, when it has not within the time. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  withinMs = 15_000,
): Promise<void> {
  const lastMs = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > lastMs) {
      throw new Error(`not within ${withinMs} ms: ${what}`);
    }
    await delay(10);
  }
}
