import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addToDistinct,
  type DistinctShape,
  emptyDistinct,
  mergeDistincts,
  type SeenValue,
} from '../../../src/core/counter/distinct.ts';
import {
  addToTally,
  bucketMsOf,
  emptyTally,
  type Entry,
  mergeTallies,
  readTally,
  type Tally,
  type TallyShape,
} from '../../../src/core/counter/tally.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/core/duration.ts';

/* Counters with room for very little, so that every sample pushes something out. */

const shape = fc.record({
  windowMs: fc.constantFrom(30, 55, 100, undefined),
  bucketMs: fc.constantFrom(7, 10, 30),
  recentMax: fc.integer({ min: 1, max: 4 }),
  cellsMax: fc.integer({ min: 1, max: 5 }),
});
const entries = fc.array(
  fc.record({
    timeMs: fc.integer({ min: -60, max: 200 }),
    by: fc.integer({ min: 0, max: 3 }),
    amount: fc.integer({ min: -4, max: 4 }).filter((amount) => amount !== 0),
  }),
  { maxLength: 40 },
);
const twoOrders = entries.chain((all) =>
  fc.record({ all: fc.constant(all), order: fc.shuffledSubarray(all, { minLength: all.length }) }),
);

function tallyOf(all: readonly Entry[], how: TallyShape): Tally {
  return all.reduce((tally, entry) => addToTally(tally, how, entry), emptyTally);
}

describe('a full tally', () => {
  it('gives up the same entries and cells whatever the order', () => {
    fc.assert(
      fc.property(shape, twoOrders, (how, { all, order }) => {
        expect(tallyOf(order, how)).toEqual(tallyOf(all, how));
      }),
      { numRuns: 3_000 },
    );
  });

  it('merges to the same whatever the parts', () => {
    fc.assert(
      fc.property(shape, twoOrders, fc.nat(40), fc.nat(40), (how, { all, order }, one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const a = tallyOf(order.slice(0, from), how);
        const b = tallyOf(order.slice(from, to), how);
        const c = tallyOf(order.slice(to), how);
        const whole = tallyOf(all, how);
        expect(mergeTallies(mergeTallies(a, b, how), c, how)).toEqual(whole);
        expect(mergeTallies(mergeTallies(c, a, how), b, how)).toEqual(whole);
      }),
      { numRuns: 3_000 },
    );
  });

  it('is exact whenever it says so', () => {
    fc.assert(
      fc.property(
        shape,
        entries,
        fc.nat(300),
        fc.constantFrom(0, 1, undefined),
        (how, all, later, by) => {
          const newest = Math.max(-60, ...all.map((entry) => entry.timeMs));
          const nowMs = newest + later;
          const { amount, isExact } = readTally(tallyOf(all, how), how, nowMs, by);
          const inside = all.filter(
            (entry) =>
              (how.windowMs === undefined || entry.timeMs > nowMs - how.windowMs) &&
              (by === undefined || entry.by === by),
          );
          if (isExact) {
            expect(amount).toBe(inside.reduce((sum, entry) => sum + entry.amount, 0));
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('never holds more than it may', () => {
    fc.assert(
      fc.property(shape, entries, (how, all) => {
        const { recent, cells } = tallyOf(all, how);
        expect(recent.length).toBeLessThanOrEqual(how.recentMax);
        expect(cells.length).toBeLessThanOrEqual(how.cellsMax);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps its newest entries when a changed playbook gives it less room', () => {
    const wide = { windowMs: 100, bucketMs: 10, recentMax: 4, cellsMax: 5 };
    const narrow = { ...wide, recentMax: 2 };
    const all = [1, 11, 21, 31].map((timeMs) => ({ timeMs, by: 0, amount: 1 }));
    const after = addToTally(tallyOf(all, wide), narrow, { timeMs: 41, by: 0, amount: 1 });
    expect(after.recent.map((entry) => entry.timeMs)).toEqual([41, 31]);
    expect(readTally(after, narrow, 50, undefined)).toEqual({ amount: 5, isExact: true });
  });
});

describe('a full distinct counter', () => {
  const room = fc.record({
    windowMs: fc.constantFrom(30, 100, undefined),
    valuesMax: fc.integer({ min: 1, max: 5 }),
  });
  const sights: fc.Arbitrary<SeenValue[]> = fc.array(
    fc.record({ timeMs: fc.integer({ min: -60, max: 200 }), hash: fc.integer({ min: 0, max: 9 }) }),
    { maxLength: 40 },
  );
  const distinctOf = (all: readonly SeenValue[], how: DistinctShape) =>
    all.reduce((distinct, seen) => addToDistinct(distinct, how, seen), emptyDistinct);

  it('gives up the same values whatever the order, the parts and the repetitions', () => {
    fc.assert(
      fc.property(
        room,
        sights.chain((all) =>
          fc.record({
            all: fc.constant(all),
            order: fc.shuffledSubarray(all, { minLength: all.length }),
          }),
        ),
        fc.nat(40),
        (how, { all, order }, cut) => {
          const whole = distinctOf(all, how);
          expect(distinctOf(order, how)).toEqual(whole);
          expect(distinctOf([...order, ...all], how)).toEqual(whole);
          const [left, right] = [
            distinctOf(order.slice(0, cut), how),
            distinctOf(order.slice(cut), how),
          ];
          expect(mergeDistincts(left, right, how)).toEqual(whole);
          expect(mergeDistincts(right, left, how)).toEqual(whole);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('the bucket of a window', () => {
  it.each([
    [minuteMs, minuteMs],
    [hourMs, minuteMs],
    [hourMs + 1, hourMs],
    [48 * hourMs, hourMs],
    [7 * dayMs, 6 * hourMs],
    [90 * dayMs, dayMs],
  ])('of %d ms is %d ms', (windowMs, bucketMs) => {
    expect(bucketMsOf(windowMs)).toBe(bucketMs);
  });
});
