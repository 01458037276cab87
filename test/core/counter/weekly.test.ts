import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCounter } from '../../../src/core/counter/counter.ts';
import { weekdayName, weekdayOf, weekOf } from '../../../src/core/counter/iso-week.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/core/duration.ts';
import { counterOf, run, sampleOf, samples, specOf, triggerOf } from './specs.ts';

const friday = Date.UTC(2026, 10, 20, 16);

describe('an ISO week', () => {
  it.each([
    ['Sunday night and Monday morning, UTC', '2026-11-15T23:59:59.999Z', '2026-11-16T00:00Z', 1],
    ['Monday and Sunday', '2026-11-16T00:00Z', '2026-11-22T23:59Z', 0],
    [
      'the last days of a year and the first of the next',
      '2026-12-31T12:00Z',
      '2027-01-01T12:00Z',
      0,
    ],
    ['before and after 1970', '1969-12-28T12:00Z', '1970-01-01T12:00Z', 1],
  ])('is %s apart as the calendar says', (_, left, right, weeks) => {
    expect(weekOf(Date.parse(right)) - weekOf(Date.parse(left))).toBe(weeks);
  });

  it('names the same weekday as the platform does, for any time', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e14, max: 1e14 }), (timeMs) => {
        const named = new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' });
        expect(weekdayName(weekdayOf(timeMs))).toBe(named.format(timeMs));
      }),
    );
  });
});

describe('a weekly counter', () => {
  it('equals a count of weeks over the raw events for any number of weeks and any time', () => {
    fc.assert(
      fc.property(
        samples,
        fc.integer({ min: 2, max: 13 }),
        fc.nat(40 * dayMs),
        (all, weeks, later) => {
          const spec = specOf({ kind: 'weekly', weeks });
          const nowMs = Math.max(0, ...all.map((one) => one.timeMs)) + later;
          const inside = all.filter((one) => weekOf(one.timeMs) > weekOf(nowMs) - weeks);
          const days = new Set(inside.map((one) => weekdayName(weekdayOf(one.timeMs))));
          expect(readCounter(counterOf(spec, all), spec, nowMs, undefined)).toEqual({
            kind: 'weekly',
            value: new Set(inside.map((one) => weekOf(one.timeMs))).size,
            isExact: true,
            weeks,
            weekday: days.size === 1 ? [...days][0] : undefined,
          });
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('is the same when its samples come twice', () => {
    const spec = specOf({ kind: 'weekly', weeks: 4 });
    fc.assert(
      fc.property(samples, (all) => {
        expect(counterOf(spec, [...all, ...all])).toEqual(counterOf(spec, all));
      }),
    );
  });

  it.each(['1,204', '12', '', undefined, Number.NaN, -5, 1e308])(
    'counts an event whose value is %s like any other, because it reads no value',
    (value) => {
      const spec = specOf({ kind: 'weekly', weeks: 4 });
      const counter = counterOf(spec, [sampleOf(friday, { value })]);
      expect(readCounter(counter, spec, friday, undefined).value).toBe(1);
    },
  );
});

describe('a weekly trigger', () => {
  const spec = specOf({ kind: 'weekly', weeks: 4, triggers: [triggerOf(3), triggerOf(4)] });
  const weeksBefore = (weeks: number, shiftMs = 0) =>
    sampleOf(friday - weeks * 7 * dayMs + shiftMs);

  it('fires at the first event of the week that reaches the number, once', () => {
    const all = [
      weeksBefore(3),
      weeksBefore(2),
      weeksBefore(1),
      weeksBefore(0),
      weeksBefore(0, hourMs),
    ];
    expect(run(spec, all)).toEqual([[], [], ['at-3'], ['at-4'], []]);
  });

  it('fires for the recurrence, not for many events in one week', () => {
    const burst = Array.from({ length: 5 }, (_, at) => sampleOf(friday + at * minuteMs));
    expect(run(spec, burst).flat()).toEqual([]);
  });

  it('fires when the week that was missing arrives late', () => {
    const all = [weeksBefore(3), weeksBefore(2), weeksBefore(0), weeksBefore(1)];
    expect(run(spec, all, () => friday)).toEqual([[], [], ['at-3'], ['at-4']]);
  });

  it('fires again when weeks without it passed and it has become a habit anew', () => {
    const all = [9, 8, 7, 2, 1, 0].map((weeks) => weeksBefore(weeks));
    expect(run(spec, all).map((ids) => ids.length)).toEqual([0, 0, 1, 0, 0, 1]);
  });
});
