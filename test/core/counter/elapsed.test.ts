import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCounter } from '../../../src/core/counter/counter.ts';
import type { Sample } from '../../../src/core/counter/sample.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../../../src/core/duration.ts';
import { roughTime } from '../../../src/core/trigger/rough-time.ts';
import { counterOf, run, sampleOf, samples, specOf, start, triggerOf } from './specs.ts';

const pace = { atMostMs: 2 * minuteMs, ofLast: 5 };
const steps = ['begun', 'done'];
const firstValue = specOf({
  kind: 'elapsed',
  steps,
  pace,
  triggers: [triggerOf(0.8, { unit: 'share' })],
});

/** One visit a day that took so many seconds each. */
function visits(...seconds: readonly number[]): readonly Sample[] {
  return seconds.flatMap((took, at) => [
    sampleOf(start + at * dayMs, { signal: 'begun' }),
    sampleOf(start + at * dayMs + took * secondMs, { signal: 'done' }),
  ]);
}

/** The same, plainly: walk through the events in order with a stopwatch in hand. */
function times(all: readonly Sample[], outsideMs: number): readonly number[] {
  const walk = all
    .filter((one) => one.timeMs > outsideMs && steps.includes(one.signal ?? ''))
    .toSorted(
      (a, b) => a.timeMs - b.timeMs || (a.signal === b.signal ? 0 : a.signal === 'begun' ? -1 : 1),
    );
  let startedMs: number | undefined;
  return walk.flatMap(({ signal, timeMs }) => {
    const tookMs = signal === 'done' && startedMs !== undefined ? [timeMs - startedMs] : [];
    startedMs = signal === 'begun' ? timeMs : undefined;
    return tookMs;
  });
}

describe('a counter of elapsed times', () => {
  it('equals a stopwatch on the raw events for any window, limit, number and time', () => {
    const rule = fc.record({
      windowMs: fc.option(fc.integer({ min: minuteMs, max: 90 * dayMs }), { nil: undefined }),
      atMostMs: fc.integer({ min: minuteMs, max: 10 * dayMs }),
      ofLast: fc.integer({ min: 2, max: 10 }),
    });
    const named = samples.map((all) =>
      all.map((one, at) => ({ ...one, signal: at % 2 === 0 ? 'begun' : 'done' })),
    );
    fc.assert(
      fc.property(named, rule, fc.nat(10 * dayMs), (all, { windowMs, atMostMs, ofLast }, later) => {
        const spec = specOf({ kind: 'elapsed', windowMs, steps, pace: { atMostMs, ofLast } });
        const nowMs = Math.max(0, ...all.map((one) => one.timeMs)) + later;
        const taken = times(all, windowMs === undefined ? -1 : nowMs - windowMs).slice(-ofLast);
        const count = taken.filter((tookMs) => tookMs <= atMostMs).length;
        expect(readCounter(counterOf(spec, all), spec, nowMs, undefined)).toEqual({
          kind: 'elapsed',
          value: taken.length < ofLast ? 0 : count / ofLast,
          count,
          tookMs: taken.at(-1),
          isExact: true,
        });
      }),
      { numRuns: 1_500 },
    );
  });

  it('starts the watch anew when it begins again, and stops it at the first end', () => {
    const all = [
      ['begun', 0],
      ['begun', 100],
      ['done', 130],
      ['done', 500],
    ] as const;
    const counter = counterOf(
      firstValue,
      all.map(([signal, second]) => sampleOf(start + second * secondMs, { signal })),
    );
    expect(readCounter(counter, firstValue, start, undefined)).toMatchObject({
      count: 1,
      tookMs: 30 * secondMs,
    });
  });

  it('leaves out what it no longer knows for sure, rather than guess', () => {
    const many = Array.from({ length: 400 }, (_, at) =>
      sampleOf(start + dayMs + at * secondMs, { signal: 'done' }),
    );
    const counter = counterOf(firstValue, [...visits(10), ...many]);
    expect(readCounter(counter, firstValue, start, undefined)).toEqual({
      kind: 'elapsed',
      value: 0,
      count: 0,
      tookMs: undefined,
      isExact: false,
    });
  });

  it.each(['1,204', '', undefined, Number.NaN, -5, 1e308])(
    'times events whose value is %s like any other, because it reads no value',
    (value) => {
      const all = visits(30).map((one) => ({ ...one, value }));
      expect(readCounter(counterOf(firstValue, all), firstValue, start, undefined)).toMatchObject({
        tookMs: 30 * secondMs,
      });
    },
  );
});

describe('a trigger on elapsed times', () => {
  const firedAt = (...seconds: readonly number[]): readonly number[] =>
    run(firstValue, visits(...seconds)).flatMap((ids, at) => (ids.length > 0 ? [at] : []));

  it.each([
    ['the fifth time, when all five were fast', [60, 60, 60, 60, 60], [9]],
    ['not before there are five', [60, 60, 60, 60], []],
    ['when one of five was slow', [60, 600, 60, 60, 120], [9]],
    ['not when two of five were slow', [60, 600, 60, 121, 60], []],
    ['once, while it stays so', [60, 60, 60, 60, 60, 60, 600, 60], [9]],
    ['again, after it was slow for a while', [1, 1, 1, 1, 1, 600, 600, 600, 1, 1, 1, 1], [9, 23]],
  ])('fires %s', (_, seconds, fired) => {
    expect(firedAt(...seconds)).toEqual(fired);
  });
});

describe('a measured time in words', () => {
  it.each([
    [400, 'less than a second'],
    [1_400, '1 second'],
    [48_300, '48 seconds'],
    [89_400, '89 seconds'],
    [2 * minuteMs, '2 minutes'],
    [89 * minuteMs, '89 minutes'],
    [2 * hourMs, '2 hours'],
    [3 * dayMs, '3 days'],
  ])('says %i ms as %s', (ms, words) => {
    expect(roughTime(ms)).toBe(words);
  });
});
