import type { Input } from '../core/input.ts';

/** A time that a unit set itself. */
export interface Timer {
  readonly dueMs: number;
  readonly input: Input & { readonly kind: 'timer' };
}

/** Timers in memory, the earliest first; of the same time in the order in which they were set. */
export interface Timers {
  set(timer: Timer): void;
  /** The next that is due by `nowMs`, taken out; undefined: none is. */
  next(nowMs: number): Timer | undefined;
}

/** No timer is set. */
export function createTimers(): Timers {
  // The earliest is the last, where taking it out is cheap.
  const latestFirst: Timer[] = [];
  return {
    set(timer) {
      let low = 0;
      let high = latestFirst.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((latestFirst[middle]?.dueMs ?? 0) > timer.dueMs) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      latestFirst.splice(low, 0, timer);
    },
    next: (nowMs) =>
      (latestFirst.at(-1)?.dueMs ?? Infinity) <= nowMs ? latestFirst.pop() : undefined,
  };
}
