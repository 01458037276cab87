import { dayMs } from '../duration.ts';
import { hash32 } from '../hash.ts';
import { type PackedReader, type PackedWriter, unreadable } from '../packed.ts';
import type { Level } from './gauge.ts';
import { packStep, unpackStep } from './step.ts';

/*
 * How many days until a level reaches its limit, if it goes on rising as it does. Enters: samples of a gauge in any order.
 * Leaves: the newest sample, and how fast the level rose up to it. Always holds: a function of the set of samples alone.
 *
 * The span over which the pace is measured is cut into seven steps, and of each the first sample is kept. The level that the
 * newest is held against is the oldest of these that is at least a day older, and of the same period of the limit: a quota
 * that begins anew has no pace yet.
 */

/** What a pace holds. */
export interface Pace {
  readonly kind: 'pace';
  readonly newest: PaceLevel | undefined;
  /** The first sample of each step, newest first. */
  readonly firsts: readonly PaceLevel[];
}

/** One sample. */
export interface PaceLevel {
  readonly timeMs: number;
  readonly value: number;
  readonly limit: number | undefined;
  /** `hash32` of the limit's period. */
  readonly period: number;
}

/** What a pace says. */
export interface Runway {
  /** How much of what is left goes in a day: 1 over the days that are left; infinite at the limit; 0 where no pace is known. */
  readonly value: number;
  /** Days until the limit, rounded up; 0 at the limit or above. Undefined without a limit or where the level does not rise. */
  readonly daysLeft: number | undefined;
  readonly newest: PaceLevel | undefined;
}

/** Nothing was reported. */
export const emptyPace: Pace = { kind: 'pace', newest: undefined, firsts: [] };

/** Over how long the pace is measured when the playbook does not say. */
export const defaultPaceMs = 14 * dayMs;

const steps = 7;

/** Adds a sample; `windowMs`: over how long the pace is measured. Gives the same pace when neither the newest nor the first of its step is another. */
export function addToPace(pace: Pace, windowMs: number, level: Level): Pace {
  const { timeMs, value, limit } = level;
  return withLevel(pace, windowMs, { timeMs, value, limit, period: hash32(level.period) });
}

/** Two histories as one. */
export function mergePaces(left: Pace, right: Pace, windowMs: number): Pace {
  return [...right.firsts, ...(right.newest === undefined ? [] : [right.newest])].reduce(
    (merged, level) => withLevel(merged, windowMs, level),
    left,
  );
}

/** The pace at the newest sample. */
export function readPace({ newest, firsts }: Pace): Runway {
  if (newest?.limit === undefined || newest.limit <= 0) {
    return { value: 0, daysLeft: undefined, newest };
  }
  const base = firsts.findLast(
    (level) => level.period === newest.period && newest.timeMs - level.timeMs >= dayMs,
  );
  const perDay =
    base === undefined ? 0 : ((newest.value - base.value) / (newest.timeMs - base.timeMs)) * dayMs;
  if (!(perDay > 0 && Number.isFinite(perDay))) {
    return { value: 0, daysLeft: undefined, newest };
  }
  const days = Math.max(0, newest.limit - newest.value) / perDay;
  // A thousandth of a day is rounding, not another day.
  return { value: 1 / days, daysLeft: Math.max(0, Math.ceil(days - 1e-3)), newest };
}

/** Packs a pace. */
export function packPace(writer: PackedWriter, { newest, firsts }: Pace): void {
  const levels = newest === undefined ? [] : [newest, ...firsts];
  writer.varint(levels.length);
  let beforeMs: number | undefined;
  for (const { timeMs, value, limit, period } of levels) {
    packStep(writer, beforeMs, timeMs);
    beforeMs = timeMs;
    writer.number(value);
    writer.varint(limit === undefined ? 0 : 1);
    if (limit !== undefined) {
      writer.number(limit);
    }
    writer.u32(period);
  }
}

/** Reads what `packPace` wrote. */
export function unpackPace(reader: PackedReader): Pace {
  const levels: PaceLevel[] = [];
  let timeMs: number | undefined;
  for (let left = reader.count(); left > 0; left -= 1) {
    timeMs = unpackStep(reader, timeMs);
    const value = reader.number();
    const limit = reader.varint() === 0 ? undefined : reader.number();
    if (!Number.isFinite(value) || !Number.isFinite(limit ?? 0)) {
      throw unreadable('holds a pace without a number');
    }
    levels.push({ timeMs, value, limit, period: reader.u32() });
  }
  const [newest, ...firsts] = levels;
  return { kind: 'pace', newest, firsts };
}

function withLevel(pace: Pace, windowMs: number, level: PaceLevel): Pace {
  const stepOf = ({ timeMs }: PaceLevel): number => Math.floor(timeMs / (windowMs / steps));
  const isNewest = pace.newest === undefined || newestFirst(level, pace.newest) < 0;
  const newest = isNewest ? level : pace.newest;
  const oldest = stepOf(newest) - steps;
  const held = pace.firsts.find((one) => stepOf(one) === stepOf(level));
  const isFirst = stepOf(level) >= oldest && (held === undefined || newestFirst(level, held) > 0);
  if (!isNewest && !isFirst) {
    return pace;
  }
  const alive = pace.firsts.filter((one) => stepOf(one) >= oldest && !(isFirst && one === held));
  const firsts = isFirst ? [...alive, level].toSorted(newestFirst) : alive;
  return { kind: 'pace', newest, firsts };
}

/** A total order: two samples of one millisecond have one winner, the one under the most pressure, whichever came first. */
function newestFirst(left: PaceLevel, right: PaceLevel): number {
  return (
    right.timeMs - left.timeMs ||
    right.value - left.value ||
    (left.limit ?? 0) - (right.limit ?? 0) ||
    right.period - left.period
  );
}
