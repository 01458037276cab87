import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCounter } from '../../../src/core/counter/counter.ts';
import { dayMs, hourMs } from '../../../src/core/duration.ts';
import { counterOf, run, sampleOf, specOf, start, triggerOf } from './specs.ts';

const calls = specOf({
  kind: 'pace',
  windowMs: 14 * dayMs,
  value: 'used',
  triggers: [triggerOf(1 / 7)],
});
let tie = 0;
const used = (day: number, value: number, limit: number | undefined = 100, period = 'p') => {
  tie += 1;
  return sampleOf(start + day * dayMs, { value, limit, period, tie });
};

function daysLeft(all: readonly ReturnType<typeof used>[]): number | undefined {
  const reading = readCounter(counterOf(calls, all), calls, start, undefined);
  return reading.kind === 'pace' ? reading.daysLeft : undefined;
}

describe('the days until a limit at the present pace', () => {
  it.each([
    ['ten a day, 40 left', [used(0, 20), used(4, 60)], 4],
    ['a pace of a third a day, rounded up', [used(0, 10), used(3, 11), used(6, 12)], 264],
    ['the last sample of a day alone', [used(0, 10), used(0.5, 90)], undefined],
    ['no rise', [used(0, 50), used(5, 50)], undefined],
    ['a fall', [used(0, 50), used(5, 20)], undefined],
    ['no limit', [used(0, 10, undefined), { ...used(5, 20), limit: undefined }], undefined],
    ['a limit of nothing', [used(0, 1, 0), used(5, 2, 0)], undefined],
    ['a quota that is full', [used(0, 50), used(5, 100)], 0],
    ['a quota that is more than full', [used(0, 50), used(5, 130)], 0],
    ['a limit that grew', [used(0, 20), used(4, 60), used(5, 70, 200)], 13],
    ['a period that has begun anew', [used(0, 90), used(1, 5, 100, 'next')], undefined],
    ['a rise of long ago', [used(-60, 0), used(0, 40), used(5, 50)], 25],
  ])('are right for %s', (_, all, expected) => {
    expect(daysLeft(all)).toBe(expected);
  });

  it('are measured from the oldest sample kept that is at least a day older, for any samples', () => {
    const rising = fc
      .array(fc.integer({ min: 0, max: 13 * 24 }), { minLength: 2, maxLength: 40 })
      .map((hours) => [...new Set(hours)].toSorted((left, right) => left - right))
      .filter((hours) => (hours.at(-1) ?? 0) - (hours[0] ?? 0) >= 24);
    fc.assert(
      fc.property(rising, fc.integer({ min: 1, max: 9 }), (hours, perHour) => {
        // A steady rise has the same pace, whichever of its samples it is measured from.
        const limit = 100_000;
        const all = hours.map((hour) => used(hour / 24, hour * perHour, limit));
        const last = (hours.at(-1) ?? 0) * perHour;
        const left = (limit - last) / (perHour * 24);
        const hasBase = daysLeft(all) !== undefined;
        expect(daysLeft(all) ?? 0).toBe(hasBase ? Math.ceil(left - 1e-3) : 0);
        expect(hasBase).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('fire once as they become few, and not for a sample that comes late', () => {
    const all = [used(0, 10), used(2, 20), used(4, 40), used(5, 60), used(6, 80)];
    expect(run(calls, all)).toEqual([[], [], [], ['at-0.14285714285714285'], []]);
    const late = [used(0, 10), used(5, 20), used(3, 19)];
    expect(run(calls, late, () => start + 5 * dayMs + hourMs).flat()).toEqual([]);
  });

  it('fire for a limit that is reached at once', () => {
    expect(run(calls, [used(0, 10), used(2, 100)]).flat()).toHaveLength(1);
  });
});
