import { describe, expect, it } from 'vitest';
import { holdoutShareOf, isHoldout } from '../../../src/core/model/holdout.ts';
import { askingRatesOf, guessedRates } from '../../../src/core/model/rates.ts';

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
