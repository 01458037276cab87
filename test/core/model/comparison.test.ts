import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayMs } from '../../../src/core/duration.ts';
import {
  compare,
  type ComparisonData,
  comparisonInWords,
  harmOfAll,
} from '../../../src/core/model/comparison.ts';
import { worseThanSilence } from '../../../src/core/model/weighed-episodes.ts';
import { neededUnits } from '../../../src/core/model/lift.ts';
import { barePlaybook } from '../playbook.ts';

const nowMs = 20_000 * dayMs;
const playbook = {
  ...barePlaybook,
  plans: new Map([['pro', { id: 'pro', monthlyPriceCents: 9_900, limits: new Map() }]]),
};

interface Group {
  readonly accounts: number;
  readonly buyers: number;
  readonly isHoldout: boolean;
  readonly salt?: string;
  readonly isOver?: boolean;
}

function enrolled(...groups: readonly Group[]): ComparisonData['enrolled'] {
  return groups.flatMap(({ accounts, buyers, isHoldout, isOver = true, salt = 'holdout:v1' }) =>
    Array.from({ length: accounts }, (_, at) => ({
      unit: `${salt}${isHoldout}${isOver}${at}`,
      timeMs: nowMs - 40 * dayMs + at * 1_000,
      isHoldout,
      salt,
      mrr: 49,
      result: isOver
        ? { hasBought: at < buyers, mrrChange: at < buyers ? 50 : 0, hasLeft: false }
        : undefined,
    })),
  );
}

const made = (groups: readonly Group[], data: Partial<ComparisonData> = {}) =>
  compare({ enrolled: enrolled(...groups), facts: [], prompts: 0, ...data }, playbook, nowMs);

describe('the comparison', () => {
  it('shows no interval before both groups have five buyers, and says how many accounts it takes', () => {
    const comparison = made([
      { accounts: 400, buyers: 60, isHoldout: false },
      { accounts: 100, buyers: 4, isHoldout: true },
    ]);
    expect(comparison.conversions.last).toBeUndefined();
    expect(comparison.income.last).toBeUndefined();
    expect(comparison.needed).toBe(neededUnits(0.05, 0.1, 0.2));
    expect(comparisonInWords(comparison).join(' ')).toContain('about 1097 accounts are needed');
  });

  it('tells the difference with its interval, and the price of an extra buyer', () => {
    const comparison = made(
      [
        { accounts: 1_600, buyers: 320, isHoldout: false },
        { accounts: 400, buyers: 20, isHoldout: true },
      ],
      { prompts: 1_200 },
    );
    expect(comparison.conversions.last?.difference).toBeCloseTo(0.15, 12);
    expect(comparison.conversions.firstExclusion).toBeDefined();
    expect(comparison.income.last?.difference).toBeCloseTo(7.5, 9);
    expect(comparison.promptsPerExtraConversion).toBeCloseTo(1_200 / 240, 9);
    expect(comparisonInWords(comparison).join(' ')).toContain('Asking adds +15.0 % buyers');
    expect(harmOfAll(comparison)).toBeUndefined();
  });

  it('counts accounts of the present experiment whose 30 days are over, and no other', () => {
    const comparison = made([
      { accounts: 10, buyers: 1, isHoldout: false },
      { accounts: 5, buyers: 0, isHoldout: false, isOver: false },
      { accounts: 7, buyers: 7, isHoldout: true, salt: 'earlier' },
    ]);
    expect(comparison).toMatchObject({ accounts: 15, analysed: 10, needed: undefined });
    expect(comparisonInWords(comparison).join(' ')).toContain('No lift can be measured');
  });

  it('measures the effect of a moment from windows that are over, those of the holdout left out', () => {
    const opened = (at: number, arm: 0 | 1, isHoldout = false, daysAgo = 20) =>
      ({
        kind: 'opened',
        unit: `u${at}`,
        decisionId: `d${at}`,
        startMs: nowMs - daysAgo * dayMs,
        windowDays: 14,
        isHoldout,
        episodes: [
          {
            family: 'upgrade',
            cell: arm === 1 ? '1|pro|limit|intercom' : '0|upgrade|limit',
            pi: 0.5,
          },
        ],
      }) as const;
    const taught = (at: number) => {
      const lesson = { family: 'education:teamwork', cell: '1|tip|limit|intercom', pi: 0.5 };
      return [
        { ...opened(at, 1), episodes: [lesson] },
        { ...bought(at, 18), family: lesson.family },
      ];
    };
    const bought = (at: number, daysAgo: number) =>
      ({
        kind: 'bought',
        unit: `u${at}`,
        family: 'upgrade',
        timeMs: nowMs - daysAgo * dayMs,
      }) as const;
    const facts = [
      ...Array.from({ length: 50 }, (_, at) => opened(at, 1)),
      ...Array.from({ length: 50 }, (_, at) => opened(50 + at, 0)),
      ...Array.from({ length: 20 }, (_, at) => bought(at, 18)),
      ...Array.from({ length: 10 }, (_, at) => bought(50 + at, 18)),
      // After the window, before it, of the holdout, and of a window that is not over: none of these counts.
      bought(30, 5),
      bought(31, 21),
      opened(200, 0, true),
      bought(200, 18),
      opened(300, 1, false, 3),
      bought(300, 2),
      // Nor does the use of what a lesson teaches: it is no purchase.
      ...taught(400),
    ];
    const { perMoment } = made([], { facts });
    // 40 % of the asked bought and 20 % of the others.
    expect(perMoment).toMatchObject({ n: 100 });
    expect(perMoment?.difference).toBeCloseTo(0.2, 12);
  });

  it('never gives a number that is none, and does not depend on the order of accounts', () => {
    const groups = fc.record({ accounts: fc.nat(30), buyers: fc.nat(30) });
    fc.assert(
      fc.property(groups, groups, fc.boolean(), (asked, left, isTurned) => {
        const all = enrolled({ ...asked, isHoldout: false }, { ...left, isHoldout: true });
        const data = { enrolled: isTurned ? all.toReversed() : all, facts: [], prompts: 3 };
        const comparison = compare(data, playbook, nowMs);
        expect(JSON.stringify(comparison)).not.toContain('null');
        expect(comparisonInWords(comparison).join(' ')).not.toMatch(/NaN|undefined|Infinity/u);
        expect(comparison).toEqual(compare({ ...data, enrolled: all }, playbook, nowMs));
      }),
    );
  });
});

describe('an offer that sells less than silence', () => {
  /** Accounts of which so many of 100 buy when asked, and when not. */
  function facts(accounts: number, asked: number, held: number): ComparisonData['facts'] {
    return Array.from({ length: accounts }, (_, at) => {
      const isPrompted = at % 2 === 0;
      const unit = `u${at}`;
      const startMs = nowMs - 30 * dayMs;
      const cell = isPrompted ? '1|pro|power|intercom' : '0|upgrade|power';
      const hasBought = Math.floor(at / 2) % 100 < (isPrompted ? asked : held);
      return [
        {
          kind: 'opened',
          unit,
          decisionId: `d${at}`,
          startMs,
          windowDays: 14,
          isHoldout: false,
          episodes: [{ family: 'upgrade', cell, pi: 0.5 }],
        },
        ...(hasBought
          ? [{ kind: 'bought', unit, family: 'upgrade', timeMs: startMs + dayMs } as const]
          : []),
      ] satisfies ComparisonData['facts'];
    }).flat();
  }

  it('is found once that is proved, and not before', () => {
    expect([...worseThanSilence(facts(2_000, 2, 30), nowMs).keys()]).toEqual(['pro']);
    expect(worseThanSilence(facts(40, 2, 30), nowMs).size).toBe(0);
  });

  it('is not one that sells as much or more', () => {
    expect(worseThanSilence(facts(2_000, 30, 30), nowMs).size).toBe(0);
    expect(worseThanSilence(facts(2_000, 60, 30), nowMs).size).toBe(0);
  });
});
