import { describe, expect, it } from 'vitest';
import { holdoutShareOf, isHoldout } from '../../../src/core/model/holdout.ts';
import { askingRatesOf, guessedRates, windowChurn } from '../../../src/core/model/rates.ts';
import { defaultLiftNext, educationStakes, expectedValue } from '../../../src/core/model/value.ts';

const nothing = { prompts: 0, dismissed: 0, optedOut: 0, tickets: 0 };

describe('the rates of what asking costs', () => {
  it.each(['modal', 'banner', 'email'] as const)(
    'are the guesses for a %s before any prompt',
    (look) => {
      expect(askingRatesOf(look, nothing)).toEqual(guessedRates[look]);
    },
  );

  it('move with what was seen, as fifty prompts weigh against it', () => {
    const seen = { prompts: 50, dismissed: 40, optedOut: 1, tickets: 0 };
    expect(askingRatesOf('modal', seen)).toEqual({
      dismiss: expect.closeTo((22.5 + 40) / 100, 12),
      optOut: expect.closeTo((0.1 + 1) / 100, 12),
      ticket: expect.closeTo(0.05 / 100, 12),
    });
  });

  it('stay chances when one prompt brought several tickets', () => {
    const rates = askingRatesOf('modal', { prompts: 1, dismissed: 0, optedOut: 0, tickets: 500 });
    expect(rates.ticket).toBeLessThanOrEqual(1);
  });
});

describe('the danger of leaving', () => {
  it.each([
    ['as always', false, false, 1 - 0.98 ** (14 / 30)],
    ['under limit pressure', true, false, 1 - 0.97 ** (14 / 30)],
    ['with falling usage', false, true, 1 - 0.96 ** (14 / 30)],
    ['with both, the stronger', true, true, 1 - 0.96 ** (14 / 30)],
  ])('is %s', (_, isUnderLimitPressure, isUsageFalling, churn) => {
    expect(windowChurn(0.02, 14, { isUnderLimitPressure, isUsageFalling })).toBeCloseTo(churn, 12);
  });

  it('is never above one half a month', () => {
    const signs = { isUnderLimitPressure: false, isUsageFalling: true };
    expect(windowChurn(0.4, 30, signs)).toBeCloseTo(0.5, 12);
  });
});

describe('education', () => {
  it('is worth a part of the dearest sale that it prepares, minus the price of asking', () => {
    const stakes = educationStakes(defaultLiftNext, [100, 400, 200], 2, 0.5);
    expect(expectedValue(0.6, 0.1, stakes)).toBeCloseTo(0.5 * 0.5 * 0.03 * 400 - 2, 12);
  });

  it('that prepares nothing is worth less than silence', () => {
    expect(expectedValue(1, 0, educationStakes(0.03, [], 2, 1))).toBe(-2);
  });
});

describe('the holdout', () => {
  it('is a tenth, a fifth below 1,000 accounts, or what the playbook says', () => {
    expect([holdoutShareOf(undefined, 999), holdoutShareOf(undefined, 1_000)]).toEqual([0.2, 0.1]);
    expect(holdoutShareOf(0, 5)).toBe(0);
  });

  it('only grows when its share does', () => {
    const accounts = Array.from({ length: 500 }, (_, at) => `a${at}`);
    const small = accounts.filter((id) => isHoldout('s', id, 0.1));
    expect(small.length).toBeGreaterThan(20);
    expect(small.every((id) => isHoldout('s', id, 0.2))).toBe(true);
    expect(accounts.some((id) => isHoldout('s', id, 0))).toBe(false);
  });
});
