import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCounter } from '../../../src/core/counter/counter.ts';
import type { Sample } from '../../../src/core/counter/sample.ts';
import { trendBucketMs } from '../../../src/core/counter/trend.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/core/duration.ts';
import { counterOf, run, sampleOf, samples, specOf, start, triggerOf } from './specs.ts';

const weekly = specOf({
  kind: 'trend',
  windowMs: 7 * dayMs,
  trend: { againstMs: 14 * dayMs, min: 10 },
  triggers: [triggerOf(0.5, { unit: 'share' })],
});

/** So many events, spread over the day that begins `day` days after the start. */
function events(day: number, count: number): readonly Sample[] {
  return Array.from({ length: count }, (_, at) =>
    sampleOf(start + day * dayMs + at * minuteMs, { tie: at }),
  );
}

describe('a counter of a trend', () => {
  it('equals a count of the raw events in both windows for any rule, as long as they are few', () => {
    const rule = fc.record({
      windowMs: fc.integer({ min: minuteMs, max: 90 * dayMs }),
      againstMs: fc.integer({ min: minuteMs, max: 90 * dayMs }),
      min: fc.integer({ min: 2, max: 20 }),
    });
    const few = samples.map((all) => all.slice(0, 64));
    fc.assert(
      fc.property(few, rule, fc.nat(10 * dayMs), (all, { windowMs, againstMs, min }, later) => {
        const spec = specOf({ kind: 'trend', windowMs, trend: { againstMs, min } });
        const nowMs = Math.max(0, ...all.map((one) => one.timeMs)) + later;
        const upTo = (endMs: number): number =>
          all.filter((one) => endMs - windowMs < one.timeMs && one.timeMs <= endMs).length;
        const [count, before] = [upTo(nowMs), upTo(nowMs - againstMs)];
        expect(readCounter(counterOf(spec, all), spec, nowMs, undefined)).toEqual({
          kind: 'trend',
          value: count >= min && before > 0 ? count / before - 1 : 0,
          count,
          before,
          isExact: true,
        });
      }),
      { numRuns: 1_500 },
    );
  });

  it('is off by at most what half a bucket at each edge holds when events are many, and says so', () => {
    const times = fc.array(fc.integer({ min: start - 30 * dayMs, max: start }), {
      minLength: 100,
      maxLength: 400,
    });
    const bucketMs = trendBucketMs(7 * dayMs, 14 * dayMs);
    fc.assert(
      fc.property(times, fc.nat(dayMs), (all, later) => {
        const nowMs = Math.max(...all) + later;
        const between = (fromMs: number, toMs: number): number =>
          all.filter((timeMs) => fromMs < timeMs && timeMs <= toMs).length;
        const samplesOfAll = all.map((timeMs) => sampleOf(timeMs));
        const reading = readCounter(counterOf(weekly, samplesOfAll), weekly, nowMs, undefined);
        const fromMs = nowMs - 7 * dayMs;
        const edges = [fromMs, nowMs - 21 * dayMs, nowMs - 14 * dayMs] as const;
        const around = (edgeMs: number): number =>
          between(edgeMs - bucketMs / 2 - 1, edgeMs + bucketMs / 2);
        expect(reading).toMatchObject({ kind: 'trend' });
        if (reading.kind === 'trend') {
          const [count, before] = [between(edges[0], nowMs), between(edges[1], edges[2])];
          expect(Math.abs(reading.count - count)).toBeLessThanOrEqual(around(edges[0]));
          expect(Math.abs(reading.before - before)).toBeLessThanOrEqual(
            around(edges[1]) + around(edges[2]),
          );
          expect(reading.isExact ? [reading.count, reading.before] : [count, before]).toEqual([
            count,
            before,
          ]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    [minuteMs, 14 * dayMs, hourMs],
    [hourMs, 6 * hourMs, minuteMs],
    [dayMs, 14 * dayMs, hourMs],
    [7 * dayMs, 14 * dayMs, 6 * hourMs],
    [30 * dayMs, 14 * dayMs, dayMs],
    [90 * dayMs, 90 * dayMs, dayMs],
  ])(
    'keeps a window of %i ms against %i ms ago in buckets of %i ms',
    (windowMs, againstMs, bucketMs) => {
      expect(trendBucketMs(windowMs, againstMs)).toBe(bucketMs);
    },
  );

  it.each(['1,204', '', undefined, Number.NaN, -5, 1e308])(
    'counts an event whose value is %s like any other, because it reads no value',
    (value) => {
      const counter = counterOf(weekly, [sampleOf(start, { value })]);
      expect(readCounter(counter, weekly, start, undefined)).toMatchObject({ count: 1 });
    },
  );
});

describe('a trigger on a trend', () => {
  const firedAt = (all: readonly Sample[]): readonly number[] =>
    run(weekly, all).flatMap((ids, at) => (ids.length > 0 ? [at] : []));

  it.each([
    ['at the event that makes it half as much again', [...events(0, 8), ...events(14, 13)], [19]],
    ['not for 1 -> 2', [...events(0, 1), ...events(14, 2)], []],
    [
      'at the smallest number that is a trend, when it was little before',
      [...events(0, 2), ...events(14, 12)],
      [11],
    ],
    ['not when there was nothing before', events(14, 40), []],
    ['not when it is the same or less', [...events(0, 20), ...events(14, 20)], []],
    ['once, while it goes on growing', [...events(0, 8), ...events(14, 30)], [19]],
  ])('fires %s', (_, all, fired) => {
    expect(firedAt(all)).toEqual(fired);
  });

  it('fires at the next event when growth passed the threshold in silence, because the window before moved on', () => {
    // 6 and 8 events two weeks before 12: growth below zero, until the 8 have left the window before.
    const all = [...events(0, 8), ...events(5, 6), ...events(20, 12), ...events(21.5, 1)];
    expect(firedAt(all)).toEqual([26]);
  });
});
