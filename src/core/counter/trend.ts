import { dayMs, hourMs, minuteMs } from '../duration.ts';
import { bucketMsOf, type Tally, type TallyShape } from './tally.ts';

/** How a trend is measured. */
export interface TrendRule {
  readonly windowMs: number;
  /** The window that it is held against ended so long ago. */
  readonly againstMs: number;
  /** With fewer events in the window there is no growth: 1 -> 2 is none. */
  readonly min: number;
}

/** Both windows and how much the one outgrew the other. */
export interface Trend {
  /** `count / before - 1`; 0 with fewer events than `min`, or with none before. */
  readonly value: number;
  readonly count: number;
  readonly before: number;
  readonly isExact: boolean;
}

/** Cells kept of a trend: the finest buckets that cover both windows and what lies between them. */
const cellsMax = 512;

/** Events kept one by one. */
const recentMax = 64;

/**
 * The bucket of a trend, ms: each edge of its two windows may be off by half of it beyond the newest 64 events. That of a count
 * of the same window, or the next larger one of 1 hour, 6 hours and 24 hours with which 512 cells are enough.
 */
export function trendBucketMs(windowMs: number, againstMs: number): number {
  const isEnough = (bucketMs: number): boolean =>
    (windowMs + againstMs) / bucketMs + 2 <= cellsMax && bucketMs >= bucketMsOf(windowMs);
  return [minuteMs, hourMs, 6 * hourMs].find(isEnough) ?? dayMs;
}

/** How the tally behind a trend is kept. */
export function trendShapeOf({ windowMs, againstMs }: TrendRule): TallyShape {
  const bucketMs = trendBucketMs(windowMs, againstMs);
  return { windowMs: windowMs + againstMs, bucketMs, recentMax, cellsMax };
}

/**
 * The events in `(now - window, now]` against those in the window that ended `againstMs` before `now`, which is never
 * before the newest event. A bucket that an edge cuts counts on the side where its middle is.
 */
export function readTrend(tally: Tally, rule: TrendRule, nowMs: number): Trend {
  const { bucketMs } = trendShapeOf(rule);
  const endMs = Math.max(nowMs, tally.recent[0]?.timeMs ?? nowMs);
  const now = countWithin(tally, endMs - rule.windowMs, endMs, bucketMs);
  const thenMs = endMs - rule.againstMs;
  const then = countWithin(tally, thenMs - rule.windowMs, thenMs, bucketMs);
  const hasGrowth = now.count >= rule.min && then.count > 0;
  return {
    value: hasGrowth ? now.count / then.count - 1 : 0,
    count: now.count,
    before: then.count,
    isExact: now.isExact && then.isExact,
  };
}

/** The events in `(fromMs, toMs]`. */
function countWithin(
  { recent, cells }: Tally,
  fromMs: number,
  toMs: number,
  bucketMs: number,
): { readonly count: number; readonly isExact: boolean } {
  let count = recent.filter(({ timeMs }) => fromMs < timeMs && timeMs <= toMs).length;
  let isExact = true;
  for (const { bucket, positive } of cells) {
    const startMs = bucket * bucketMs;
    const middleMs = startMs + bucketMs / 2;
    const isCutAt = (edgeMs: number): boolean =>
      startMs <= edgeMs && edgeMs < startMs + bucketMs - 1;
    count += fromMs < middleMs && middleMs <= toMs ? positive : 0;
    isExact &&= !isCutAt(fromMs) && !isCutAt(toMs);
  }
  return { count, isExact };
}
