import { setTimeout as delay } from 'node:timers/promises';
import type { Hub } from '../../src/app/hub.ts';

const waitMsMax = 120_000;

/** Resolves when the hub has worked off everything that came in. Throws when that takes more than two minutes. */
export async function untilIdle(hub: Hub): Promise<void> {
  const lastMs = performance.now() + waitMsMax;
  for (;;) {
    const waiting = await hub.backlog();
    if (waiting === 0) {
      return;
    }
    if (performance.now() > lastMs) {
      throw new Error(`The hub still has ${waiting} inputs or prompts waiting after two minutes.`);
    }
    await delay(5);
  }
}
