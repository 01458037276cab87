import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clipped,
  type EnrolledUnit,
  enrolmentOrder,
  excludesZero,
  liftOf,
} from '../../../src/core/model/lift.ts';
import { effectPerMoment } from '../../../src/core/model/moments.ts';
import { randomOf } from '../../../src/core/model/random.ts';

const settings = { expectedUnits: 1_000, alpha: 0.05, minBuyers: 5, outcome: 'rate' } as const;

/** A world in which one account in `share` is left alone; buying has these chances. */
function worldOf(
  seed: string,
  units: number,
  treatedRate: number,
  holdoutRate: number,
): EnrolledUnit[] {
  const random = randomOf(seed);
  return Array.from({ length: units }, (_, at) => {
    const isTreated = random.open01() >= 0.2;
    return {
      unit: `a${at}`,
      t: at,
      isTreated,
      outcome: random.open01() < (isTreated ? treatedRate : holdoutRate) ? 1 : 0,
      covariate: undefined,
    };
  });
}

describe('lift', () => {
  it('excludes 0 in at most 5 % of 400 worlds without any effect, looked at after every account', () => {
    const excluded = Array.from({ length: 400 }, (_, run) =>
      liftOf(worldOf(`null-${run}`, 1_000, 0.05, 0.05), settings),
    ).filter(({ firstExclusion }) => firstExclusion !== undefined);
    expect(excluded.length / 400).toBeLessThanOrEqual(0.05);
  });

  it('finds an effect that is there, and the truth lies in its interval', () => {
    const { last, firstExclusion } = liftOf(worldOf('effect', 4_000, 0.2, 0.1), settings);
    expect(last !== undefined && excludesZero(last)).toBe(true);
    expect(Math.abs((last?.difference ?? 0) - 0.1)).toBeLessThan(last?.radius ?? 0);
    expect(firstExclusion?.n).toBeLessThan(4_000);
  });

  it('shows no interval before both groups have five buyers', () => {
    const bought = worldOf('gate', 2_000, 1, 0);
    const { last, firstExclusion, holdout } = liftOf(bought, settings);
    expect(holdout.n).toBeGreaterThan(100);
    expect([last, firstExclusion]).toEqual([undefined, undefined]);
  });

  it('does not depend on the order of the rows', () => {
    const units = worldOf('order', 400, 0.3, 0.2);
    fc.assert(
      fc.property(fc.shuffledSubarray(units, { minLength: units.length }), (shuffled) => {
        expect(liftOf(shuffled, settings)).toEqual(liftOf(units, settings));
      }),
      { numRuns: 20 },
    );
  });

  it('counts an account by its first enrolment only', () => {
    const rows = [
      { unit: 'b', t: 2 },
      { unit: 'a', t: 2 },
      { unit: 'b', t: 1 },
      { unit: 'a', t: 3 },
    ];
    expect(enrolmentOrder(rows)).toEqual([
      { unit: 'b', t: 1 },
      { unit: 'a', t: 2 },
    ]);
  });

  it('takes out of amounts what was known before, and becomes narrower by it', () => {
    const random = randomOf('cuped');
    const units = Array.from({ length: 2_000 }, (_, at): EnrolledUnit => {
      const covariate = random.open01() * 100;
      const isTreated = at % 2 === 0;
      const outcome = 1 + covariate + (isTreated ? 3 : 0) + random.open01();
      return { unit: `a${at}`, t: at, isTreated, outcome, covariate };
    });
    const amounts = { ...settings, outcome: 'amount' as const };
    const adjusted = liftOf(units, amounts).last;
    const plain = liftOf(
      units.map((one) => ({ ...one, covariate: undefined })),
      amounts,
    ).last;
    expect(adjusted?.difference).toBeCloseTo(3, 1);
    expect((adjusted?.radius ?? 1) * 20).toBeLessThan(plain?.radius ?? 0);
  });

  it('cuts amounts to the cap on both sides', () => {
    expect([clipped(5_000, 900), clipped(-5_000, 900), clipped(5, 900)]).toEqual([900, -900, 5]);
  });
});

describe('the effect per moment', () => {
  it('is the difference of chances, whatever share of moments was asked', () => {
    const random = randomOf('moments');
    const episodes = Array.from({ length: 30_000 }, (_, at) => {
      const pi = at % 3 === 0 ? 0.8 : 0.3;
      const isPrompted = random.open01() < pi;
      const isConverted = random.open01() < (isPrompted ? 0.12 : 0.05);
      return { unit: `a${at}`, t: at, isPrompted, isConverted, pi };
    });
    const effect = effectPerMoment(episodes, 30_000, 0.05);
    expect(Math.abs((effect?.difference ?? 0) - 0.07)).toBeLessThan(effect?.radius ?? 0);
    expect(effect !== undefined && excludesZero(effect)).toBe(true);
  });

  it('counts accounts, not episodes: ten copies of every episode make it no surer', () => {
    const one = { unit: 'a', t: 1, isPrompted: true, isConverted: true, pi: 0.5 };
    const other = { unit: 'b', t: 2, isPrompted: false, isConverted: false, pi: 0.5 };
    expect(effectPerMoment([one, one, one, other], 10, 0.05)?.n).toBe(2);
    expect(effectPerMoment([one, one], 10, 0.05)).toBeUndefined();
  });
});
