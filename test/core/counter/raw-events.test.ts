import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCounter } from '../../../src/core/counter/counter.ts';
import { weekOf } from '../../../src/core/counter/iso-week.ts';
import type { Sample } from '../../../src/core/counter/sample.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/core/duration.ts';
import type { CounterSpec } from '../../../src/core/playbook.ts';
import { counterOf, sampleOf, specOf, start } from './specs.ts';

/*
 * Every windowed counter against what the raw events say, counted as plainly as possible: random rules, random streams in
 * random order with repetitions of times, 10,000 cases in all. As many events as are kept one by one, so exactly.
 */

/** What happened within `(now - window, now]`, oldest first. */
interface Raw {
  readonly inside: readonly Sample[];
  readonly all: readonly Sample[];
  readonly nowMs: number;
}

type Count = (spec: CounterSpec, raw: Raw) => number;

const windows = fc.oneof(
  fc.integer({ min: minuteMs, max: 90 * dayMs }),
  fc.constantFrom(minuteMs, hourMs, 48 * hourMs, 7 * dayMs, 90 * dayMs),
);

const rules: readonly (readonly [string, fc.Arbitrary<CounterSpec>, Count])[] = [
  [
    'count',
    windows.map((windowMs) => specOf({ kind: 'count', windowMs })),
    (_, { inside }) => inside.length,
  ],
  [
    'sum',
    windows.map((windowMs) => specOf({ kind: 'sum', windowMs, value: 'n' })),
    (_, { inside }) => inside.reduce((sum, { value }) => sum + Number(value), 0),
  ],
  [
    'distinct',
    windows.map((windowMs) => specOf({ kind: 'distinct', windowMs, value: 'n' })),
    (_, { inside }) => new Set(inside.map(({ value }) => value)).size,
  ],
  [
    'ratio',
    fc
      .record({ windowMs: windows, min: fc.integer({ min: 1, max: 5 }) })
      .map((part) => specOf({ kind: 'ratio', steps: ['a', 'b'], ...part })),
    ({ min = 1 }, { inside }) => {
      const whole = inside.filter(({ signal }) => signal === 'b').length;
      return whole < min ? 0 : inside.filter(({ signal }) => signal === 'a').length / whole;
    },
  ],
  [
    'sessions',
    fc
      .record({ windowMs: windows, gapMs: fc.integer({ min: minuteMs, max: dayMs }) })
      .map((part) => specOf({ kind: 'sessions', ...part })),
    ({ gapMs = 0 }, { all, inside }) => {
      const firsts = all.filter(
        ({ timeMs }, at) => timeMs - (all[at - 1]?.timeMs ?? Number.NEGATIVE_INFINITY) >= gapMs,
      );
      const sessionOf = (timeMs: number): number =>
        firsts.findLastIndex((first) => first.timeMs <= timeMs);
      return new Set(inside.map(({ timeMs }) => sessionOf(timeMs))).size;
    },
  ],
  [
    'sequence',
    fc
      .record({ windowMs: windows, steps: fc.shuffledSubarray(['a', 'b', 'c'], { minLength: 2 }) })
      .map((part) => specOf({ kind: 'sequence', ...part })),
    ({ steps = [] }, { inside }) => {
      let step = 0;
      for (const { signal } of inside) {
        step += signal === steps[step % steps.length] ? 1 : 0;
      }
      return Math.floor(step / steps.length);
    },
  ],
  [
    'elapsed',
    fc
      .record({
        windowMs: windows,
        pace: fc.record({
          atMostMs: fc.integer({ min: minuteMs, max: 5 * dayMs }),
          ofLast: fc.integer({ min: 2, max: 4 }),
        }),
      })
      .map((part) => specOf({ kind: 'elapsed', steps: ['a', 'b'], ...part })),
    ({ pace = { atMostMs: 0, ofLast: 2 } }, { inside }) => {
      const taken: number[] = [];
      let startMs: number | undefined;
      for (const { signal, timeMs } of inside) {
        if (signal === 'a') {
          startMs = timeMs;
        } else if (signal === 'b' && startMs !== undefined) {
          taken.push(timeMs - startMs);
          startMs = undefined;
        }
      }
      const last = taken.slice(-pace.ofLast);
      const fast = last.filter((tookMs) => tookMs <= pace.atMostMs).length;
      return last.length < pace.ofLast ? 0 : fast / pace.ofLast;
    },
  ],
  [
    'trend',
    fc
      .record({ windowMs: windows, againstMs: windows, min: fc.integer({ min: 2, max: 4 }) })
      .map(({ windowMs, ...trend }) => specOf({ kind: 'trend', windowMs, trend })),
    ({ windowMs = 0, trend = { againstMs: 0, min: 0 } }, { all, inside, nowMs }) => {
      const endMs = nowMs - trend.againstMs;
      const before = all.filter(
        ({ timeMs }) => timeMs > endMs - windowMs && timeMs <= endMs,
      ).length;
      return inside.length < trend.min || before === 0 ? 0 : inside.length / before - 1;
    },
  ],
  [
    'weekly',
    fc.integer({ min: 2, max: 13 }).map((weeks) => specOf({ kind: 'weekly', weeks })),
    ({ weeks = 0 }, { all, nowMs }) =>
      new Set(
        all.map(({ timeMs }) => weekOf(timeMs)).filter((week) => week > weekOf(nowMs) - weeks),
      ).size,
  ],
  [
    'pace',
    windows
      .filter((windowMs) => windowMs >= 2 * dayMs)
      .map((windowMs) => specOf({ kind: 'pace', windowMs, value: 'n' })),
    ({ windowMs = 0 }, { all }) => {
      const newest = all.at(-1);
      const stepOf = (timeMs: number): number => Math.floor(timeMs / (windowMs / 7));
      const base = all.find(
        ({ timeMs, value }, at) =>
          stepOf(timeMs) >= stepOf(newest?.timeMs ?? 0) - 7 &&
          (newest?.timeMs ?? 0) - timeMs >= dayMs &&
          // The first of its step: what is kept.
          stepOf(all[at - 1]?.timeMs ?? Number.NEGATIVE_INFINITY) < stepOf(timeMs) &&
          value !== undefined,
      );
      if (newest === undefined || base === undefined) {
        return 0;
      }
      const perDay =
        ((Number(newest.value) - Number(base.value)) / (newest.timeMs - base.timeMs)) * dayMs;
      return perDay > 0 ? perDay / Math.max(0, 100 - Number(newest.value)) : 0;
    },
  ],
];

/** Up to 40 samples at different times, in any order: ties have rules of their own, which each kind's tests hold. */
const stream = fc
  .uniqueArray(
    fc.record({
      timeMs: fc.oneof(
        fc.integer({ min: start - 100 * dayMs, max: start }),
        fc.integer({ min: start - 2 * dayMs, max: start }),
        fc.integer({ min: start - hourMs, max: start }),
      ),
      signal: fc.constantFrom('a', 'b', 'c'),
      value: fc.integer({ min: 1, max: 20 }),
    }),
    { selector: (one) => one.timeMs, maxLength: 40 },
  )
  .map((drawn) =>
    drawn.map(({ timeMs, ...part }, tie) =>
      sampleOf(timeMs, { ...part, tie, limit: 100, period: 'p' }),
    ),
  );

describe('every windowed counter equals a count over the raw events', () => {
  it.each(rules)('%s', (_, rule, count) => {
    fc.assert(
      fc.property(rule, stream, fc.nat(3 * dayMs), (spec, arrived, later) => {
        // A count, sum, distinct or trend takes every event; the others only those of their signals.
        const relevant = arrived.filter(
          ({ signal }) => spec.steps === undefined || spec.steps.includes(signal ?? ''),
        );
        const all = relevant.toSorted((left, right) => left.timeMs - right.timeMs);
        const nowMs = (all.at(-1)?.timeMs ?? start) + later;
        const fromMs = nowMs - (spec.windowMs ?? 0);
        const inside = all.filter(({ timeMs }) => timeMs > fromMs);
        const reading = readCounter(counterOf(spec, arrived), spec, nowMs, undefined);
        expect(reading.isExact).toBe(true);
        expect(reading.value).toBeCloseTo(count(spec, { all, inside, nowMs }), 9);
      }),
      { numRuns: 1_000 },
    );
  });
});
