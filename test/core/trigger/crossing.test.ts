import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addSample,
  type Counter,
  emptyCounter,
  readCounter,
} from '../../../src/core/counter/counter.ts';
import type { Sample } from '../../../src/core/counter/sample.ts';
import { dayMs, hourMs } from '../../../src/core/duration.ts';
import type { CounterSpec } from '../../../src/core/playbook.ts';
import { crossings } from '../../../src/core/trigger/crossing.ts';
import { bytesOf, run, sampleOf, samples, specOf, start, triggerOf } from '../counter/specs.ts';

const reports = specOf({
  kind: 'gauge',
  value: 'used',
  triggers: [
    triggerOf(0.8, { unit: 'share', rearmBelow: 0.7 }),
    triggerOf(0.9, { unit: 'share', rearmBelow: 0.75 }),
    triggerOf(1, { unit: 'share', rearmBelow: 0.85 }),
  ],
});
let tie = 0;
const used = (
  value: number,
  limit: number | undefined,
  timeMs: number,
  period?: string,
): Sample => {
  tie += 1;
  return sampleOf(timeMs, { value, limit, period, tie });
};

describe('a gauge against its limit', () => {
  const ninety = specOf({ ...reports, triggers: reports.triggers.slice(1) });

  it('fires at 90 %, is silent while it teeters, fires at 10 of 10, and is re-armed by a larger limit', () => {
    const fired = run(ninety, [
      used(6, 10, start),
      used(9, 10, start + 1),
      used(8, 10, start + 2),
      used(9, 10, start + 3),
      used(10, 10, start + 4),
      used(10, 100, start + 5),
      used(95, 100, start + 6),
    ]);
    expect(fired).toEqual([[], ['at-0.9'], [], [], ['at-1'], [], ['at-0.9']]);
  });

  it('gives all thresholds crossed at once, highest first', () => {
    expect(run(reports, [used(2, 10, start), used(10, 10, start + 1)])).toEqual([
      [],
      ['at-1', 'at-0.9', 'at-0.8'],
    ]);
  });

  it('fires again in a new period, named or by the calendar month', () => {
    const named = [
      used(9, 10, start, 'p1'),
      used(9, 10, start + 1, 'p1'),
      used(9, 10, start + 2, 'p2'),
    ];
    expect(run(ninety, named)).toEqual([['at-0.9'], [], ['at-0.9']]);
    const months = [
      used(9, 10, start),
      used(9, 10, start + dayMs),
      used(9, 10, start + 14 * dayMs),
    ];
    expect(run(ninety, months)).toEqual([['at-0.9'], [], ['at-0.9']]);
  });

  it('fires again after it fell below its re-arming point, and only then', () => {
    const fall = (to: number): readonly Sample[] => [
      used(90, 100, start),
      used(to, 100, start + 1),
      used(90, 100, start + 2),
    ];
    expect(run(ninety, fall(75))).toEqual([['at-0.9'], [], []]);
    expect(run(ninety, fall(74))).toEqual([['at-0.9'], [], ['at-0.9']]);
  });

  it('fires nothing for a sample that is older than the newest', () => {
    expect(run(ninety, [used(5, 10, start + 5), used(10, 10, start)])).toEqual([[], []]);
  });

  it('does not fire what an older sample, come late, shows to have been reached before', () => {
    expect(
      run(ninety, [used(8, 10, start + 5), used(9, 10, start), used(9, 10, start + 9)]),
    ).toEqual([[], [], []]);
  });

  it.each([0, -1, undefined])('fires nothing when the limit is %s', (limit) => {
    expect(run(ninety, [used(0, limit, start), used(50, limit, start + 1)])).toEqual([[], []]);
  });

  it('fires for a threshold given as a number as for one in percent, both in one counter', () => {
    const both = specOf({
      ...reports,
      triggers: [
        triggerOf(0.9, { unit: 'share', rearmBelow: 0.8 }),
        triggerOf(9, { unit: 'value', rearmBelow: 8 }),
      ],
    });
    expect(
      run(both, [
        used(6, 10, start),
        used(9, 10, start + 1),
        used(9, 10, start + 2),
        used(9, undefined, start + 3),
      ]),
    ).toEqual([[], ['at-9', 'at-0.9'], [], []]);
  });

  it('knows under a changed playbook what was reached under the one before', () => {
    const counterUnder = (
      triggers: readonly (typeof reports.triggers)[number][],
      counter: Counter,
      sample: Sample,
    ) => {
      const spec = specOf({ ...reports, triggers });
      const after = addSample(counter, spec, sample);
      return {
        after,
        fired: crossings(spec, counter, after, sample, sample.timeMs).map(({ id }) => id),
      };
    };
    const all = reports.triggers;
    const one = counterUnder(all, emptyCounter(reports), used(9, 10, start));
    const two = counterUnder(all, one.after, used(8, 10, start + 1));
    const fewer = counterUnder(all.slice(0, 2), two.after, used(9, 10, start + 2));
    const lower = triggerOf(0.85, { unit: 'share', rearmBelow: 0.6 });
    const more = counterUnder(
      [...all, lower].toSorted((left, right) => left.threshold - right.threshold),
      fewer.after,
      used(10, 10, start + 3),
    );
    expect([one.fired, two.fired, fewer.fired, more.fired]).toEqual([
      ['at-0.9', 'at-0.8'],
      [],
      [],
      ['at-1'],
    ]);
  });

  it('fires like one register per trigger would, for any triggers and any samples', () => {
    const triggers = fc
      .uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 8 })
      .chain((thresholds) =>
        fc
          .array(fc.integer({ min: 0, max: 6 }), {
            minLength: thresholds.length,
            maxLength: thresholds.length,
          })
          .map((margins) =>
            thresholds
              .toSorted((left, right) => left - right)
              .map((threshold, at) =>
                triggerOf(threshold / 20, {
                  unit: 'share',
                  rearmBelow: (threshold - (margins[at] ?? 0)) / 20,
                }),
              ),
          ),
      );
    const history = fc.array(
      fc.record({
        value: fc.integer({ min: 0, max: 22 }),
        limit: fc.constantFrom(20, 20, 20, 40, 0),
        timeMs: fc.integer({ min: start, max: start + 40 }),
        period: fc.constantFrom('p1', 'p1', 'p2'),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(triggers, history, (rules, drawn) => {
        const spec = specOf({ ...reports, triggers: rules });
        // Distinct times, so that the registers of the reference need no rule for ties.
        const all = drawn
          .filter((one, at) => drawn.findIndex((other) => other.timeMs === one.timeMs) === at)
          .map((one, at) => sampleOf(one.timeMs, { ...one, tie: at }));
        expect(run(spec, all)).toEqual(byRegisters(spec, all));
      }),
      { numRuns: 1_000 },
    );
  });
});

/** The same, as plainly as it can be said: from all samples so far, trigger by trigger. */
function byRegisters(spec: CounterSpec, all: readonly Sample[]): readonly (readonly string[])[] {
  const share = (sample: Sample): number =>
    sample.limit === 0 ? Number.NaN : Number(sample.value) / Number(sample.limit);
  return all.map((sample, at) => {
    const earlier = all.slice(0, at);
    const newest = (holds: (one: Sample) => boolean): Sample | undefined =>
      earlier.filter(holds).toSorted((left, right) => right.timeMs - left.timeMs)[0];
    if (earlier.some((one) => one.timeMs > sample.timeMs)) {
      return [];
    }
    return spec.triggers
      .filter((trigger) => {
        const high = newest((one) => share(one) >= trigger.threshold);
        const low = newest((one) => share(one) < trigger.rearmBelow);
        const isArmed =
          high === undefined ||
          high.period !== sample.period ||
          (low !== undefined && low.timeMs > high.timeMs);
        return share(sample) >= trigger.threshold && isArmed;
      })
      .map((trigger) => trigger.id)
      .toReversed();
  });
}

describe('a count, sum or distinct count', () => {
  it('fires at the event that reaches the threshold, and not at the next', () => {
    const spec = specOf({
      kind: 'count',
      windowMs: 48 * hourMs,
      triggers: [triggerOf(2), triggerOf(4)],
    });
    const all = [0, 1, 2, 3, 4].map((hour) => sampleOf(start + hour * hourMs));
    expect(run(spec, all)).toEqual([[], ['at-2'], [], ['at-4'], []]);
  });

  it('fires again when the window was left and is reached anew', () => {
    const spec = specOf({ kind: 'count', windowMs: 48 * hourMs, triggers: [triggerOf(2)] });
    const all = [0, 1, 60, 61].map((hour) => sampleOf(start + hour * hourMs));
    expect(run(spec, all)).toEqual([[], ['at-2'], [], ['at-2']]);
  });

  it('does not fire when the window has passed by the time the event comes', () => {
    const spec = specOf({ kind: 'count', windowMs: hourMs, triggers: [triggerOf(2)] });
    expect(run(spec, [sampleOf(start), sampleOf(start + 1)], () => start + dayMs)).toEqual([
      [],
      [],
    ]);
  });

  it('gives all thresholds that one amount crosses, highest first', () => {
    const spec = specOf({
      kind: 'sum',
      value: 'minutes',
      triggers: [10, 20, 40].map((at) => triggerOf(at)),
    });
    const amounts = [15, 0, 25, -10, 10].map((value, at) => sampleOf(start + at, { value }));
    expect(run(spec, amounts)).toEqual([['at-10'], [], ['at-40', 'at-20'], [], ['at-40']]);
  });

  it('fires apart for each value that is counted apart', () => {
    const spec = specOf({ kind: 'sum', by: 'course', value: 'minutes', triggers: [triggerOf(40)] });
    const all = ['algebra', 'biology', 'algebra', 'biology'].map((by, at) =>
      sampleOf(start + at, { by, value: 30 }),
    );
    expect(run(spec, all)).toEqual([[], [], ['at-40'], ['at-40']]);
  });

  it('fires at the fourth teammate, not at the third one seen again', () => {
    const spec = specOf({
      kind: 'distinct',
      windowMs: 7 * dayMs,
      value: 'user',
      triggers: [triggerOf(4)],
    });
    const all = ['a', 'b', 'c', 'c', 'd', 'a'].map((value, at) => sampleOf(start + at, { value }));
    expect(run(spec, all)).toEqual([[], [], [], [], ['at-4'], []]);
  });

  it('misses no threshold when the clock is a little behind the event', () => {
    const spec = specOf({ kind: 'count', windowMs: hourMs, triggers: [triggerOf(2)] });
    expect(run(spec, [sampleOf(start), sampleOf(start + 40)], () => start - 60)).toEqual([
      [],
      ['at-2'],
    ]);
  });

  it('finds among 1,000 thresholds those that were crossed', () => {
    const spec = specOf({
      kind: 'sum',
      value: 'minutes',
      triggers: Array.from({ length: 1_000 }, (_, at) => triggerOf(at + 1)),
    });
    fc.assert(
      fc.property(fc.nat(1_100), fc.nat(50), (from, step) => {
        const fired = run(spec, [
          sampleOf(start, { value: from, tie: 1 }),
          sampleOf(start, { value: step, tie: 2 }),
        ])[1];
        const expected = spec.triggers.filter(
          ({ threshold }) => threshold > from && threshold <= from + step,
        );
        expect(fired).toEqual(expected.map(({ id }) => id).toReversed());
      }),
      { numRuns: 50 },
    );
  });

  it('fires exactly when a count over the raw events passes the threshold', () => {
    const spec = specOf({
      kind: 'count',
      windowMs: 3 * hourMs,
      triggers: [2, 3, 5, 8].map((at) => triggerOf(at)),
    });
    fc.assert(
      fc.property(samples, (all) => {
        const nowMs = start + hourMs;
        const inside = (part: readonly Sample[]): number =>
          part.filter((one) => one.timeMs > nowMs - 3 * hourMs).length;
        const expected = all.map((_, at) =>
          [8, 5, 3, 2]
            .filter((n) => inside(all.slice(0, at)) < n && n <= inside(all.slice(0, at + 1)))
            .map((n) => `at-${n}`),
        );
        expect(run(spec, all, () => nowMs)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a first and a last', () => {
  it('fire a first once, at the event that comes first', () => {
    const spec = specOf({ kind: 'first', triggers: [triggerOf(1)] });
    expect(run(spec, [sampleOf(start), sampleOf(start - 5), sampleOf(start + 5)])).toEqual([
      ['at-1'],
      [],
      [],
    ]);
  });

  it('fire a last when its newest number reaches the threshold and the one before did not', () => {
    const spec = specOf({ kind: 'last', value: 'seats', triggers: [triggerOf(4), triggerOf(10)] });
    const seats = [3, '4', 'many', 12, 5, 11].map((value, at) => sampleOf(start + at, { value }));
    expect(run(spec, seats)).toEqual([[], ['at-4'], [], ['at-10', 'at-4'], [], ['at-10']]);
    expect(
      run(spec, [sampleOf(start, { value: 1 }), sampleOf(start - 1, { value: 12, tie: 1 })]),
    ).toEqual([[], []]);
  });
});

describe('a gauge with 1,000 triggers', () => {
  it('keeps few marks and fires each trigger once', () => {
    const spec = specOf({
      ...reports,
      triggers: Array.from({ length: 1_000 }, (_, at) =>
        triggerOf((at + 1) / 1_000, { unit: 'share', rearmBelow: at / 1_000 }),
      ),
    });
    const all = Array.from({ length: 200 }, (_, at) => used((at + 1) * 5, 1_000, start + at));
    const fired = run(spec, all);
    expect(fired.flat()).toHaveLength(1_000);
    expect(new Set(fired.flat()).size).toBe(1_000);
    const counter = all.reduce<Counter>(
      (held, sample) => addSample(held, spec, sample),
      emptyCounter(spec),
    );
    expect(readCounter(counter, spec, start, undefined).value).toBe(1_000);
    expect(bytesOf(counter, spec).length / 2).toBeLessThan(3_000);
  });
});
