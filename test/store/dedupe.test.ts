import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hash53 } from '../../src/core/hash.ts';
import { dedupeSetKey, growDay, levelOf, mergeDays, toSetDay } from '../../src/store/dedupe.ts';
import type { DedupeDay } from '../../src/store/header.ts';

it('never lets a set grow over the 512 members that Redis keeps in 8 bytes each', () => {
  const sizes = new Map<string, number>();
  let count = 0;
  for (let message = 0; message < 60_000; message += 1) {
    count += 1;
    const key = dedupeSetKey('d', levelOf(count), hash53(`message-${message}`));
    sizes.set(key, (sizes.get(key) ?? 0) + 1);
  }
  expect(Math.max(...sizes.values())).toBeLessThanOrEqual(512);
});

it('uses one set up to 400 inputs of a day, then 16, 256 and 4,096', () => {
  expect([1, 400, 401, 6400, 6401, 102_400, 102_401, 9e9].map(levelOf)).toEqual([
    0, 0, 1, 1, 2, 2, 3, 3,
  ]);
});

it('splits before a large commit would overfill the set', () => {
  expect(growDay({ day: 5, count: 390, expiresDay: 99 }, 5, 200, 20, 7).level).toBe(1);
});

it('keeps every id findable for the whole horizon, on whatever days the commits fall', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(12), { minLength: 1, maxLength: 30 }), (gaps) => {
      const horizon = 7;
      let entry: DedupeDay | undefined;
      let today = 20_000;
      let setLivesUntil = 0;
      for (const gap of gaps) {
        today += gap;
        const known = entry === undefined ? [] : mergeDays([entry], [], today);
        const growth = growDay(known[0], 7, 1, today, horizon);
        entry = growth.entry;
        if (growth.setsExpiry) {
          setLivesUntil = today + horizon + 1;
        }
        // A commit at the last moment of today must still be found at the last moment of the horizon.
        expect(setLivesUntil).toBeGreaterThanOrEqual(today + 1 + horizon);
      }
    }),
  );
});

it('forgets days whose sets are gone, and never a split one that lives', () => {
  const days = Array.from({ length: 200 }, (_, day) => ({
    day,
    count: day % 3 === 0 ? 500 : 5,
    expiresDay: day < 100 ? 20_000 : 20_008,
  }));
  const merged = mergeDays(days, [], 20_001);
  expect(merged.every((entry) => entry.expiresDay === 20_008)).toBe(true);
  expect(merged.filter((entry) => entry.count === 500)).toHaveLength(33);
  expect(merged.length).toBeLessThanOrEqual(100);
});

it('folds any day a clock may claim into what the header can hold', () => {
  for (const day of [-1, -999_999, 0, 20_000, 65_536, 2 ** 40]) {
    expect(Number.isInteger(toSetDay(day))).toBe(true);
    expect(toSetDay(day)).toBeGreaterThanOrEqual(0);
    expect(toSetDay(day)).toBeLessThanOrEqual(65_535);
  }
});
