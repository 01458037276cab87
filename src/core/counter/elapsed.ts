import { timesWithin, type Trail, type TrailShape } from './trail.ts';

/** Times kept of each of the two signals. */
export const elapsedTimesMax = 128;

/** The most times that are looked at. */
export const ofLastMax = 32;

/** What the newest times from one signal to another say. */
export interface Pace {
  /** Share of the newest `ofLast` times that were at most `atMostMs`; 0 while there are fewer. */
  readonly value: number;
  /** How many of the newest `ofLast` were. */
  readonly count: number;
  /** The newest time, ms; undefined when none was measured. */
  readonly tookMs: number | undefined;
  readonly isExact: boolean;
}

/**
 * Times as a stopwatch takes them: each `from` starts it anew, the first `to` after it (or of the same millisecond) stops
 * it. Both within `(now - window, now]`. Exact while the newest 128 of each signal hold `ofLast` times; where they do not,
 * older ones count as not measured.
 */
export function readElapsed(
  trail: Trail,
  shape: TrailShape,
  nowMs: number,
  rule: { readonly atMostMs: number; readonly ofLast: number },
): Pace {
  const { times, isExact } = timesWithin(trail, shape, nowMs);
  const [starts = [], ends = []] = times;
  const taken: number[] = [];
  // Before the oldest end that is known there may have been others, so nobody knows what that one ended.
  const isOldestUnsure = ends.length === trail.times[1]?.length && ends.length >= shape.timesMax;
  let startAt = 0;
  ends.forEach((endMs, at) => {
    let startMs: number | undefined;
    for (; (starts[startAt] ?? Number.POSITIVE_INFINITY) <= endMs; startAt += 1) {
      startMs = starts[startAt];
    }
    if (startMs !== undefined && (at > 0 || !isOldestUnsure)) {
      taken.push(endMs - startMs);
    }
  });
  const last = taken.slice(-rule.ofLast);
  const count = last.filter((tookMs) => tookMs <= rule.atMostMs).length;
  return {
    value: last.length < rule.ofLast ? 0 : count / rule.ofLast,
    count,
    tookMs: last.at(-1),
    isExact: isExact || last.length >= rule.ofLast,
  };
}
