import { timesWithin, type Trail, type TrailShape } from './trail.ts';

/** Times kept of each signal of a sequence: so many completions can be told apart. */
export const sequenceTimesMax = 64;

/**
 * How often the steps were gone through in their order, all within `(now - window, now]`; `now` is never before the newest
 * event. Other events may lie between two steps. An event is one step of one completion, and a completion begins when the
 * one before has ended. Of one millisecond, steps count in the order of the sequence, and each signal once. Not exact,
 * and then too few, only where one signal came more than 64 times in the window.
 */
export function readSequence(
  trail: Trail,
  shape: TrailShape,
  nowMs: number,
): { readonly value: number; readonly isExact: boolean } {
  const { times, isExact } = timesWithin(trail, shape, nowMs);
  // The earliest event that can be a step leaves the most for the steps after it.
  const used = times.map(() => 0);
  let atMs = Number.NEGATIVE_INFINITY;
  for (let value = 0; ; value += 1) {
    for (const signal of shape.steps) {
      const step = shape.steps.indexOf(signal);
      const from = used[step] ?? 0;
      const found = times[step]?.findIndex((timeMs, at) => at >= from && timeMs >= atMs) ?? -1;
      const foundMs = times[step]?.[found];
      if (foundMs === undefined) {
        return { value, isExact };
      }
      used[step] = found + 1;
      atMs = foundMs;
    }
  }
}
