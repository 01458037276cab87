// The eraser. In: wishes to forget, from any door, the command line or the API. Out: no trace of the person in Redis, and a
// report of what was removed.
//
// Always true: a wish stays until a search that began after it finds nothing; one process searches at a time; searching
// takes a twentieth of the time at most, because each search reads everything.
// Redis gone: the next look is tried again.

import { randomUUID } from 'node:crypto';
import type { Forgotten } from '../store/forgotten.ts';
import { erasurePass, type ErasurePassDeps } from './erasure-pass.ts';

export interface EraserDeps extends ErasurePassDeps {
  readonly forgotten: Forgotten;
  /** From one look for wishes to the next. Default: a second. */
  readonly everyMs?: number;
}

const usualEveryMs = 1000;
const restFactor = 20;
const lockMs = 60_000;

/** Looks for wishes now and then every second; rests after a search for twenty times as long as it took. */
export function startErasing(deps: EraserDeps): { stop(): Promise<void> } {
  const { forgotten, onTrouble, everyMs = usualEveryMs } = deps;
  const holder = randomUUID();
  let isStopped = false;
  let pause: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    const startedMs = performance.now();
    try {
      await eraseOnce(deps, forgotten, holder);
    } catch (error) {
      onTrouble(error instanceof Error ? error.message : 'A search for traces failed.');
    }
    if (!isStopped) {
      const tookMs = performance.now() - startedMs;
      pause = setTimeout(begin, Math.max(everyMs, restFactor * tookMs));
    }
  };
  let running = look();
  const begin = (): void => {
    running = look();
  };
  return {
    async stop() {
      isStopped = true;
      clearTimeout(pause);
      await running;
      clearTimeout(pause);
    },
  };
}

async function eraseOnce(deps: EraserDeps, forgotten: Forgotten, holder: string): Promise<void> {
  const erasures = await forgotten.pending();
  if (erasures.length === 0 || !(await forgotten.lock(holder, lockMs))) {
    return;
  }
  for (const erasure of await erasurePass(erasures, deps)) {
    await forgotten.finish(erasure, deps.clock.nowMs());
  }
}
