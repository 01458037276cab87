import { hash32 } from '../hash.ts';
import type { CounterSpec } from '../playbook.ts';
import { toThousandths } from './amount.ts';
import {
  addToDistinct,
  type Distinct,
  emptyDistinct,
  mergeDistincts,
  readDistinct,
} from './distinct.ts';
import { readElapsed } from './elapsed.ts';
import { addToGauge, emptyGauge, type Gauge, levelOf, mergeGauges, shareOf } from './gauge.ts';
import { toNumber } from './number.ts';
import { addOnce, mergeOnce, neverOnce, type Once, occurrenceOf } from './once.ts';
import { addToPace, defaultPaceMs, emptyPace, mergePaces, type Pace, readPace } from './pace.ts';
import {
  addToRatio,
  emptyRatio,
  mergeRatios,
  newestOfRatio,
  type Ratio,
  readRatio,
} from './ratio.ts';
import type { Reading } from './reading.ts';
import type { Sample } from './sample.ts';
import {
  addToTally,
  emptyTally,
  type Entry,
  mergeTallies,
  readTally,
  type Tally,
} from './tally.ts';
import { emptySeats, mergeSeats, readSeats, type Seats } from './seats.ts';
import { readSequence } from './sequence.ts';
import {
  addToSessions,
  emptySessions,
  mergeSessions,
  readSessions,
  type Sessions,
} from './sessions.ts';
import {
  distinctShapeOf,
  sessionsShapeOf,
  shapeOfTally,
  trailShapeOf,
  trendRuleOf,
  weeksOf,
} from './shape.ts';
import { addToTrail, emptyTrail, mergeTrails, newestOf, type Trail } from './trail.ts';
import { readTrend } from './trend.ts';
import { addToWeekly, emptyWeekly, mergeWeeklies, readWeekly, type Weekly } from './weekly.ts';

/*
 * One counter of one account or user, whatever its kind. Enters: samples, each once, in any order and in any batches.
 * Leaves: readings at any time. Always holds: the same set of samples gives the same counter and the same bytes; nothing
 * depends on when a sample was processed. Pure: counters are never changed, new ones are made.
 */

/** The state of a counter. Only the functions here look inside; a counter belongs to the spec it was made with. */
export type Counter =
  | Tally
  | Distinct
  | Gauge
  | Once
  | Sessions
  | Trail
  | Weekly
  | Ratio
  | Pace
  | Seats;

/** A counter that has seen nothing. */
export function emptyCounter(spec: CounterSpec): Counter {
  switch (spec.kind) {
    case 'count':
    case 'sum':
    case 'trend':
      return emptyTally;
    case 'distinct':
      return emptyDistinct;
    case 'gauge':
      return emptyGauge;
    case 'first':
    case 'last':
      return neverOnce;
    case 'sessions':
      return spec.value === undefined ? emptySessions : emptyDistinct;
    case 'sequence':
    case 'elapsed':
      return emptyTrail(trailShapeOf(spec));
    case 'weekly':
      return emptyWeekly;
    case 'ratio':
      return emptyRatio;
    case 'pace':
      return emptyPace;
    case 'seats':
    case 'roleShare':
      return emptySeats;
    default:
      return spec.kind satisfies never;
  }
}

/**
 * Adds a sample. Gives the same counter (`===`) when the sample cannot matter to it: too old for the window, without the
 * `by` value or the value that the counter needs, not a number where one is needed, older than a `last`.
 */
export function addSample(counter: Counter, spec: CounterSpec, sample: Sample): Counter {
  switch (counter.kind) {
    case 'tally': {
      const entry = entryOf(spec, sample);
      return entry === undefined ? counter : addToTally(counter, shapeOfTally(spec), entry);
    }
    case 'distinct': {
      const { timeMs, value } = sample;
      return value === undefined || value === ''
        ? counter
        : addToDistinct(counter, distinctShapeOf(spec), { hash: hash32(String(value)), timeMs });
    }
    case 'gauge': {
      const level = levelOf(sample);
      return level === undefined ? counter : addToGauge(counter, spec, level);
    }
    case 'once': {
      const occurrence = occurrenceOf(spec, sample);
      return occurrence === undefined ? counter : addOnce(counter, spec, occurrence);
    }
    case 'sessions':
      return addToSessions(counter, sessionsShapeOf(spec), sample.timeMs);
    case 'trail':
      return addToTrail(counter, trailShapeOf(spec), sample.signal, sample.timeMs);
    case 'weekly':
      return addToWeekly(counter, weeksOf(spec), sample.timeMs);
    case 'ratio':
      return addToRatio(counter, spec, sample.signal, sample.timeMs);
    case 'pace': {
      const level = levelOf(sample);
      return level === undefined ? counter : addToPace(counter, paceMsOf(spec), level);
    }
    case 'seats':
      // Members move it, not samples (src/core/account/seat.ts).
      return counter;
    default:
      return counter satisfies never;
  }
}

/**
 * Two histories as one, for two users who turn out to be the same: the same as one counter that saw all samples of both.
 * Commutative and associative. A sample that both have seen counts twice in a count or sum.
 */
export function mergeCounters(left: Counter, right: Counter, spec: CounterSpec): Counter {
  if (left.kind === 'tally' && right.kind === 'tally') {
    return mergeTallies(left, right, shapeOfTally(spec));
  }
  if (left.kind === 'distinct' && right.kind === 'distinct') {
    return mergeDistincts(left, right, distinctShapeOf(spec));
  }
  if (left.kind === 'gauge' && right.kind === 'gauge') {
    return mergeGauges(left, right, spec);
  }
  if (left.kind === 'once' && right.kind === 'once') {
    return mergeOnce(left, right, spec);
  }
  if (left.kind === 'sessions' && right.kind === 'sessions') {
    return mergeSessions(left, right, sessionsShapeOf(spec));
  }
  if (left.kind === 'trail' && right.kind === 'trail') {
    return mergeTrails(left, right, trailShapeOf(spec));
  }
  if (left.kind === 'weekly' && right.kind === 'weekly') {
    return mergeWeeklies(left, right, weeksOf(spec));
  }
  if (left.kind === 'ratio' && right.kind === 'ratio') {
    return mergeRatios(left, right, spec);
  }
  if (left.kind === 'pace' && right.kind === 'pace') {
    return mergePaces(left, right, paceMsOf(spec));
  }
  if (left.kind === 'seats' && right.kind === 'seats') {
    return mergeSeats(left, right, spec.windowMs);
  }
  throw new TypeError(
    `A ${left.kind} and a ${right.kind} cannot be merged: both must be counters of ${spec.key}.`,
  );
}

/**
 * What the counter says at `nowMs`. `by`: the value counted apart, or undefined for all together; only counts and sums
 * with a `by` look at it. Windows are `(now - window, now]`, and `now` is never before the newest event seen.
 */
export function readCounter(
  counter: Counter,
  spec: CounterSpec,
  nowMs: number,
  by: string | undefined,
): Reading {
  switch (counter.kind) {
    case 'tally': {
      const apart = spec.by === undefined || by === undefined ? undefined : hash32(by);
      const rule = trendRuleOf(spec);
      if (rule !== undefined) {
        return { kind: 'trend', ...readTrend(counter, rule, nowMs) };
      }
      const { amount, isExact } = readTally(counter, shapeOfTally(spec), nowMs, apart);
      return spec.kind === 'sum'
        ? { kind: 'sum', value: amount / 1_000, isExact }
        : { kind: 'count', value: amount, isExact };
    }
    case 'distinct':
      return {
        kind: spec.kind === 'sessions' ? 'sessions' : 'distinct',
        ...readDistinct(counter, distinctShapeOf(spec), nowMs),
      };
    case 'sessions':
      return { kind: 'sessions', ...readSessions(counter, sessionsShapeOf(spec), nowMs) };
    case 'gauge': {
      const { newest } = counter;
      return {
        kind: 'gauge',
        value: newest?.value ?? 0,
        isExact: true,
        limit: newest?.limit,
        share: newest === undefined ? undefined : shareOf(newest),
        period: newest?.period,
        timeMs: newest?.timeMs,
      };
    }
    case 'once': {
      const { held } = counter;
      const value =
        spec.value === undefined && held !== undefined ? 1 : (toNumber(held?.value) ?? 0);
      return {
        kind: spec.kind === 'first' ? 'first' : 'last',
        value,
        isExact: true,
        said: held?.value,
        timeMs: held?.timeMs,
      };
    }
    case 'trail': {
      const shape = trailShapeOf(spec);
      return spec.pace === undefined
        ? { kind: 'sequence', ...readSequence(counter, shape, nowMs) }
        : { kind: 'elapsed', ...readElapsed(counter, shape, nowMs, spec.pace) };
    }
    case 'weekly': {
      const weeks = weeksOf(spec);
      return { kind: 'weekly', isExact: true, weeks, ...readWeekly(counter, weeks, nowMs) };
    }
    case 'ratio':
      return { kind: 'ratio', ...readRatio(counter, spec, nowMs) };
    case 'pace': {
      const { value, daysLeft, newest } = readPace(counter);
      return {
        kind: 'pace',
        value,
        isExact: true,
        daysLeft,
        used: newest?.value,
        limit: newest?.limit,
      };
    }
    case 'seats':
      return {
        kind: spec.kind === 'roleShare' ? 'roleShare' : 'seats',
        ...readSeats(counter, spec, nowMs),
      };
    default:
      return counter satisfies never;
  }
}

/** When the newest event that the counter holds happened, epoch ms; undefined for one that does not know, or empty. */
export function newestMsOf(counter: Counter): number | undefined {
  switch (counter.kind) {
    case 'tally':
      return counter.recent[0]?.timeMs;
    case 'distinct':
      return counter.values[0]?.timeMs;
    case 'gauge':
      return counter.newest?.timeMs;
    case 'once':
      return counter.held?.timeMs;
    case 'sessions':
      return counter.stretches[0]?.lastMs;
    case 'trail':
      return newestOf(counter);
    case 'weekly':
      return undefined;
    case 'ratio':
      return newestOfRatio(counter);
    case 'pace':
      return counter.newest?.timeMs;
    case 'seats':
      return counter.newestMs;
    default:
      return counter satisfies never;
  }
}

/** Over how long a pace is measured. */
function paceMsOf(spec: CounterSpec): number {
  return spec.windowMs ?? defaultPaceMs;
}

/** What a sample adds to a count or a sum; undefined when it adds nothing. */
function entryOf(spec: CounterSpec, sample: Sample): Entry | undefined {
  if (spec.by !== undefined && (sample.by === undefined || sample.by === '')) {
    return undefined;
  }
  const amount = spec.kind === 'sum' ? toThousandths(toNumber(sample.value) ?? 0) : 1;
  const by = spec.by === undefined || sample.by === undefined ? 0 : hash32(sample.by);
  return amount === 0 ? undefined : { timeMs: sample.timeMs, by, amount };
}
