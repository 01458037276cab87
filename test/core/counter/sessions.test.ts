import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCounter } from '../../../src/core/counter/counter.ts';
import {
  addToSessions,
  emptySessions,
  mergeSessions,
  readSessions,
  type Sessions,
  type SessionsShape,
} from '../../../src/core/counter/sessions.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/core/duration.ts';
import { bytesOf, counterOf, run, sampleOf, samples, specOf, start, triggerOf } from './specs.ts';

const week = specOf({
  kind: 'sessions',
  windowMs: 7 * dayMs,
  gapMs: 30 * minuteMs,
  triggers: [triggerOf(5)],
});
const byId = specOf({ kind: 'sessions', windowMs: 7 * dayMs, value: 'sessionid' });

/** The sessions of all times, plainly: a new one begins where nothing happened for the gap. */
function lastOfEach(times: readonly number[], gapMs: number): readonly number[] {
  const sorted = times.toSorted((left, right) => left - right);
  return sorted.filter(
    (timeMs, at) => (sorted[at + 1] ?? Number.POSITIVE_INFINITY) - timeMs >= gapMs,
  );
}

describe('a counter of sessions', () => {
  it('equals the sessions of the raw events for any pause, window, events and time', () => {
    fc.assert(
      fc.property(
        samples,
        fc.integer({ min: minuteMs, max: dayMs }),
        fc.integer({ min: minuteMs, max: 90 * dayMs }),
        fc.nat(10 * dayMs),
        (all, gapMs, windowMs, later) => {
          const spec = specOf({ kind: 'sessions', gapMs, windowMs });
          const times = all.map((one) => one.timeMs);
          const nowMs = Math.max(0, ...times) + later;
          const value = lastOfEach(times, gapMs).filter((last) => last > nowMs - windowMs).length;
          expect(readCounter(counterOf(spec, all), spec, nowMs, undefined)).toEqual({
            kind: 'sessions',
            value,
            isExact: true,
          });
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['a pause of one ms less than half an hour', 30 * minuteMs - 1, 1],
    ['a pause of half an hour', 30 * minuteMs, 2],
  ])('counts %s as it should', (_, pauseMs, sessions) => {
    const counter = counterOf(week, [sampleOf(start), sampleOf(start + pauseMs)]);
    expect(readCounter(counter, week, start, undefined).value).toBe(sessions);
  });

  it('joins two sessions when an event between them arrives late', () => {
    const all = [0, 40, 20].map((minutes) => sampleOf(start + minutes * minuteMs));
    expect(readCounter(counterOf(week, all), week, start, undefined).value).toBe(1);
  });

  it('is the same when its samples come twice', () => {
    fc.assert(
      fc.property(samples, (all) => {
        expect(bytesOf(counterOf(week, [...all, ...all]), week)).toBe(
          bytesOf(counterOf(week, all), week),
        );
      }),
    );
  });

  it('is the same in any order and any parts where it forgets what is too much to keep', () => {
    const shape: SessionsShape = { gapMs: 10, windowMs: 150, spansMax: 6 };
    const of = (times: readonly number[]): Sessions =>
      times.reduce((held, timeMs) => addToSessions(held, shape, timeMs), emptySessions);
    const drawn = fc.array(fc.integer({ min: -50, max: 250 }), { maxLength: 40 }).chain((times) =>
      fc.record({
        times: fc.constant(times),
        order: fc.shuffledSubarray(times, { minLength: times.length }),
        cut: fc.nat(times.length),
      }),
    );
    fc.assert(
      fc.property(drawn, fc.nat(60), ({ times, order, cut }, later) => {
        const straight = of(times);
        expect(of(order)).toEqual(straight);
        const [left, right] = [of(order.slice(0, cut)), of(order.slice(cut))];
        expect(mergeSessions(left, right, shape)).toEqual(straight);
        expect(mergeSessions(right, left, shape)).toEqual(straight);
        const nowMs = Math.max(...times, 0) + later;
        const inside = lastOfEach(times, 10).filter((last) => last > nowMs - 150).length;
        const reading = readSessions(straight, shape, nowMs);
        expect(reading.value).toBeLessThanOrEqual(inside);
        expect(reading.isExact ? reading.value : inside).toBe(inside);
      }),
      { numRuns: 3_000 },
    );
  });

  it('takes few bytes for a session', () => {
    const all = Array.from({ length: 10 }, (_, at) => sampleOf(start - at * 11 * hourMs));
    expect(bytesOf(counterOf(week, all), week).length / 2).toBeLessThanOrEqual(7 + 10 * 6);
  });

  it.each(['1,204', '12', '', undefined, Number.NaN, -5, 1e308])(
    'counts an event whose value is %s like any other, because pauses are all it reads',
    (value) => {
      const counter = counterOf(week, [sampleOf(start, { value })]);
      expect(readCounter(counter, week, start, undefined).value).toBe(1);
    },
  );

  it.each([
    ['1,204', 1],
    ['null', 1],
    [-5, 1],
    [1e308, 1],
    ['', 0],
    [undefined, 0],
  ])(
    'takes the session id %s as it is, and none where it is blank or missing',
    (value, sessions) => {
      const counter = counterOf(byId, [sampleOf(start, { value })]);
      expect(readCounter(counter, byId, start, undefined).value).toBe(sessions);
    },
  );

  it('counts the ids of the client, however long its pauses are', () => {
    const all = ['a', 'a', 'b', 'a', 'c'].map((value, at) =>
      sampleOf(start + at * hourMs, { value }),
    );
    expect(readCounter(counterOf(byId, all), byId, start, undefined)).toEqual({
      kind: 'sessions',
      value: 3,
      isExact: true,
    });
  });
});

describe('a trigger on sessions', () => {
  it('fires at the first event of the fifth session, and not in the course of it', () => {
    const all = [0, 10, 300, 600, 900, 905, 1_200, 1_210].map((minutes) =>
      sampleOf(start + minutes * minuteMs),
    );
    expect(run(week, all).map((ids) => ids.length)).toEqual([0, 0, 0, 0, 0, 0, 1, 0]);
  });

  it('fires again after a quiet time', () => {
    const five = [0, 1, 2, 3, 4].map((day) => day * dayMs);
    const all = [...five, ...five.map((ms) => ms + 30 * dayMs)].map((ms) => sampleOf(start + ms));
    expect(run(week, all).map((ids) => ids.length)).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
  });
});
