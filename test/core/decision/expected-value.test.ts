import { describe, expect, it } from 'vitest';
import {
  accountValue,
  askingCost,
  churnInWindow,
  fatigueFactor,
  fatigueOf,
  modalRates,
  saleValue,
} from '../../../src/core/decision/expected-value.ts';
import { economics } from './economics.ts';

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
    expect(askingCost(modalRates, accountValue(120, economics), 0.5, economics)).toBeCloseTo(
      5.2545,
      6,
    );
  });

  it('comes to an expected value of 15.083128', () => {
    const uplift = Math.exp(-0.25) * (0.11 - 0.05);
    const benefit =
      uplift * (saleValue(49, economics) + 0.4 * 0.018 * accountValue(120, economics));
    const cost = askingCost(modalRates, accountValue(120, economics), 0.5, economics);
    expect(uplift).toBeCloseTo(0.046728047, 8);
    expect(benefit).toBeCloseTo(20.337628, 5);
    expect(benefit - cost).toBeCloseTo(15.083128, 5);
  });

  it('counts every month in full when nobody ever leaves', () => {
    expect(saleValue(10, { ...economics, monthlyChurn: 0, margin: 1 })).toBe(120);
  });

  it('raises the churn of the window by half under limit pressure, at most to one half a month', () => {
    expect(churnInWindow(false, economics)).toBeCloseTo(1 - 0.98 ** (14 / 30), 12);
    expect(churnInWindow(true, economics)).toBeCloseTo(1 - 0.97 ** (14 / 30), 12);
    expect(churnInWindow(true, { ...economics, monthlyChurn: 0.9 })).toBeCloseTo(
      1 - 0.5 ** (14 / 30),
      12,
    );
  });
});
