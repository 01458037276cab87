import type { CounterSpec } from '../playbook.ts';
import type { DistinctShape } from './distinct.ts';
import { elapsedTimesMax } from './elapsed.ts';
import { sequenceTimesMax } from './sequence.ts';
import { defaultGapMs, type SessionsShape, spansMax } from './sessions.ts';
import { cellsMax, type TallyShape, tallyShapeOf } from './tally.ts';
import type { TrailShape } from './trail.ts';
import { type TrendRule, trendShapeOf } from './trend.ts';
import { weeklyTotalsShape } from './weekly-totals.ts';
import { weeksMax } from './weekly.ts';

/* How each kind of counter is kept. All of it follows from the counter's spec. */

/** How a distinct count is kept. */
export function distinctShapeOf(spec: CounterSpec): DistinctShape {
  return { windowMs: spec.windowMs, valuesMax: cellsMax };
}

/** How sessions by pauses are kept. */
export function sessionsShapeOf(spec: CounterSpec): SessionsShape {
  return {
    gapMs: spec.gapMs ?? defaultGapMs,
    windowMs: spec.windowMs ?? Number.POSITIVE_INFINITY,
    spansMax,
  };
}

/** How a sequence or elapsed times are kept. */
export function trailShapeOf(spec: CounterSpec): TrailShape {
  return {
    steps: spec.steps ?? [spec.signal],
    windowMs: spec.windowMs,
    timesMax: spec.kind === 'elapsed' ? elapsedTimesMax : sequenceTimesMax,
  };
}

/** How a count, a sum or a trend is kept. */
export function shapeOfTally(spec: CounterSpec): TallyShape {
  if (spec.isWeeklyTotal === true) {
    return weeklyTotalsShape;
  }
  const rule = trendRuleOf(spec);
  return rule === undefined ? tallyShapeOf(spec) : trendShapeOf(rule);
}

/** How a trend is measured; undefined for every other kind. */
export function trendRuleOf({ trend, windowMs }: CounterSpec): TrendRule | undefined {
  return trend === undefined || windowMs === undefined ? undefined : { ...trend, windowMs };
}

/** How many weeks a weekly counter looks back. */
export function weeksOf(spec: CounterSpec): number {
  return spec.weeks ?? weeksMax;
}
