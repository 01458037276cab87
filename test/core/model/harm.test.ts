import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { harmMeasures, logEvidence, mustStop } from '../../../src/core/model/harm.ts';
import { randomOf } from '../../../src/core/model/random.ts';

/** Prompts until an offer with this rate is stopped; undefined when it never is within `max`. */
function stoppedAfter(seed: string, rate: number, max: number): number | undefined {
  const random = randomOf(seed);
  let harmed = 0;
  for (let prompts = 1; prompts <= max; prompts += 1) {
    harmed += random.open01() < rate ? 1 : 0;
    if (mustStop(prompts, harmed, harmMeasures.optedOut)) {
      return prompts;
    }
  }
  return undefined;
}

describe('the guard against harm', () => {
  it('once it stops an offer, stops it for more harm of as many prompts as well', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(harmMeasures)),
        fc.integer({ min: 1, max: 500 }),
        (measure, prompts) => {
          const stops = Array.from({ length: prompts + 1 }, (_, harmed) =>
            mustStop(prompts, harmed, measure),
          );
          expect(stops).toEqual(stops.toSorted((left, right) => Number(left) - Number(right)));
        },
      ),
    );
  });

  it('stops a harmless offer in at most 5 % of 400 lives of 2,000 prompts', () => {
    const stopped = Array.from({ length: 400 }, (_, run) =>
      stoppedAfter(`ok-${run}`, 0.005, 2_000),
    );
    expect(stopped.filter((one) => one !== undefined).length / 400).toBeLessThanOrEqual(0.05);
  });

  it('stops an offer with eight times the allowed opt-outs after about 67 prompts', () => {
    const stopped = Array.from({ length: 201 }, (_, run) => stoppedAfter(`bad-${run}`, 0.04, 5_000))
      .map((one) => one ?? Number.POSITIVE_INFINITY)
      .toSorted((left, right) => left - right);
    expect(stopped.at(-1)).toBeLessThan(5_000);
    expect(stopped[100]).toBeGreaterThan(40);
    expect(stopped[100]).toBeLessThan(110);
  });

  it('is exact for events of one in a thousand million', () => {
    // A million prompts without any: the mixture is of (1 - 2q) / (1 - q) alone, to the power of a million.
    const evidence = logEvidence(1e6, 0, { allowedRate: 1e-9, multipliers: [2] });
    expect(evidence).toBeCloseTo(-1.0000000015e-3, 14);
  });

  it('stops nothing before ten prompts', () => {
    expect(mustStop(9, 9, harmMeasures.optedOut)).toBe(false);
    expect(mustStop(10, 9, harmMeasures.optedOut)).toBe(true);
  });

  it('has no evidence before the first prompt', () => {
    expect(logEvidence(0, 0, harmMeasures.ticket)).toBeCloseTo(0, 12);
  });
});
