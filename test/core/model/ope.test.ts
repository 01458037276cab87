import { describe, expect, it } from 'vitest';
import {
  crossFitted,
  evaluatePolicy,
  foldOf,
  type LoggedChoice,
  opeDefaults,
} from '../../../src/core/model/ope.ts';
import { randomOf } from '../../../src/core/model/random.ts';

const settings = { ...opeDefaults, resamples: 200 };

interface Log {
  readonly unit: string;
  readonly asked: boolean;
  readonly reward: number;
}

/** A log in which half of the moments were asked; asking is worth 0.3 and silence 0.1. */
function logOf(seed: string, rows: number): readonly Log[] {
  const random = randomOf(seed);
  return Array.from({ length: rows }, (_, at) => {
    const asked = random.open01() < 0.5;
    return {
      unit: `a${at % Math.ceil(rows / 4)}`,
      asked,
      reward: random.open01() < (asked ? 0.3 : 0.1) ? 1 : 0,
    };
  });
}

/** A policy that asks with chance 0.9 earns 0.9 x 0.3 + 0.1 x 0.1. */
const truth = 0.28;
const newChance = (asked: boolean): number => (asked ? 0.9 : 0.1);
const weighed = ({ unit, asked, reward }: Log): LoggedChoice => ({
  unit,
  pi: 0.5,
  piNew: newChance(asked),
  reward,
  guess: undefined,
});

describe('off-policy evaluation', () => {
  it('finds what another policy would have earned, with an interval around it', () => {
    const evaluation = evaluatePolicy(logOf('ips', 20_000).map(weighed), settings);
    if (evaluation.kind === 'refused') {
      throw new Error(evaluation.reasons.join('; '));
    }
    for (const { value, low, high } of [evaluation.ips, evaluation.snips]) {
      expect(value).toBeCloseTo(truth, 1);
      expect(low).toBeLessThan(truth);
      expect(high).toBeGreaterThan(truth);
    }
    expect(evaluation.dr).toBeUndefined();
  });

  it('is doubly robust with guesses from the other half of the accounts, and surer than without', () => {
    const guessed = crossFitted(
      logOf('dr', 20_000),
      (rows) => {
        const mean = (asked: boolean): number => {
          const mine = rows.filter((row) => row.asked === asked);
          return mine.reduce((sum, { reward }) => sum + reward, 0) / mine.length;
        };
        return { asked: mean(true), silent: mean(false) };
      },
      (model, row) => ({
        ...weighed(row),
        guess: {
          chosen: row.asked ? model.asked : model.silent,
          expected: 0.9 * model.asked + 0.1 * model.silent,
        },
      }),
    );
    const evaluation = evaluatePolicy(guessed, settings);
    if (evaluation.kind === 'refused') {
      throw new Error(evaluation.reasons.join('; '));
    }
    const width = ({ low = 0, high = 0 }): number => high - low;
    expect(evaluation.dr?.value).toBeCloseTo(truth, 1);
    expect(width({ ...evaluation.dr })).toBeLessThan(width({ ...evaluation.ips }));
  });

  it('fits each half on the other: no account helps to guess itself', () => {
    const rows = Array.from({ length: 50 }, (_, at) => ({ unit: `a${at}` }));
    crossFitted(
      rows,
      (fitted) => new Set(fitted.map(({ unit }) => unit)),
      (model, { unit }) => {
        expect(model.has(unit)).toBe(false);
        expect(model.size).toBe(rows.filter((row) => foldOf(row.unit) !== foldOf(unit)).length);
        return { unit, pi: 1, piNew: 1, reward: 0, guess: undefined };
      },
    );
  });

  it.each([
    ['there is nothing', [], 'there are no rows'],
    ['few decisions carry all weight', [{ pi: 0.5, piNew: 0.5 }], 'the effective sample is 1.0'],
    [
      'a decision would weigh too much',
      [{ pi: 0.01, piNew: 0.9 }],
      'one decision would weigh 90.0',
    ],
    ['the policy chooses what was never tried', [{ pi: 0, piNew: 0.5 }], 'never tried'],
  ])('gives reasons and no number when %s', (_, rows, reason) => {
    const evaluation = evaluatePolicy(
      rows.map((row, at) => ({ ...row, unit: `${at}`, reward: 1, guess: undefined })),
      settings,
    );
    expect(evaluation.kind === 'refused' ? evaluation.reasons.join('; ') : '').toContain(reason);
    expect(evaluation).not.toHaveProperty('ips');
  });

  it('resamples accounts: the same decisions in fewer accounts are less sure', () => {
    const log = logOf('accounts', 4_000);
    const widthOf = (accounts: number): number => {
      const rows = log.map((row, at) => ({
        ...weighed(row),
        unit: `a${at % accounts}`,
        // One account has the same luck at all its moments.
        reward: at % accounts < accounts / 4 ? 1 : 0,
      }));
      const evaluation = evaluatePolicy(rows, settings);
      return evaluation.kind === 'refused'
        ? Number.NaN
        : (evaluation.snips.high ?? 0) - (evaluation.snips.low ?? 0);
    };
    expect(widthOf(40)).toBeGreaterThan(2 * widthOf(4_000));
  });
});
