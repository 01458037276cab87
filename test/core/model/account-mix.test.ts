import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayMs } from '../../../src/core/duration.ts';
import { mixBiases, mixBiasInWords } from '../../../src/core/model/account-mix.ts';
import { type Random, randomOf } from '../../../src/core/model/random.ts';
import type { LearningFact } from '../../../src/core/model/step.ts';

const nowMs = 20_000 * dayMs;
const day = nowMs - 60 * dayMs;

/** Accounts of a kind: how likely they are asked, and how likely they buy, asked and not. */
interface Kind {
  readonly pi: number;
  readonly prompt: number;
  readonly hold: number;
}

interface World {
  readonly large: Kind;
  readonly small: Kind;
  readonly accounts: number;
  readonly holdoutShare: number;
}

/** What the log of a world holds: every account has two moments, and every third account is a large one. */
function factsOf(seed: string, { accounts, holdoutShare, large, small }: World) {
  const random = randomOf(seed);
  return Array.from({ length: accounts }, (_, at) =>
    lifeOf(random, `u${at}`, at % 3 === 0 ? large : small, random.open01() < holdoutShare),
  ).flat();
}

function lifeOf(random: Random, unit: string, kind: Kind, isHoldout: boolean) {
  return [0, 20].flatMap((days): readonly LearningFact[] => {
    const startMs = day + days * dayMs;
    const isAsked = random.open01() < kind.pi && !isHoldout;
    const isBought = random.open01() < (isAsked ? kind.prompt : kind.hold);
    const cell = isAsked ? '1|pro|limit|intercom' : '0|upgrade|limit';
    const family = 'upgrade';
    return [
      {
        kind: 'opened',
        unit,
        decisionId: `${unit}.${days}`,
        startMs,
        windowDays: 14,
        isHoldout,
        episodes: [{ family, cell, pi: kind.pi }],
      },
      ...(isBought ? [{ kind: 'bought', unit, family, timeMs: startMs + dayMs } as const] : []),
    ];
  });
}

const often = { pi: 0.85, prompt: 0.3, hold: 0.25 };
const seldom = { pi: 0.2, prompt: 0.06, hold: 0.03 };
/** Large accounts buy more, and are asked more often. */
const biased: World = { large: often, small: seldom, accounts: 2_000, holdoutShare: 0 };

describe('the mix of accounts', () => {
  it('is found to differ where those who buy anyway are asked more often', () => {
    const [bias, ...others] = mixBiases(factsOf('planted', biased), nowMs);
    expect(others).toEqual([]);
    expect(bias).toMatchObject({ offer: 'pro', signal: 'limit', channel: 'intercom' });
    // A third of the moments gain 5 points, and the others 3.
    expect(bias?.weighed).toBeCloseTo((0.05 + 2 * 0.03) / 3, 1);
    expect(bias?.counted).toBeGreaterThan(0.1);
    expect((bias?.counted ?? 0) - (bias?.weighed ?? 0)).toBeGreaterThan(
      5 * (bias?.standardError ?? 1),
    );
  });

  it('is found in accounts of a size, and is gone once accounts of like size are compared', () => {
    const sized = (sizeOf: (unit: string) => string): readonly LearningFact[] =>
      factsOf('planted', biased).map((fact) =>
        fact.kind === 'opened'
          ? {
              ...fact,
              episodes: fact.episodes.map((one) => ({
                ...one,
                cell: `${one.cell}|${sizeOf(fact.unit)}`,
              })),
            }
          : fact,
      );
    const [bias] = mixBiases(
      sized(() => 'large'),
      nowMs,
    );
    expect(bias).toMatchObject({ offer: 'pro', size: 'large' });
    const ofOwnSize = (unit: string) => (Number(unit.slice(1)) % 3 === 0 ? 'large' : 'small');
    expect(mixBiases(sized(ofOwnSize), nowMs)).toEqual([]);
  });

  it('is found in the other direction, and with accounts that are left alone', () => {
    const turned = {
      ...biased,
      large: { ...often, pi: 0.2 },
      small: { ...seldom, pi: 0.85 },
      holdoutShare: 0.1,
    };
    const [bias] = mixBiases(factsOf('turned', turned), nowMs);
    expect(bias?.counted).toBeLessThan(0);
    expect(bias?.weighed).toBeGreaterThan(0);
  });

  it('is the same where all are asked alike, however differently they buy', () => {
    const fair = { ...biased, large: { ...often, pi: 0.5 }, small: { ...seldom, pi: 0.5 } };
    expect(mixBiases(factsOf('fair', fair), nowMs)).toEqual([]);
    const withHoldout = { ...fair, holdoutShare: 0.2 };
    expect(mixBiases(factsOf('fair', withHoldout), nowMs)).toEqual([]);
  });

  it('is called different by chance in about one fair world of twenty, and in no more', () => {
    // Who is asked has to do with the size, and who buys has not.
    const fair = {
      large: { pi: 0.8, prompt: 0.2, hold: 0.1 },
      small: { pi: 0.3, prompt: 0.2, hold: 0.1 },
      accounts: 400,
      holdoutShare: 0.1,
    };
    const runs = 300;
    const warned = Array.from({ length: runs }, (_, at) => factsOf(`fair${at}`, fair)).filter(
      (facts) => mixBiases(facts, nowMs).length > 0,
    ).length;
    expect(warned / runs).toBeLessThan(0.08);
    expect(warned / runs).toBeGreaterThan(0.02);
  });

  it('is not spoken of while there is little to see, or nothing was left to chance', () => {
    expect(mixBiases([], nowMs)).toEqual([]);
    expect(mixBiases(factsOf('little', { ...biased, accounts: 60 }), nowMs)).toEqual([]);
    const surely = { ...biased, large: { ...often, pi: 1 }, small: { ...seldom, pi: 0 } };
    expect(mixBiases(factsOf('surely', surely), nowMs)).toEqual([]);
    // None of these windows is over.
    expect(mixBiases(factsOf('planted', biased), day + 10 * dayMs)).toEqual([]);
  });

  it('does not depend on the order of the log beyond rounding', () => {
    const facts = factsOf('planted', { ...biased, accounts: 600 });
    const [straight] = mixBiases(facts, nowMs);
    fc.assert(
      fc.property(fc.shuffledSubarray(facts, { minLength: facts.length }), (order) => {
        const [bias] = mixBiases(order, nowMs);
        expect(bias?.counted).toBeCloseTo(straight?.counted ?? 0, 12);
        expect(bias?.weighed).toBeCloseTo(straight?.weighed ?? 0, 12);
        expect(bias?.standardError).toBeCloseTo(straight?.standardError ?? 0, 12);
      }),
      { numRuns: 10 },
    );
  });

  it('is told in one sentence with what it means and the mend, and not at all where it is fair', () => {
    expect(mixBiasInWords([])).toBeUndefined();
    const bias = {
      ...{ offer: 'pro', signal: 'limit', channel: 'intercom', prompts: 600, holds: 500 },
      ...{ counted: 0.12, weighed: 0.031, standardError: 0.02, size: undefined },
    };
    const words = mixBiasInWords([bias, bias]);
    expect(words).toContain('pro at limit signals by intercom');
    expect(words).toContain('asking adds +12.0 %');
    expect(words).toContain('+3.1 %');
    expect(words).toContain('and of 1 more cell');
    expect(words).toContain('learning.sizes');
    expect(words?.match(/\.(?:\s|$)/gu)).toHaveLength(1);
    const ofLarge = mixBiasInWords([{ ...bias, size: 'large' }]);
    expect(ofLarge).toContain('by intercom in large accounts');
    expect(ofLarge).toContain('move the borders in learning.sizes');
  });
});
