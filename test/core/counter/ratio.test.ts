import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCounter } from '../../../src/core/counter/counter.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/core/duration.ts';
import { counterOf, run, sampleOf, samples, specOf, start, triggerOf } from './specs.ts';

const failed = specOf({
  kind: 'ratio',
  windowMs: 7 * dayMs,
  steps: ['failed', 'tried'],
  min: 4,
  triggers: [triggerOf(0.5, { unit: 'share' })],
});
const at = (hour: number, signal: string) => sampleOf(start + hour * hourMs, { signal });

describe('a ratio of two signals', () => {
  it('equals the ratio of two counts over the raw events, for any window, events and time', () => {
    fc.assert(
      fc.property(
        samples.map((all) => all.slice(0, 64)),
        fc.integer({ min: minuteMs, max: 90 * dayMs }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(10 * dayMs),
        (all, windowMs, min, later) => {
          const spec = specOf({ kind: 'ratio', windowMs, steps: ['a', 'b'], min });
          const ours = all.filter(({ signal }) => signal === 'a' || signal === 'b');
          const nowMs = Math.max(start - dayMs, ...ours.map((one) => one.timeMs)) + later;
          const of = (signal: string): number =>
            ours.filter((one) => one.signal === signal && one.timeMs > nowMs - windowMs).length;
          expect(readCounter(counterOf(spec, all), spec, nowMs, undefined)).toEqual({
            kind: 'ratio',
            value: of('b') < min ? 0 : of('a') / of('b'),
            part: of('a'),
            whole: of('b'),
            isExact: true,
          });
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('fires when the share is reached, not before there are enough of the whole', () => {
    const few = ['failed', 'tried', 'failed', 'tried', 'tried'].map((signal, hour) =>
      at(hour, signal),
    );
    expect(run(failed, few)).toEqual([[], [], [], [], []]);
    expect(run(failed, [...few, at(5, 'tried')]).at(-1)).toEqual(['at-0.5']);
  });

  it('is silent while the share is less, and fires again only after it was', () => {
    const tries = Array.from({ length: 8 }, (_, hour) => at(hour, 'tried'));
    const fails = [8, 9, 10, 11, 12].map((hour) => at(hour, 'failed'));
    expect(run(failed, [...tries, ...fails]).flat()).toEqual(['at-0.5']);
    const more = [13, 14, 15].map((hour) => at(hour, 'tried'));
    const again = run(failed, [...tries, ...fails, ...more, at(16, 'failed')]);
    expect(again.flat()).toEqual(['at-0.5', 'at-0.5']);
  });
});
