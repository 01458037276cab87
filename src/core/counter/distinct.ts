import type { PackedReader, PackedWriter } from '../packed.ts';
import { packStep, unpackStep } from './step.ts';

/*
 * How many different values were seen within a window, or ever. Each value is a 32-bit hash with the newest time it was
 * seen, so a window counts it once. Two values share a hash with a chance of 256^2 / 2^33, about 1 in 130,000, in a full
 * counter. At most 256 values are held: with a window the newest, without one those with the smallest hashes, from which
 * the number of all is estimated.
 */

/** What a distinct counter holds. */
export interface Distinct {
  readonly kind: 'distinct';
  /** Newest first, then by rising hash. Without a window all times are 0. */
  readonly values: readonly SeenValue[];
}

/** `hash32` of a value, and when it was seen last, epoch ms. */
export interface SeenValue {
  readonly hash: number;
  readonly timeMs: number;
}

/** How a distinct counter is kept. */
export interface DistinctShape {
  /** Undefined: ever. */
  readonly windowMs: number | undefined;
  readonly valuesMax: number;
}

/** Nothing was seen. */
export const emptyDistinct: Distinct = { kind: 'distinct', values: [] };

/** Adds a value that was seen. Gives the same counter when a newer sight is held, or it is too old to count ever again. */
export function addToDistinct(distinct: Distinct, shape: DistinctShape, seen: SeenValue): Distinct {
  const timeMs = shape.windowMs === undefined ? 0 : seen.timeMs;
  const { values } = distinct;
  const newestMs = Math.max(values[0]?.timeMs ?? timeMs, timeMs);
  if (isTooOld(timeMs, newestMs, shape)) {
    return distinct;
  }
  const held = values.findIndex((value) => value.hash === seen.hash);
  if ((values[held]?.timeMs ?? Number.NEGATIVE_INFINITY) >= timeMs) {
    return distinct;
  }
  const others = held === -1 ? values : values.toSpliced(held, 1);
  const value = { hash: seen.hash, timeMs };
  const after = others.findIndex((other) => newestFirst(value, other) < 0);
  const at = after === -1 ? others.length : after;
  if (at >= shape.valuesMax) {
    return distinct;
  }
  return settle(others.toSpliced(at, 0, value), shape);
}

/** Two histories as one: the same as if all had been seen by one. */
export function mergeDistincts(left: Distinct, right: Distinct, shape: DistinctShape): Distinct {
  const newest = new Map<number, number>();
  for (const { hash, timeMs } of [...left.values, ...right.values]) {
    newest.set(hash, Math.max(newest.get(hash) ?? timeMs, timeMs));
  }
  const values = Array.from(newest, ([hash, timeMs]) => ({ hash, timeMs }));
  return settle(values.toSorted(newestFirst), shape);
}

/**
 * How many values were seen in the window `(now - window, now]`; `now` is never before the newest sight. Above 256 values a
 * window says 256; without a window the number is estimated (k minimum values: Bar-Yossef and others 2002, standard error
 * about 6 %).
 */
export function readDistinct(
  distinct: Distinct,
  shape: DistinctShape,
  nowMs: number,
): { readonly value: number; readonly isExact: boolean } {
  const { values } = distinct;
  const isFull = values.length >= shape.valuesMax;
  if (shape.windowMs === undefined) {
    const largest = (values.at(-1)?.hash ?? 0) + 1;
    const estimate = Math.round(((values.length - 1) * 2 ** 32) / largest);
    return { value: isFull ? Math.max(values.length, estimate) : values.length, isExact: !isFull };
  }
  const outsideMs = Math.max(nowMs, values[0]?.timeMs ?? nowMs) - shape.windowMs;
  const outside = values.findIndex((value) => value.timeMs <= outsideMs);
  // When a held value is outside, all that were dropped are older still.
  return { value: outside === -1 ? values.length : outside, isExact: !isFull || outside !== -1 };
}

/** Packs a distinct counter. */
export function packDistinct(
  writer: PackedWriter,
  distinct: Distinct,
  windowMs: number | undefined,
): void {
  writer.varint(distinct.values.length);
  let beforeMs: number | undefined;
  for (const value of distinct.values) {
    if (windowMs !== undefined) {
      packStep(writer, beforeMs, value.timeMs);
      beforeMs = value.timeMs;
    }
    writer.u32(value.hash);
  }
}

/** Reads what `packDistinct` wrote for the same window. */
export function unpackDistinct(reader: PackedReader, windowMs: number | undefined): Distinct {
  const values: SeenValue[] = [];
  let beforeMs: number | undefined;
  for (let left = reader.count(); left > 0; left -= 1) {
    beforeMs = windowMs === undefined ? undefined : unpackStep(reader, beforeMs);
    values.push({ timeMs: beforeMs ?? 0, hash: reader.u32() });
  }
  return { kind: 'distinct', values };
}

function settle(values: readonly SeenValue[], shape: DistinctShape): Distinct {
  const newestMs = values[0]?.timeMs ?? 0;
  const tooOld = values.findIndex((value) => isTooOld(value.timeMs, newestMs, shape));
  const alive = tooOld === -1 ? values.length : tooOld;
  return { kind: 'distinct', values: values.slice(0, Math.min(alive, shape.valuesMax)) };
}

function isTooOld(timeMs: number, newestMs: number, shape: DistinctShape): boolean {
  return shape.windowMs !== undefined && timeMs <= newestMs - shape.windowMs;
}

function newestFirst(left: SeenValue, right: SeenValue): number {
  return right.timeMs - left.timeMs || left.hash - right.hash;
}
