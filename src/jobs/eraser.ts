// The eraser. In: wishes to forget, from any door, the command line or the API. Out: no trace of the person in Redis, and a
// report of what was removed.
//
// Always true: a wish stays until a search that began after it finds nothing; one process searches at a time; searching
// takes a twentieth of the time at most, because each search reads everything.
// Redis gone: the next look is tried again.

import { randomUUID } from 'node:crypto';
import { repeatedly } from '../repeatedly.ts';
import type { Forgotten } from '../store/forgotten.ts';
import { erasurePass, type ErasurePassDeps } from './erasure-pass.ts';

/** What the eraser needs besides what a search does. */
export interface EraserDeps extends ErasurePassDeps {
  readonly forgotten: Forgotten;
  /** From one look for wishes to the next. Default: a second. */
  readonly everyMs?: number;
}

const usualEveryMs = 1000;
const restFactor = 20;
const turnMs = 60_000;

/** Looks for wishes now and then every second; rests after a search for twenty times as long as it took. */
export function startErasing(deps: EraserDeps): { stop(): Promise<void> } {
  const { forgotten, onTrouble, everyMs = usualEveryMs } = deps;
  const holder = randomUUID();
  return repeatedly(() => eraseOnce(deps, forgotten, holder), {
    everyMs: (tookMs) => Math.max(everyMs, restFactor * tookMs),
    onTrouble,
    trouble: 'A search for traces failed.',
  });
}

async function eraseOnce(deps: EraserDeps, forgotten: Forgotten, holder: string): Promise<void> {
  const erasures = await forgotten.pending();
  if (erasures.length === 0 || !(await forgotten.turn.take(holder, turnMs))) {
    return;
  }
  for (const erasure of await erasurePass(erasures, deps)) {
    await forgotten.finish(erasure, deps.clock.nowMs());
  }
}
