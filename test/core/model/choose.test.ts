import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Arm, chooseArm, meanValue, noneKey } from '../../../src/core/model/choose.ts';
import { expectedValue } from '../../../src/core/model/expected-value.ts';

const settings = { epsNone: 0.1, epsArm: 0.02, draws: 128, exploration: 1 };

const shape = fc.double({ min: 0.01, max: 300, noNaN: true });
const arbitraryArm = (key: string): fc.Arbitrary<Arm> =>
  fc.record({
    key: fc.constant(key),
    offer: fc.constant(key),
    holdKey: fc.constantFrom('f|limit', 'f|power'),
    prompt: fc.record({ alpha: shape, beta: shape }),
    hold: fc.constant({ alpha: 5, beta: 95 }),
    saleValue: fc.double({ min: 0, max: 5_000, noNaN: true }),
    churnAvoided: fc.double({ min: 0, max: 100, noNaN: true }),
    cost: fc.double({ min: 0, max: 50, noNaN: true }),
    fatigueFactor: fc.double({ min: 0, max: 1, noNaN: true }),
  });
const arbitraryArms = fc
  .integer({ min: 0, max: 8 })
  .chain((count) =>
    fc.tuple(...Array.from({ length: count }, (_, at) => arbitraryArm(`o${at}|intercom`))),
  );

const good: Arm = {
  key: 'pro|intercom',
  offer: 'pro',
  holdKey: 'upgrade|limit',
  prompt: { alpha: 11, beta: 89 },
  hold: { alpha: 5, beta: 95 },
  saleValue: 400,
  churnAvoided: 10,
  cost: 15,
  fatigueFactor: 0.8,
};

describe('the choice', () => {
  it('has probabilities that add up to 1, silence above its floor and unsafe arms at 0', () => {
    fc.assert(
      fc.property(arbitraryArms, fc.string(), (arms, id) => {
        const choice = chooseArm(id, arms, settings);
        const sum = choice.arms.reduce((total, { pi }) => total + pi, choice.piNone);
        expect(sum).toBeCloseTo(1, 12);
        expect(choice.piNone).toBeGreaterThanOrEqual(settings.epsNone - 1e-12);
        for (const { isSafe, pi, pPlus } of choice.arms) {
          expect(isSafe).toBe(pPlus >= 0.05);
          expect(isSafe ? pi >= settings.epsArm : pi === 0).toBe(true);
        }
        const chosen = choice.arms.find(({ key }) => key === choice.chosen);
        expect(choice.chosen === noneKey || (chosen?.pi ?? 0) > 0).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is the same for the same decision, whatever the order of the arms', () => {
    fc.assert(
      fc.property(
        arbitraryArms.chain((arms) =>
          fc.tuple(
            fc.constant(arms),
            fc.shuffledSubarray([...arms], { minLength: arms.length, maxLength: arms.length }),
          ),
        ),
        fc.string(),
        ([arms, shuffled], id) => {
          expect(chooseArm(id, shuffled, settings)).toEqual(chooseArm(id, arms, settings));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('falls with fatigue, cost and the chance without asking, and rises with value and the chance when asked', () => {
    const amount = (max: number) => fc.double({ min: 0, max, noNaN: true });
    fc.assert(
      fc.property(
        amount(0.5),
        amount(0.5),
        amount(1_000),
        amount(50),
        amount(1),
        amount(0.4),
        (p1, p0, saleValue, cost, fatigueFactor, more) => {
          const stakes = { saleValue, churnAvoided: 0, cost, fatigueFactor };
          const value = expectedValue(p1, p0, stakes);
          expect(expectedValue(p1 + more, p0, stakes)).toBeGreaterThanOrEqual(value);
          expect(expectedValue(p1, p0 + more, stakes)).toBeLessThanOrEqual(value);
          expect(expectedValue(p1, p0, { ...stakes, cost: cost + more })).toBeLessThanOrEqual(
            value,
          );
          if (p1 >= p0) {
            const dearer = { ...stakes, saleValue: saleValue + more };
            const tired = { ...stakes, fatigueFactor: fatigueFactor * (1 - more) };
            expect(expectedValue(p1, p0, dearer)).toBeGreaterThanOrEqual(value);
            expect(expectedValue(p1, p0, tired)).toBeLessThanOrEqual(value);
          }
        },
      ),
    );
  });

  it('chooses arms as often as their probabilities say: chi-square over 20,000 decisions', () => {
    const second = { ...good, key: 'seats|intercom', offer: 'seats', saleValue: 300, cost: 10 };
    const counted = new Map<string, number>();
    const foretold = new Map<string, number>();
    const add = (to: Map<string, number>, key: string, by: number): void => {
      to.set(key, (to.get(key) ?? 0) + by);
    };
    let variance = 0;
    for (let decision = 0; decision < 20_000; decision += 1) {
      const choice = chooseArm(`chi-${decision}`, [good, second], { ...settings, draws: 16 });
      add(counted, choice.chosen, 1);
      add(foretold, noneKey, choice.piNone);
      for (const { key, pi } of choice.arms) {
        add(foretold, key, pi);
      }
      variance += choice.piNone * (1 - choice.piNone);
    }
    let chiSquare = 0;
    for (const [key, expected] of foretold) {
      expect(expected).toBeGreaterThan(100);
      chiSquare += ((counted.get(key) ?? 0) - expected) ** 2 / expected;
    }
    // 13.82 is the 99.9 % point of chi-square with 2 degrees of freedom.
    expect(chiSquare).toBeLessThan(13.82);
    const fromSilence = (counted.get(noneKey) ?? 0) - (foretold.get(noneKey) ?? 0);
    expect(Math.abs(fromSilence) / Math.sqrt(variance)).toBeLessThan(3.3);
  });

  it('keeps closer to the best guess the less it explores, at the same means', () => {
    const winOf = (exploration: number, arm: Arm): number =>
      chooseArm('d', [arm], { ...settings, draws: 4_096, exploration }).arms[0]?.win ?? 0;
    const worse = { ...good, cost: 25 };
    expect([good, worse].map((arm) => Math.sign(meanValue(arm)))).toEqual([1, -1]);
    for (const [arm, isWorth] of [
      [good, true],
      [worse, false],
    ] as const) {
      const wins = [1, 0.5, 0.3, 0.1, 0].map((exploration) => winOf(exploration, arm));
      expect(wins.toSorted((left, right) => (isWorth ? left - right : right - left))).toEqual(wins);
      expect(wins.at(-1)).toBe(isWorth ? 1 : 0);
    }
  });

  it('goes on trying what may be worth it, however sure the best guess is: its floor is told from the whole doubt', () => {
    const doubtful = { ...good, cost: 25 };
    const [made] = chooseArm('d', [doubtful], { ...settings, exploration: 0 }).arms;
    expect(made).toMatchObject({ win: 0, isSafe: true, pi: settings.epsArm });
    expect(made?.pPlus).toBe(chooseArm('d', [doubtful], settings).arms[0]?.pPlus);
  });

  it('keeps silent for certain when no arm is safe', () => {
    const dear = { ...good, cost: 10_000 };
    expect(chooseArm('d', [dear], settings)).toMatchObject({ piNone: 1, chosen: noneKey });
    expect(chooseArm('d', [], settings)).toMatchObject({ piNone: 1, chosen: noneKey });
  });

  it.each([
    ['a chance that is no number', { prompt: { alpha: Number.NaN, beta: 1 } }],
    ['a chance of zero weight', { hold: { alpha: 0, beta: 1 } }],
    ['a price without end', { cost: Number.POSITIVE_INFINITY }],
    ['a negative fatigue factor', { fatigueFactor: -1 }],
  ])('never chooses an arm with %s, and the others as if it were not there', (_, change) => {
    const bad = { ...good, ...change, key: 'bad|intercom', offer: 'bad' };
    const choice = chooseArm('d', [bad, good], settings);
    const alone = chooseArm('d', [good], settings);
    expect(choice.arms.find(({ key }) => key === bad.key)).toMatchObject({
      isBadInput: true,
      isSafe: false,
      pi: 0,
    });
    expect([choice.chosen, choice.piNone]).toEqual([alone.chosen, alone.piNone]);
  });

  it('keeps the best channel of each offer when there are more than eight arms', () => {
    const arms = Array.from({ length: 6 }, (_, at) => [
      { ...good, offer: `o${at}`, key: `o${at}|banner`, cost: 4 },
      { ...good, offer: `o${at}`, key: `o${at}|modal`, cost: 5 },
    ]).flat();
    const choice = chooseArm('d', arms, settings);
    expect(choice.arms.filter(({ isSafe }) => isSafe).map(({ key }) => key)).toEqual(
      Array.from({ length: 6 }, (_, at) => `o${at}|banner`),
    );
  });

  it('draws the chance without asking once for arms that share it', () => {
    // Without a shared draw the second would win some draws: it is worse by a cent only.
    const worse = { ...good, key: 'z|intercom', offer: 'z', cost: good.cost + 0.01 };
    const sure = { alpha: 1e7, beta: 1e8 };
    const choice = chooseArm(
      'd',
      [
        { ...good, prompt: sure },
        { ...worse, prompt: sure },
      ],
      {
        ...settings,
        draws: 500,
      },
    );
    expect(choice.arms.find(({ key }) => key === 'z|intercom')?.win).toBeLessThan(0.5);
    expect(meanValue(good)).toBeGreaterThan(meanValue(worse));
  });
});
