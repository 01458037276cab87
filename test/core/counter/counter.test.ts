import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Counter,
  addSample,
  mergeCounters,
  readCounter,
} from '../../../src/core/counter/counter.ts';
import { decodeCounter } from '../../../src/core/counter/counter-codec.ts';
import type { Sample } from '../../../src/core/counter/sample.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/core/duration.ts';
import { Fault } from '../../../src/core/fault.ts';
import { PackedReader } from '../../../src/core/packed.ts';
import {
  bytesOf,
  counterOf,
  everySpec,
  sampleOf,
  samples,
  specOf,
  start,
  triggerOf,
} from './specs.ts';

const named = everySpec.map((spec) => [spec.key, spec] as const);

/** The samples in another order, each once. */
const shuffled = samples.chain((all) =>
  fc.record({
    all: fc.constant(all),
    order: fc.shuffledSubarray([...all], { minLength: all.length }),
  }),
);

describe.each(named)('the counter %s', (_key, spec) => {
  it('is the same, byte for byte, in whatever order its samples come', () => {
    fc.assert(
      fc.property(shuffled, ({ all, order }) => {
        const straight = counterOf(spec, all);
        const mixed = counterOf(spec, order);
        expect(mixed).toEqual(straight);
        expect(bytesOf(mixed, spec)).toBe(bytesOf(straight, spec));
      }),
      { numRuns: 60 },
    );
  });

  it('is the same, byte for byte, when its samples were counted in parts and merged in any order', () => {
    fc.assert(
      fc.property(shuffled, fc.nat(120), fc.nat(120), ({ all, order }, one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const [a, b, c] = [order.slice(0, from), order.slice(from, to), order.slice(to)].map(
          (part) => counterOf(spec, part),
        );
        if (a === undefined || b === undefined || c === undefined) {
          throw new Error('three parts are missing');
        }
        const whole = bytesOf(counterOf(spec, all), spec);
        const merge = (left: Counter, right: Counter): Counter => mergeCounters(left, right, spec);
        expect(bytesOf(merge(merge(a, b), c), spec)).toBe(whole);
        expect(bytesOf(merge(c, merge(b, a)), spec)).toBe(whole);
        expect(merge(merge(c, a), b)).toEqual(counterOf(spec, all));
      }),
      { numRuns: 60 },
    );
  });

  it('comes back from its bytes as it was', () => {
    fc.assert(
      fc.property(samples, (all) => {
        const counter = counterOf(spec, all);
        const bytes = Buffer.from(bytesOf(counter, spec), 'hex');
        expect(decodeCounter(new PackedReader(bytes), spec)).toEqual(counter);
      }),
      { numRuns: 60 },
    );
  });

  it('throws the fault of an unreadable state when its bytes are cut off or go on', () => {
    fc.assert(
      fc.property(
        samples.filter((all) => all.length > 0),
        fc.nat(),
        (all, drawn) => {
          const bytes = Buffer.from(bytesOf(counterOf(spec, all), spec), 'hex');
          const cut = bytes.subarray(0, drawn % bytes.length);
          expect(() => decodeCounter(new PackedReader(cut), spec)).toThrow(Fault);
          const longer = Buffer.concat([bytes, Buffer.of(0)]);
          expect(() => decodeCounter(new PackedReader(longer), spec)).toThrow(Fault);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('reads any bytes at all as a counter or throws the fault, never another error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          readCounter(decodeCounter(new PackedReader(bytes), spec), spec, start, undefined);
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is itself when a sample cannot matter to it', () => {
    const late = sampleOf(start - 90 * dayMs, { by: 'algebra', value: 'ana', tie: 5_000 });
    const useless: readonly Sample[] = spec.windowMs === undefined ? [] : [late];
    const counter = counterOf(spec, [sampleOf(start, { by: 'algebra', value: 3, limit: 10 })]);
    for (const sample of useless) {
      expect(addSample(counter, spec, sample)).toBe(counter);
    }
    if (spec.value !== undefined) {
      expect(
        addSample(counter, spec, sampleOf(start + 1, { by: 'algebra', value: '', tie: 1 })),
      ).toBe(counter);
    }
  });
});

describe('a count or sum within a window', () => {
  it('equals a count over the raw events for any window, events and time, as long as they are few', () => {
    const rule = fc.record({
      kind: fc.constantFrom('count' as const, 'sum' as const),
      windowMs: fc.oneof(
        fc.integer({ min: minuteMs, max: 90 * dayMs }),
        fc.constantFrom(minuteMs, hourMs, 3 * hourMs, 48 * hourMs, 7 * dayMs),
      ),
      by: fc.constantFrom('course', undefined),
    });
    // At most 64 events, so all are kept one by one.
    const few = samples.map((all) => all.slice(0, 64));
    fc.assert(
      fc.property(
        rule,
        few,
        fc.nat(10 * dayMs),
        fc.constantFrom('algebra', 'biology', undefined),
        (part, all, later, by) => {
          const spec = specOf({ ...part, value: 'minutes' });
          const nowMs = Math.max(...all.map((sample) => sample.timeMs), start - dayMs) + later;
          const inside = all.filter(
            (sample) =>
              sample.timeMs > nowMs - part.windowMs &&
              sample.timeMs <= nowMs &&
              (part.by === undefined ||
                (by === undefined
                  ? sample.by !== '' && sample.by !== undefined
                  : sample.by === by)),
          );
          const expected =
            part.kind === 'count'
              ? inside.length
              : inside.reduce((sum, one) => sum + thousandths(one.value), 0) / 1_000;
          expect(readCounter(counterOf(spec, all), spec, nowMs, by)).toEqual({
            kind: part.kind,
            value: expected,
            isExact: true,
          });
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it('is off by at most one bucket when events are many, and says so', () => {
    const spec = specOf({ kind: 'count', windowMs: 48 * hourMs });
    const times = fc.array(fc.integer({ min: start - 4 * dayMs, max: start }), {
      minLength: 100,
      maxLength: 400,
    });
    fc.assert(
      fc.property(times, fc.nat(dayMs), (all, later) => {
        const nowMs = Math.max(...all) + later;
        const within = (windowMs: number): number =>
          all.filter((timeMs) => timeMs > nowMs - windowMs).length;
        const reading = readCounter(
          counterOf(
            spec,
            all.map((timeMs) => sampleOf(timeMs)),
          ),
          spec,
          nowMs,
          undefined,
        );
        expect(reading.value).toBeGreaterThanOrEqual(within(48 * hourMs));
        expect(reading.value).toBeLessThanOrEqual(within(49 * hourMs));
        if (reading.isExact) {
          expect(reading.value).toBe(within(48 * hourMs));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('counts exactly up to the highest threshold of its triggers, up to 256', () => {
    const spec = specOf({
      kind: 'count',
      windowMs: 7 * dayMs,
      triggers: [triggerOf(10), triggerOf(200)],
    });
    const all = Array.from({ length: 200 }, (_, at) => sampleOf(start + at * minuteMs));
    // The window's edge lies between two events of one bucket.
    expect(
      readCounter(counterOf(spec, all), spec, start + 7 * dayMs + 100 * minuteMs, undefined),
    ).toEqual({
      kind: 'count',
      value: 99,
      isExact: true,
    });
  });

  it('never ends before the newest event, so a clock that is behind counts like one that is right', () => {
    const spec = specOf({ kind: 'count', windowMs: hourMs });
    const counter = counterOf(spec, [sampleOf(start), sampleOf(start + 5)]);
    expect(readCounter(counter, spec, start - 50, undefined).value).toBe(2);
  });

  it('adds thousandths, so that ten times 0.1 is 1', () => {
    const spec = specOf({ kind: 'sum', windowMs: hourMs, value: 'minutes' });
    const all = Array.from({ length: 10 }, (_, at) => sampleOf(start + at, { value: '0.1' }));
    expect(readCounter(counterOf(spec, all), spec, start, undefined).value).toBe(1);
  });

  it('clamps absurd amounts and stays at the largest number, in every order', () => {
    const spec = specOf({ kind: 'sum', value: 'minutes' });
    const many = Array.from({ length: 9_010 }, () => sampleOf(start, { value: 1e308 }));
    const back = sampleOf(start, { value: -5 });
    const largest = (Number.MAX_SAFE_INTEGER - 5_000) / 1_000;
    expect(readCounter(counterOf(spec, [...many, back]), spec, start, undefined).value).toBe(
      largest,
    );
    expect(readCounter(counterOf(spec, [back, ...many]), spec, start, undefined).value).toBe(
      largest,
    );
  });
});

describe('a count or sum ever', () => {
  it('counts every event apart by its value, and all together', () => {
    const spec = specOf({ kind: 'sum', by: 'course', value: 'minutes' });
    const counter = counterOf(spec, [
      sampleOf(start, { by: 'algebra', value: 30 }),
      sampleOf(start - 900 * dayMs, { by: 'algebra', value: '12.5' }),
      sampleOf(start, { by: 'biology', value: 1 }),
    ]);
    const read = (by: string | undefined): number => readCounter(counter, spec, start, by).value;
    expect([read('algebra'), read('biology'), read('chemistry'), read(undefined)]).toEqual([
      42.5, 1, 0, 43.5,
    ]);
  });

  it('says that it is not exact when more values were counted apart than it holds', () => {
    const spec = specOf({ kind: 'count', by: 'course' });
    const counter = counterOf(
      spec,
      Array.from({ length: 300 }, (_, at) => sampleOf(start, { by: `course ${at}` })),
    );
    expect(readCounter(counter, spec, start, undefined)).toEqual({
      kind: 'count',
      value: 256,
      isExact: false,
    });
  });
});

describe('a distinct count', () => {
  it('equals a count over the raw events for any window and time', () => {
    fc.assert(
      fc.property(
        samples,
        fc.integer({ min: minuteMs, max: 90 * dayMs }),
        fc.nat(10 * dayMs),
        (all, windowMs, later) => {
          const spec = specOf({ kind: 'distinct', windowMs, value: 'user' });
          const nowMs = Math.max(...all.map((sample) => sample.timeMs), start - dayMs) + later;
          const inside = all.filter(
            (one) => one.timeMs > nowMs - windowMs && one.value !== undefined && one.value !== '',
          );
          const value = new Set(inside.map((one) => String(one.value))).size;
          expect(readCounter(counterOf(spec, all), spec, nowMs, undefined)).toEqual({
            kind: 'distinct',
            value,
            isExact: true,
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('estimates a large number of different values ever within 20 %, and says so', () => {
    const spec = specOf({ kind: 'distinct', value: 'user' });
    const all = Array.from({ length: 4_000 }, (_, at) => sampleOf(start, { value: `user-${at}` }));
    const reading = readCounter(
      counterOf(spec, [...all, ...all.slice(0, 500)]),
      spec,
      start,
      undefined,
    );
    expect(reading.isExact).toBe(false);
    expect(Math.abs(reading.value - 4_000)).toBeLessThan(800);
  });

  it('holds the 256 newest values of a window, whatever the order', () => {
    const spec = specOf({ kind: 'distinct', windowMs: dayMs, value: 'user' });
    const all = Array.from({ length: 400 }, (_, at) =>
      sampleOf(start + at * 1_000, { value: `user-${at}` }),
    );
    const mixed = all.toSorted(
      (left, right) => ((left.timeMs * 7_919) % 1_009) - ((right.timeMs * 7_919) % 1_009),
    );
    expect(bytesOf(counterOf(spec, mixed), spec)).toBe(bytesOf(counterOf(spec, all), spec));
    const full = readCounter(counterOf(spec, all), spec, start + 400_000, undefined);
    expect(full).toEqual({ kind: 'distinct', value: 256, isExact: false });
    // Later, when the window has left all that was dropped, it is exact again.
    const later = readCounter(counterOf(spec, all), spec, start + dayMs + 300_000, undefined);
    expect(later).toEqual({ kind: 'distinct', value: 99, isExact: true });
  });
});

describe('a gauge', () => {
  const spec = specOf({ kind: 'gauge', value: 'used' });

  it('reads the newest sample by event time, with its limit, share and period', () => {
    const counter = counterOf(spec, [
      sampleOf(start, { value: '9', limit: 10, tie: 1 }),
      sampleOf(start - 1, { value: 3, limit: 10, tie: 2 }),
      sampleOf(start, { value: 8, limit: 10, tie: 0 }),
    ]);
    expect(readCounter(counter, spec, start, undefined)).toEqual({
      kind: 'gauge',
      value: 9,
      isExact: true,
      limit: 10,
      share: 0.9,
      period: '2026-11',
      timeMs: start,
    });
  });

  it('takes of one millisecond the greater value, whichever message id', () => {
    const [nine, ten] = [
      sampleOf(start, { value: 9, limit: 10, tie: 7 }),
      sampleOf(start, { value: 10, limit: 10, tie: 3 }),
    ];
    for (const all of [
      [nine, ten],
      [ten, nine],
    ]) {
      expect(readCounter(counterOf(spec, all), spec, start, undefined).value).toBe(10);
    }
  });

  it.each([0, -1, undefined])('has a value but no share when the limit is %s', (limit) => {
    const counter = counterOf(spec, [sampleOf(start, { value: 0, limit })]);
    expect(readCounter(counter, spec, start, undefined)).toMatchObject({
      value: 0,
      limit,
      share: undefined,
    });
  });
});

describe('a first and a last', () => {
  const all = [
    sampleOf(start, { value: 'pro' }),
    sampleOf(start - 5, { value: 'free' }),
    sampleOf(start + 5, { value: 12 }),
  ];

  it('remember the value of the first and of the last event by its time', () => {
    const first = specOf({ kind: 'first', value: 'plan' });
    const last = specOf({ kind: 'last', value: 'plan' });
    expect(readCounter(counterOf(first, all), first, start, undefined)).toMatchObject({
      said: 'free',
      timeMs: start - 5,
      value: 0,
    });
    expect(readCounter(counterOf(last, all), last, start, undefined)).toMatchObject({
      said: 12,
      timeMs: start + 5,
      value: 12,
    });
  });

  it('say 0 before and 1 after it happened when they remember no value', () => {
    const spec = specOf({ kind: 'first' });
    expect(readCounter(counterOf(spec, []), spec, start, undefined).value).toBe(0);
    expect(readCounter(counterOf(spec, all), spec, start, undefined).value).toBe(1);
  });
});

/** The amount that the counter should have added, computed on its own: clamped, then rounded half away from zero. */
function thousandths(value: string | number | undefined): number {
  const number = typeof value === 'number' ? value : value === '7.5' ? 7.5 : 0;
  const scaled = Math.max(-1e12, Math.min(1e12, number * 1_000));
  return Math.trunc(scaled + Math.sign(scaled) * 0.5);
}
