import { type Counter, newestMsOf, readCounter } from '../counter/counter.ts';
import { type Gauge, levelOf, type Level, shareOf } from '../counter/gauge.ts';
import { countAtMost, type Ladder, laddersOf } from '../counter/ladder.ts';
import { type Mark, type Marks, measureOf, newestBelowMs } from '../counter/mark.ts';
import { toNumber } from '../counter/number.ts';
import { highestOf } from '../counter/seats.ts';
import type { Once } from '../counter/once.ts';
import type { Sample } from '../counter/sample.ts';
import { hash32 } from '../hash.ts';
import { type CounterSpec, isAgainstLimit, type TriggerSpec } from '../playbook.ts';

/*
 * Which triggers one event made true. Enters: a counter before and after the sample. Leaves: the crossed triggers, highest
 * threshold first. Always holds: a threshold that was already reached does not fire again, a stale gauge sample fires
 * nothing. Costs a binary search and what it returns, not one comparison per trigger.
 */

const none: readonly TriggerSpec[] = [];

/**
 * The triggers of `spec` that `sample` crossed, highest threshold first.
 * Count, sum, distinct, sessions, sequence, elapsed, weekly: below the threshold before and at or above it after, both read at the same time and for the sample's
 * `by` value. Gauge: the sample is the newest, reaches the threshold, and the trigger is armed: never reached before, or
 * last reached in another period, or below `rearmBelow` since. First: it had never happened. Last: the newest value
 * reaches the threshold as a number and the one before did not. Trend: growth at the newest event reaches the threshold, and
 * growth at the newest event before did not. Ratio and role share: as a count. Pace: as a count, for the newest sample only. Seats:
 * there are so many now, and there were not in the last 30 days (src/core/counter/seats.ts); within a window as a count.
 * Count, sum and distinct whose triggers are shares: both sides are held against the limit of the sample.
 */
export function crossings(
  spec: CounterSpec,
  before: Counter,
  after: Counter,
  sample: Sample,
  nowMs: number,
): readonly TriggerSpec[] {
  if (spec.triggers.length === 0 || after === before) {
    return none;
  }
  switch (after.kind) {
    case 'gauge':
      return before.kind === 'gauge' ? ofGauge(spec, before, after, sample) : none;
    case 'once':
      return before.kind === 'once' ? ofOnce(spec, before, after) : none;
    case 'tally':
      return spec.kind === 'trend'
        ? ofTrend(spec, before, after)
        : ofReading(spec, before, after, sample, nowMs);
    case 'distinct':
    case 'sessions':
    case 'trail':
    case 'weekly':
    case 'ratio':
      return ofReading(spec, before, after, sample, nowMs);
    case 'pace':
      return after.newest?.timeMs === sample.timeMs
        ? ofReading(spec, before, after, sample, nowMs)
        : none;
    case 'seats':
      return before.kind === 'seats' && spec.kind === 'seats' && spec.windowMs === undefined
        ? between(laddersOf(spec).all, highestOf(before, sample.timeMs), after.counted.active)
        : ofReading(spec, before, after, sample, nowMs);
    default:
      return after satisfies never;
  }
}

function ofReading(
  spec: CounterSpec,
  before: Counter,
  after: Counter,
  sample: Sample,
  nowMs: number,
): readonly TriggerSpec[] {
  // Not before the newest event: two machines' clocks differ by a little, and a threshold must not be missed for it.
  const readMs = Math.max(nowMs, newestMsOf(after) ?? nowMs);
  const from = readCounter(before, spec, readMs, sample.by).value;
  const to = readCounter(after, spec, readMs, sample.by).value;
  if (!isAgainstLimit(spec)) {
    return between(laddersOf(spec).all, from, to);
  }
  const { limit } = sample;
  return limit === undefined || limit <= 0
    ? none
    : between(laddersOf(spec).all, from / limit, to / limit);
}

/**
 * Growth also rises while nothing happens, because the window before moves on. So it is read at the newest event of each
 * side: a threshold that was passed in silence fires at the next event, and none fires twice.
 */
function ofTrend(spec: CounterSpec, before: Counter, after: Counter): readonly TriggerSpec[] {
  const atItsNewest = (counter: Counter): number =>
    readCounter(counter, spec, newestMsOf(counter) ?? 0, undefined).value;
  return between(laddersOf(spec).all, atItsNewest(before), atItsNewest(after));
}

/** The triggers with `from < threshold <= to`. */
function between(ladder: Ladder, from: number, to: number): readonly TriggerSpec[] {
  const low = countAtMost(ladder.thresholds, from);
  const high = countAtMost(ladder.thresholds, to);
  return low < high ? ladder.triggers.slice(low, high).reverse() : none;
}

function ofOnce(spec: CounterSpec, before: Once, after: Once): readonly TriggerSpec[] {
  const { held } = before;
  if (spec.kind === 'first') {
    return held === undefined ? spec.triggers.toReversed() : none;
  }
  return between(laddersOf(spec).all, heightOf(spec, before), heightOf(spec, after));
}

/** The number that a `last` holds against thresholds; below all of them when there is none. */
function heightOf(spec: CounterSpec, { held }: Once): number {
  if (held !== undefined && spec.value === undefined) {
    return 1;
  }
  return toNumber(held?.value) ?? Number.NEGATIVE_INFINITY;
}

function ofGauge(
  spec: CounterSpec,
  before: Gauge,
  after: Gauge,
  sample: Sample,
): readonly TriggerSpec[] {
  const level = levelOf(sample);
  if (
    level === undefined ||
    after.newest?.timeMs !== level.timeMs ||
    after.newest.tie !== level.tie
  ) {
    return none;
  }
  const { share, value } = laddersOf(spec);
  const byShare = armed(share, before.shareMarks, shareOf(level), level);
  const byValue = armed(value, before.valueMarks, level.value, level);
  if (byShare.length === 0 || byValue.length === 0) {
    return byShare.length === 0 ? byValue : byShare;
  }
  return [...byShare, ...byValue].toSorted((left, right) => right.threshold - left.threshold);
}

/**
 * The triggers that a measure reaches and that are armed, highest first. Triggers that were last reached by the same mark
 * are judged together, so the cost is that of the marks (two or three) and of the triggers that come out.
 */
function armed(
  ladder: Ladder,
  marks: Marks,
  measure: number | undefined,
  level: Level,
): readonly TriggerSpec[] {
  let top = measure === undefined ? 0 : countAtMost(ladder.thresholds, measure);
  if (top === 0) {
    return none;
  }
  const period = hash32(level.period);
  const isArmed = (trigger: TriggerSpec, mark: Mark | undefined): boolean =>
    mark === undefined ||
    mark.period !== period ||
    (newestBelowMs(marks, trigger.rearmBelow) ?? Number.NEGATIVE_INFINITY) > mark.timeMs;
  const newestLowMs = marks.low[0]?.timeMs ?? Number.NEGATIVE_INFINITY;
  const found: TriggerSpec[] = [];
  for (const { mark, floor } of spansOf(ladder, marks.high)) {
    if (floor >= top) {
      continue;
    }
    if (mark === undefined || mark.period !== period || newestLowMs > mark.timeMs) {
      found.push(
        ...ladder.triggers
          .slice(floor, top)
          .filter((trigger) => isArmed(trigger, mark))
          .reverse(),
      );
    }
    top = floor;
  }
  return found;
}

interface Span {
  /** The newest sample that reached the triggers of the span; undefined where none did. */
  readonly mark: Mark | undefined;
  /** Index of the lowest trigger in the span, which goes up to the span above. */
  readonly floor: number;
}

/** The ladder cut where the newest reaching sample changes, highest first. */
function spansOf(ladder: Ladder, high: readonly Mark[]): readonly Span[] {
  const spans: Span[] = [];
  let floor = 0;
  for (const mark of high) {
    spans.push({ mark, floor });
    floor = Math.max(floor, countAtMost(ladder.thresholds, measureOf(mark)));
  }
  spans.push({ mark: undefined, floor });
  return spans.reverse();
}
