import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCounter } from '../../../src/core/counter/counter.ts';
import type { Sample } from '../../../src/core/counter/sample.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/core/duration.ts';
import { counterOf, run, sampleOf, samples, specOf, start, triggerOf } from './specs.ts';

const steps = ['started', 'edited', 'published'];
const workflow = specOf({
  kind: 'sequence',
  windowMs: hourMs,
  steps,
  triggers: [triggerOf(1), triggerOf(2)],
});

/** `s12 e13 p14`: started at minute 12, edited at 13, published at 14. */
function told(text: string): readonly Sample[] {
  return text.split(' ').map((word, tie) => {
    const signal = steps.find((step) => step.startsWith(word.charAt(0)));
    return sampleOf(start + Number(word.slice(1)) * minuteMs, { signal, tie });
  });
}

/** The same, plainly: go through the window millisecond by millisecond and take each step as it comes. */
function completions(
  all: readonly Sample[],
  order: readonly (string | undefined)[],
  from: number,
): number {
  const inside = all.filter((one) => one.timeMs > from);
  const moments = [...new Set(inside.map((one) => one.timeMs))].toSorted((a, b) => a - b);
  let taken = 0;
  for (const timeMs of moments) {
    const here = new Set(inside.flatMap((one) => (one.timeMs === timeMs ? [one.signal] : [])));
    while (here.delete(order[taken % order.length])) {
      taken += 1;
    }
  }
  return Math.floor(taken / order.length);
}

describe('a counter of a sequence', () => {
  it('equals the completions among the raw events for any steps, window, events and time', () => {
    const order = fc.array(fc.constantFrom<string>('a', 'b', 'c'), { minLength: 2, maxLength: 5 });
    const few = samples.map((all) => all.slice(0, 64));
    const windows = fc.integer({ min: minuteMs, max: 90 * dayMs });
    fc.assert(
      fc.property(few, order, windows, fc.nat(10 * dayMs), (all, wanted, windowMs, later) => {
        const spec = specOf({ kind: 'sequence', windowMs, steps: wanted });
        const known = all.filter((one) => one.signal !== undefined && wanted.includes(one.signal));
        const nowMs = Math.max(0, ...known.map((one) => one.timeMs)) + later;
        expect(readCounter(counterOf(spec, all), spec, nowMs, undefined)).toEqual({
          kind: 'sequence',
          value: completions(known, wanted, nowMs - windowMs),
          isExact: true,
        });
      }),
      { numRuns: 1_500 },
    );
  });

  it.each([
    ['in order', 's0 e1 p2', 1],
    ['with something else and steps again in between', 's0 s1 e2 s3 e4 p5', 1],
    ['out of order', 'p0 e1 s2', 0],
    ['without a step', 's0 p1', 0],
    ['twice, one after the other', 's0 e1 p2 s3 e4 p5', 2],
    ['twice, the second begun before the first was done', 's0 s1 e2 e3 p4 p5', 1],
    ['all in one millisecond', 'p3 e3 s3', 1],
    ['too slowly', 's0 e1 p60', 0],
    ['just in time', 's1 e2 p60', 1],
    ['with the first step sent last', 'e1 p2 s0', 1],
  ])('counts a sequence %s (%s) as it should', (_, text, value) => {
    const counter = counterOf(workflow, told(text));
    expect(readCounter(counter, workflow, start, undefined).value).toBe(value);
  });

  it('asks for two events where a signal stands twice', () => {
    const spec = specOf({ kind: 'sequence', windowMs: hourMs, steps: ['a', 'b', 'a'] });
    const read = (signals: readonly string[]): number => {
      const all = signals.map((signal, at) => sampleOf(start + at, { signal }));
      return readCounter(counterOf(spec, all), spec, start, undefined).value;
    };
    expect([read(['a', 'b']), read(['a', 'b', 'a']), read(['a', 'a', 'b'])]).toEqual([0, 1, 0]);
  });

  it('keeps the newest 64 of each signal, and says that there may be more', () => {
    const all = Array.from({ length: 100 }, (_, at) => sampleOf(start + at, { signal: 'started' }));
    const counter = counterOf(workflow, [...all, ...told('e1 p2')]);
    expect(readCounter(counter, workflow, start, undefined)).toEqual({
      kind: 'sequence',
      value: 1,
      isExact: false,
    });
  });

  it.each(['1,204', '', undefined, Number.NaN, -5, 1e308])(
    'counts events whose value is %s like any other, because it reads no value',
    (value) => {
      const all = told('s0 e1 p2').map((one) => ({ ...one, value }));
      expect(readCounter(counterOf(workflow, all), workflow, start, undefined).value).toBe(1);
    },
  );
});

describe('a trigger on a sequence', () => {
  it('fires at the event that completes it, and at the one that completes it again', () => {
    const fired = run(workflow, told('s0 e1 p2 p3 s4 e5 p6'));
    expect(fired).toEqual([[], [], ['at-1'], [], [], [], ['at-2']]);
  });

  it('fires at the step that was missing, when that arrives last', () => {
    const all = told('s0 p2 e1');
    expect(run(workflow, all, () => start + 2 * minuteMs)).toEqual([[], [], ['at-1']]);
  });
});
