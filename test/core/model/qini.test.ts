import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { qiniOf, type ScoredUnit } from '../../../src/core/model/qini.ts';
import { randomOf } from '../../../src/core/model/random.ts';

const unit = fc.record({
  score: fc.integer({ min: 0, max: 5 }),
  isTreated: fc.boolean(),
  isConverted: fc.boolean(),
});

const area = (units: readonly ScoredUnit[]): number => {
  const measured = qiniOf(units);
  return measured.kind === 'area' ? measured.area : Number.NaN;
};
const gain = ({ isTreated, isConverted }: ScoredUnit): number =>
  isConverted ? (isTreated ? 1 : -1) : 0;

describe('the Qini area', () => {
  it('is at most 1, and 1 for the perfect order, and turned around minus 1 at equal group sizes', () => {
    fc.assert(
      fc.property(fc.array(unit, { minLength: 4, maxLength: 40 }), (units) => {
        fc.pre(qiniOf(units).kind === 'area');
        expect(area(units)).toBeLessThanOrEqual(1 + 1e-9);
        expect(area(units.map((one) => ({ ...one, score: gain(one) })))).toBeCloseTo(1, 9);
        expect(area(units.map((one) => ({ ...one, score: -gain(one) })))).toBeCloseTo(-1, 9);
      }),
    );
  });

  it('does not depend on the order of the rows, with ties too', () => {
    fc.assert(
      fc.property(
        fc
          .array(unit, { minLength: 2, maxLength: 30 })
          .chain((units) =>
            fc.tuple(fc.constant(units), fc.shuffledSubarray(units, { minLength: units.length })),
          ),
        ([units, shuffled]) => {
          fc.pre(qiniOf(units).kind === 'area');
          expect(area(shuffled)).toBeCloseTo(area(units), 9);
        },
      ),
    );
  });

  it('is 0 when all scores are equal, and near 0 when they are random', () => {
    const random = randomOf('qini');
    const units = Array.from({ length: 5_000 }, (_, at) => ({
      score: random.open01(),
      isTreated: at % 2 === 0,
      isConverted: random.open01() < 0.2,
    }));
    expect(area(units.map((one) => ({ ...one, score: 1 })))).toBeCloseTo(0, 12);
    expect(Math.abs(area(units))).toBeLessThan(0.1);
  });

  it('agrees with a small case worked out by hand', () => {
    // Gains 1, 0, -1, 1 by falling score: heights 1, 1, 0, 1; area 0.5 + 1 + 0.5 + 0.5 - 4 / 2 = 0.5.
    // Perfect: 1, 1, 0, -1: heights 1, 2, 2, 1; area 0.5 + 1.5 + 2 + 1.5 - 2 = 3.5.
    const units = [
      { score: 4, isTreated: true, isConverted: true },
      { score: 3, isTreated: false, isConverted: false },
      { score: 2, isTreated: false, isConverted: true },
      { score: 1, isTreated: true, isConverted: true },
    ];
    expect(area(units)).toBeCloseTo(0.5 / 3.5, 12);
  });

  it('says why there is none', () => {
    const one = { score: 1, isTreated: true, isConverted: true };
    expect(qiniOf([one])).toEqual({ kind: 'undefined', reason: 'no row is untreated' });
    expect(qiniOf([])).toEqual({ kind: 'undefined', reason: 'no row is treated' });
    const none = { ...one, isConverted: false };
    expect(qiniOf([none, { ...none, isTreated: false }]).kind).toBe('undefined');
  });
});
