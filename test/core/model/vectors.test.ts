import { describe, expect, it } from 'vitest';
import { evidenceOf } from '../../../src/core/model/counts.ts';
import { guessedDelay } from '../../../src/core/model/delay.ts';
import { propensities } from '../../../src/core/model/choose.ts';
import { logEvidence, mustStop } from '../../../src/core/model/harm.ts';
import { bucketOf, isHoldout } from '../../../src/core/model/holdout.ts';
import { alwaysValidRadius, neededUnits } from '../../../src/core/model/lift.ts';
import { evaluatePolicy, opeDefaults } from '../../../src/core/model/ope.ts';
import { cellPosterior, meanOf, pooledRatio } from '../../../src/core/model/pooling.ts';
import { expectedValue } from '../../../src/core/model/expected-value.ts';

const history = [
  { day: 60, n: 10, y: 1 },
  { day: 90, n: 20, y: 1 },
  { day: 95, n: 12, y: 1 },
  { day: 99, n: 8, y: 0 },
  { day: 100, n: 3, y: 0 },
];
const evidence = evidenceOf(history, {
  today: 100,
  windowDays: 14,
  halfLifeDays: 180,
  curve: guessedDelay(14),
});

describe('the model agrees with the published vectors of dm1 (section 15), to 1e-8', () => {
  it.each([
    ['holdout:v1', 'acct_1', 0.9347598651144692],
    ['holdout:v1', 'acct_2', 0.3395765572233427],
    ['holdout:v1', 'acct_3', 0.4650495194081067],
    ['holdout:v2', 'acct_1', 0.0694346286841655],
  ])('puts (%s, %s) in its bucket', (salt, account, bucket) => {
    expect(bucketOf(salt, account)).toBe(bucket);
  });

  it('leaves 997 of the first ten thousand accounts alone at a share of a tenth', () => {
    const accounts = Array.from({ length: 10_000 }, (_, at) => `acct_${at}`);
    expect(accounts.filter((id) => isHoldout('holdout:v1', id, 0.1))).toHaveLength(997);
  });

  it.each([
    [0.5, 0.121161869],
    [1.5, 0.322447801],
    [2.5, 0.479209443],
    [7.5, 0.873007578],
    [13.5, 0.995854069],
  ])('lets the share that has arrived after %d days be %d', (days, share) => {
    expect(guessedDelay(14)(days)).toBeCloseTo(share, 8);
  });

  it('counts open episodes in part and old ones less', () => {
    expect(evidence.n).toBeCloseTo(38.980624458, 8);
    expect(evidence.y).toBeCloseTo(2.800397907, 8);
  });

  it('pools by observed over expected and adds the own evidence', () => {
    const offer = pooledRatio(1, { expected: 8, observed: 10, foretold: 8 }, 3);
    const signal = pooledRatio(offer, { expected: 2, observed: 1, foretold: 2 }, 3);
    expect(offer).toBeCloseTo(1.181818182, 8);
    expect(signal).toBeCloseTo(0.909090909, 8);
    const posterior = cellPosterior({ unasked: 0, added: 0.05 }, signal, evidence, 40);
    expect(posterior.alpha).toBeCloseTo(4.618579726, 8);
    expect(posterior.beta).toBeCloseTo(74.362044732, 8);
    expect(meanOf(posterior)).toBeCloseTo(0.058477377, 8);
  });

  it('comes to an expected value of 15.083128', () => {
    const stakes = {
      saleValue: 421.955221,
      churnAvoided: 0.4 * 0.018 * 1844.254385,
      cost: 5.2545,
      fatigueFactor: Math.exp(-0.25),
    };
    expect(expectedValue(0.11, 0.05, stakes)).toBeCloseTo(15.083128, 5);
  });

  it('mixes won draws with the floors', () => {
    const wins = new Map([
      ['A', { pPlus: 0.9, win: 0.55 }],
      ['B', { pPlus: 0.8, win: 0.3 }],
    ]);
    const { pis, piNone } = propensities(wins, { epsNone: 0.1, epsArm: 0.02 });
    expect([pis.get('A'), pis.get('B'), piNone]).toEqual([
      expect.closeTo(0.493, 8),
      expect.closeTo(0.278, 8),
      expect.closeTo(0.229, 8),
    ]);
  });

  it.each([
    [100, 0.336388773],
    [500, 0.135738673],
    [1_000, 0.09681241],
    [5_000, 0.045844888],
  ])('draws the always-valid interval after %d accounts', (n, radius) => {
    expect(alwaysValidRadius(1, n, 500, 0.05)).toBeCloseTo(radius, 8);
  });

  it.each([
    [0.1, 1_803],
    [0.2, 1_097],
    [0.5, 862],
  ])('asks with a holdout of %d for %d accounts to see 5 in 100 become 10', (share, accounts) => {
    expect(neededUnits(0.05, 0.1, share)).toBe(accounts);
  });

  it('bets against a harmless opt-out rate', () => {
    const measure = { allowedRate: 0.005, multipliers: [2, 4, 8] };
    expect(logEvidence(60, 5, measure)).toBeCloseTo(7.426599885, 8);
    expect(mustStop(60, 5, measure)).toBe(true);
  });

  it('weighs logged choices by how much likelier the other policy made them', () => {
    const logged = [
      [0.25, 0.5, 1],
      [0.4, 0.2, 0],
      [0.5, 0.8, 1],
      [0.5, 0.5, 0],
    ] as const;
    const rows = logged.map(([pi, piNew, reward], at) => ({
      unit: `u${at}`,
      pi,
      piNew,
      reward,
      guess: undefined,
    }));
    const evaluation = evaluatePolicy(rows, { ...opeDefaults, minEss: 0 });
    expect(evaluation).toMatchObject({
      kind: 'evaluated',
      ips: { value: expect.closeTo(0.9, 8) },
      snips: { value: expect.closeTo(0.705882353, 8) },
      ess: expect.closeTo(3.330345711, 8),
    });
  });
});
