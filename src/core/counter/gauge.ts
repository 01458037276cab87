import { hash32 } from '../hash.ts';
import { type PackedReader, type PackedWriter, unreadable } from '../packed.ts';
import type { CounterSpec } from '../playbook.ts';
import { laddersOf } from './ladder.ts';
import { type Marks, mergeMarks, noMarks, packMarks, unpackMarks, withMark } from './mark.ts';
import { toNumber } from './number.ts';
import { monthOf } from './period.ts';
import type { Sample } from './sample.ts';

/*
 * A level that events report: 9 of 10 reports. Enters: samples in any order. Leaves: the newest by event time, and the marks
 * by which triggers fire once per threshold and period. Always holds: a function of the set of samples alone.
 */

/** What a gauge holds; `newest` is undefined before the first sample. */
export interface Gauge {
  readonly kind: 'gauge';
  readonly newest: Level | undefined;
  /** Of the share of the limit, and of the value itself: kept only for units that some trigger uses. */
  readonly shareMarks: Marks;
  readonly valueMarks: Marks;
}

/** One sample of a gauge. */
export interface Level {
  readonly timeMs: number;
  readonly tie: number;
  readonly value: number;
  readonly limit: number | undefined;
  readonly period: string;
}

/** Nothing was reported. */
export const emptyGauge: Gauge = {
  kind: 'gauge',
  newest: undefined,
  shareMarks: noMarks,
  valueMarks: noMarks,
};

/** The level that a sample reports; undefined when its value is not a number, or one beyond +-2^53 that nobody measured. */
export function levelOf(sample: Sample): Level | undefined {
  const value = toNumber(sample.value);
  if (value === undefined || Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    return undefined;
  }
  const { timeMs, tie, limit, period } = sample;
  return {
    timeMs,
    tie,
    value,
    limit: toNumber(limit),
    period: period === undefined || period === '' ? monthOf(timeMs) : period.toWellFormed(),
  };
}

/** Value over limit. Undefined where there is no limit above 0: all of nothing is not a share, and neither is -1. */
export function shareOf(level: Level): number | undefined {
  if (level.limit === undefined || level.limit <= 0) {
    return undefined;
  }
  const share = level.value / level.limit;
  return Number.isFinite(share) ? share : undefined;
}

/** Adds a sample. Gives the same gauge when it says nothing new. */
export function addToGauge(gauge: Gauge, spec: CounterSpec, level: Level): Gauge {
  const ladders = laddersOf(spec);
  const period = hash32(level.period);
  const { timeMs, value, limit } = level;
  const shareMarks =
    shareOf(level) === undefined || limit === undefined
      ? gauge.shareMarks
      : withMark(gauge.shareMarks, { timeMs, value, limit, period }, ladders.share);
  const valueMarks = withMark(gauge.valueMarks, { timeMs, value, limit: 0, period }, ladders.value);
  const newest = later(gauge.newest, level);
  return newest === gauge.newest &&
    shareMarks === gauge.shareMarks &&
    valueMarks === gauge.valueMarks
    ? gauge
    : { kind: 'gauge', newest, shareMarks, valueMarks };
}

/** Two histories as one. */
export function mergeGauges(left: Gauge, right: Gauge, spec: CounterSpec): Gauge {
  const ladders = laddersOf(spec);
  return {
    kind: 'gauge',
    newest: later(left.newest, right.newest),
    shareMarks: mergeMarks(left.shareMarks, right.shareMarks, ladders.share),
    valueMarks: mergeMarks(left.valueMarks, right.valueMarks, ladders.value),
  };
}

/** Packs a gauge; its marks are never newer than its newest sample. */
export function packGauge(writer: PackedWriter, gauge: Gauge): void {
  const { newest } = gauge;
  writer.varint(newest === undefined ? 0 : 1);
  if (newest === undefined) {
    return;
  }
  const isMonth = newest.period === monthOf(newest.timeMs);
  writer.zigzag(newest.timeMs);
  writer.varint(newest.tie);
  writer.number(newest.value);
  writer.varint((newest.limit === undefined ? 0 : 1) + (isMonth ? 2 : 0));
  if (newest.limit !== undefined) {
    writer.number(newest.limit);
  }
  if (!isMonth) {
    writer.string(newest.period);
  }
  packMarks(writer, gauge.shareMarks, newest.timeMs);
  packMarks(writer, gauge.valueMarks, newest.timeMs);
}

/** Reads what `packGauge` wrote. */
export function unpackGauge(reader: PackedReader): Gauge {
  if (reader.varint() === 0) {
    return emptyGauge;
  }
  const timeMs = reader.zigzag();
  const tie = reader.varint();
  const value = reader.number();
  const has = reader.varint();
  const limit = has % 2 === 1 ? reader.number() : undefined;
  if (!Number.isFinite(value) || !Number.isFinite(limit ?? 0)) {
    throw unreadable('holds a gauge without a number');
  }
  const period = has >= 2 ? monthOf(timeMs) : reader.string();
  return {
    kind: 'gauge',
    newest: { timeMs, tie, value, limit, period },
    shareMarks: unpackMarks(reader, timeMs),
    valueMarks: unpackMarks(reader, timeMs),
  };
}

/**
 * The later of two samples. Of one millisecond, which a loop without timestamps reports ten times, the one under the most
 * pressure stands: the greater value, then the smaller limit; the tie only makes the order total.
 */
function later(left: Level | undefined, right: Level | undefined): Level | undefined {
  if (left === undefined || right === undefined) {
    return left ?? right;
  }
  const order =
    right.timeMs - left.timeMs ||
    right.value - left.value ||
    (left.limit ?? 0) - (right.limit ?? 0) ||
    right.tie - left.tie;
  return order > 0 ? right : left;
}
