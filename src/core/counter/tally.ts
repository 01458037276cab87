import { hourMs, minuteMs } from '../duration.ts';
import type { CounterSpec } from '../playbook.ts';
import { saturatingSum } from './amount.ts';
import { addCell, type Cell } from './cells.ts';

/*
 * Counts and sums. Enters: entries (time, by, amount) in any order. Leaves: their sum over a sliding window on event time.
 * Always holds: the tally is a function of the set of entries alone, whatever the order, the batches or the clock.
 *
 * The newest entries are kept one by one, so a window that holds no more than those is counted exactly. Older ones are
 * folded into cells of one bucket of time each; a window whose edge cuts a bucket counts the whole bucket. Without a
 * window there is one cell per `by` value and nothing else.
 *
 * What is too old goes by whole buckets, measured from the newest event ever seen, never from the clock: otherwise a late
 * entry would be dropped or kept depending on whether it had been folded before.
 */

/** What a count or a sum holds. */
export interface Tally {
  readonly kind: 'tally';
  /** The newest entries, newest first. */
  readonly recent: readonly Entry[];
  /** All the others, newest bucket first. */
  readonly cells: readonly Cell[];
}

/** One thing that was counted, by itself. */
export interface Entry {
  readonly timeMs: number;
  /** `hash32` of the value counted apart; 0 where nothing is. */
  readonly by: number;
  /** 1 for a count; thousandths for a sum, not 0. */
  readonly amount: number;
}

/** How a tally is kept. All of it follows from the counter's spec. */
export interface TallyShape {
  /** Undefined: ever. */
  readonly windowMs: number | undefined;
  readonly bucketMs: number;
  readonly recentMax: number;
  readonly cellsMax: number;
}

/** Cells and distinct values kept per counter. */
export const cellsMax = 256;
const recentMin = 64;
const recentMax = 256;

/** A tally of nothing. */
export const emptyTally: Tally = { kind: 'tally', recent: [], cells: [] };

/**
 * The bucket of a window, ms: how far the edge of a window may be off beyond the newest entries (64, or as many as the
 * highest threshold of a count asks, at most 256). 1 minute up to 1 hour, 1 hour up to 48 hours, 6 hours up to 7 days,
 * 24 hours above.
 */
export function bucketMsOf(windowMs: number): number {
  if (windowMs <= hourMs) {
    return minuteMs;
  }
  if (windowMs <= 48 * hourMs) {
    return hourMs;
  }
  return windowMs <= 7 * 24 * hourMs ? 6 * hourMs : 24 * hourMs;
}

/** How the tally of a count or sum is kept. */
export function tallyShapeOf(spec: CounterSpec): TallyShape {
  const { windowMs } = spec;
  if (windowMs === undefined) {
    return { windowMs, bucketMs: Number.POSITIVE_INFINITY, recentMax: 0, cellsMax };
  }
  const highest = spec.kind === 'count' ? Math.ceil(spec.triggers.at(-1)?.threshold ?? 0) : 0;
  return {
    windowMs,
    bucketMs: bucketMsOf(windowMs),
    recentMax: Math.min(Math.max(recentMin, highest), recentMax),
    cellsMax,
  };
}

/** Adds an entry. Gives the same tally when the entry is too old to count ever again. */
export function addToTally(tally: Tally, shape: TallyShape, entry: Entry): Tally {
  if (shape.windowMs === undefined) {
    return withCells(tally, addCell(tally.cells, cellOf(entry, shape), shape.cellsMax));
  }
  const newestMs = Math.max(newestMsOf(tally) ?? entry.timeMs, entry.timeMs);
  if (bucketOf(entry.timeMs, shape) < oldestBucket(newestMs, shape.windowMs, shape)) {
    return tally;
  }
  const at = placeOf(tally.recent, entry);
  if (at >= shape.recentMax) {
    return withCells(tally, addCell(tally.cells, cellOf(entry, shape), shape.cellsMax));
  }
  return settle(tally.recent.toSpliced(at, 0, entry), tally.cells, shape.windowMs, shape);
}

/** Two histories as one: the same as the tally of all their entries. */
export function mergeTallies(left: Tally, right: Tally, shape: TallyShape): Tally {
  const cells = right.cells.reduce((held, cell) => addCell(held, cell, shape.cellsMax), left.cells);
  if (shape.windowMs === undefined) {
    return { kind: 'tally', recent: [], cells };
  }
  return settle(
    [...left.recent, ...right.recent].toSorted(newestFirst),
    cells,
    shape.windowMs,
    shape,
  );
}

/**
 * The sum of the amounts in the window `(now - window, now]`, of one `by` value (`hash32`) or of all. `now` is never
 * before the newest entry: a clock that is behind counts like one that is right. The sum is off by at most the part of
 * one bucket that lies before the window, and only where entries beyond the newest 64 to 256 are in that bucket; or, where
 * more than 256 cells were needed (`by` with very many values), by the oldest of them.
 */
export function readTally(
  tally: Tally,
  shape: TallyShape,
  nowMs: number,
  by: number | undefined,
): { readonly amount: number; readonly isExact: boolean } {
  const { windowMs, bucketMs } = shape;
  const isEver = windowMs === undefined;
  // The newest moment that is outside the window.
  const outsideMs = isEver ? 0 : Math.max(nowMs, newestMsOf(tally) ?? nowMs) - windowMs;
  let positive = 0;
  let negative = 0;
  for (const entry of tally.recent) {
    if (entry.timeMs <= outsideMs) {
      break;
    }
    if (by === undefined || entry.by === by) {
      positive = saturatingSum(positive, Math.max(entry.amount, 0));
      negative = saturatingSum(negative, Math.max(-entry.amount, 0));
    }
  }
  let isCut = false;
  let isHeld = false;
  let oldestIsInside = false;
  for (const cell of tally.cells) {
    oldestIsInside = isEver || (cell.bucket + 1) * bucketMs - 1 > outsideMs;
    if (oldestIsInside && (by === undefined || cell.by === by)) {
      isHeld = true;
      isCut ||= !isEver && cell.bucket * bucketMs <= outsideMs;
      positive = saturatingSum(positive, cell.positive);
      negative = saturatingSum(negative, cell.negative);
    }
  }
  // In a full tally, cells that came after the last one may be missing; a single total that is held is whole.
  const mayMiss =
    tally.cells.length >= shape.cellsMax &&
    oldestIsInside &&
    !(isEver && by !== undefined && isHeld);
  return { amount: positive - negative, isExact: !isCut && !mayMiss };
}

/** Keeps the newest entries that are not too old, folds the others into cells. `recent` is in order. */
function settle(
  recent: readonly Entry[],
  cells: readonly Cell[],
  windowMs: number,
  shape: TallyShape,
): Tally {
  const oldest = oldestBucket(recent[0]?.timeMs ?? 0, windowMs, shape);
  const isAlive = (bucket: number | undefined): boolean => bucket === undefined || bucket >= oldest;
  let alive = recent.length;
  while (alive > 0 && !isAlive(bucketAt(recent, alive - 1, shape))) {
    alive -= 1;
  }
  let aliveCells = cells.length;
  while (aliveCells > 0 && !isAlive(cells[aliveCells - 1]?.bucket)) {
    aliveCells -= 1;
  }
  const kept = Math.min(alive, shape.recentMax);
  let folded = aliveCells === cells.length ? cells : cells.slice(0, aliveCells);
  for (const entry of recent.slice(kept, alive)) {
    folded = addCell(folded, cellOf(entry, shape), shape.cellsMax);
  }
  return {
    kind: 'tally',
    recent: kept === recent.length ? recent : recent.slice(0, kept),
    cells: folded,
  };
}

function newestMsOf(tally: Tally): number | undefined {
  return tally.recent[0]?.timeMs;
}

function bucketOf(timeMs: number, shape: TallyShape): number {
  return shape.windowMs === undefined ? 0 : Math.floor(timeMs / shape.bucketMs);
}

function bucketAt(entries: readonly Entry[], at: number, shape: TallyShape): number | undefined {
  const entry = entries[at];
  return entry === undefined ? undefined : bucketOf(entry.timeMs, shape);
}

/** The bucket of the oldest moment in the window that ends with the newest event. */
function oldestBucket(newestMs: number, windowMs: number, shape: TallyShape): number {
  return bucketOf(newestMs - windowMs + 1, shape);
}

function cellOf(entry: Entry, shape: TallyShape): Cell {
  return {
    bucket: bucketOf(entry.timeMs, shape),
    by: entry.by,
    positive: Math.max(entry.amount, 0),
    negative: Math.max(-entry.amount, 0),
  };
}

function withCells(tally: Tally, cells: readonly Cell[]): Tally {
  return cells === tally.cells ? tally : { kind: 'tally', recent: tally.recent, cells };
}

/** Where an entry belongs: nearly always at or near the front. */
function placeOf(entries: readonly Entry[], entry: Entry): number {
  let at = 0;
  for (const held of entries) {
    if (newestFirst(entry, held) <= 0) {
      break;
    }
    at += 1;
  }
  return at;
}

/** A total order, so that which entries are the newest does not depend on the order of arrival. */
function newestFirst(left: Entry, right: Entry): number {
  return right.timeMs - left.timeMs || left.by - right.by || left.amount - right.amount;
}
