import { describe, expect, it } from 'vitest';
import {
  accountValue,
  askingCost,
  churnInWindow,
  expectedValue,
  saleValue,
  upliftOf,
} from '../../../src/core/model/expected-value.ts';
import { fatigueFactor, fatigueOf } from '../../../src/core/model/fatigue.ts';
import { guessedRates } from '../../../src/core/model/rates.ts';
import { economics } from '../decision/economics.ts';

describe('the arithmetic of dm1 agrees with its published vectors (section 15)', () => {
  it('values a sale of 49 a month at 421.955221', () => {
    expect(saleValue(49, economics)).toBeCloseTo(421.955221, 6);
  });

  it('values an account of 120 a month at 1844.254385', () => {
    expect(accountValue(120, economics)).toBeCloseTo(1844.254385, 6);
  });

  it('adds up fatigue with a half-life of 21 days', () => {
    const touches = [
      { weight: 1, ageDays: 3 },
      { weight: 0.4, ageDays: 10 },
      { weight: 3, ageDays: 30 },
    ];
    const fatigue = fatigueOf(touches, 21);
    expect(fatigue).toBeCloseTo(2.307768721, 8);
    expect(fatigueFactor(fatigue, economics)).toBeCloseTo(0.315409224, 8);
  });

  it('prices asking at 5.254500 for an account worth 1844.254385 with fatigue 0.5', () => {
    expect(
      askingCost(guessedRates.modal, accountValue(120, economics), 0.5, economics),
    ).toBeCloseTo(5.2545, 6);
  });

  it('comes to an expected value of 15.083128', () => {
    const customerValue = accountValue(120, economics);
    const stakes = {
      saleValue: saleValue(49, economics),
      churnAvoided: 0.4 * 0.018 * customerValue,
      cost: askingCost(guessedRates.modal, customerValue, 0.5, economics),
      fatigueFactor: Math.exp(-0.25),
    };
    expect(upliftOf(0.11, 0.05, stakes.fatigueFactor)).toBeCloseTo(0.046728047, 8);
    expect(expectedValue(0.11, 0.05, { ...stakes, cost: 0 })).toBeCloseTo(20.337628, 5);
    expect(expectedValue(0.11, 0.05, stakes)).toBeCloseTo(15.083128, 5);
  });

  it('counts every month in full when nobody ever leaves', () => {
    expect(saleValue(10, { ...economics, monthlyChurn: 0, margin: 1 })).toBe(120);
  });

  it('raises the churn of the window by half under limit pressure, twofold where usage halved, at most to one half a month', () => {
    const usual = { isUnderLimitPressure: false, hasUsageHalved: false };
    const pressed = { ...usual, isUnderLimitPressure: true };
    expect(churnInWindow(usual, economics)).toBeCloseTo(1 - 0.98 ** (14 / 30), 12);
    expect(churnInWindow(pressed, economics)).toBeCloseTo(1 - 0.97 ** (14 / 30), 12);
    for (const halved of [usual, pressed].map((risk) => ({ ...risk, hasUsageHalved: true }))) {
      expect(churnInWindow(halved, economics)).toBeCloseTo(1 - 0.96 ** (14 / 30), 12);
    }
    expect(churnInWindow(pressed, { ...economics, monthlyChurn: 0.9 })).toBeCloseTo(
      1 - 0.5 ** (14 / 30),
      12,
    );
  });
});
