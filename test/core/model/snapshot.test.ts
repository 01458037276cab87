import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guessedDelay, delayCurve } from '../../../src/core/model/delay.ts';
import { meanOf } from '../../../src/core/model/pooling.ts';
import type { AccountSize } from '../../../src/core/model/size.ts';
import {
  type Cell,
  type CellHistory,
  type Counters,
  createSnapshot,
} from '../../../src/core/model/snapshot.ts';

const rules = { windowDays: 14, halfLifeDays: 180, kappaRatio: 10, kappaCell: 40 };
const cell = (offer: string, signal = 'limit', channel = 'intercom'): Cell => ({
  arm: 'prompt',
  offer,
  signal,
  channel,
});
const priorOf = (of: Cell): number => (of.arm === 'prompt' ? 0.1 : 0.05);
const noLags: Counters['lags'] = new Map();
const empty: Counters = { cells: [], lags: noLags };

const historyOf = (of: Cell, n: number, y: number): CellHistory => ({
  cell: of,
  family: 'upgrade',
  days: [{ day: 50, n, y }],
});

const arbitraryHistory = fc
  .tuple(
    fc.constantFrom('pro', 'seats', 'sso'),
    fc.constantFrom('limit', 'team'),
    fc.constantFrom('intercom', 'sendgrid'),
    fc.boolean(),
    fc.array(
      fc.record({
        day: fc.integer({ min: 0, max: 100 }),
        n: fc.integer({ min: 1, max: 20 }),
        y: fc.nat(3),
      }),
      { maxLength: 5 },
    ),
  )
  .map(
    ([offer, signal, channel, isHold, days]): CellHistory => ({
      cell: isHold ? { arm: 'hold', family: offer, signal } : cell(offer, signal, channel),
      family: offer,
      days,
    }),
  );

describe('a snapshot', () => {
  it('without data believes the configured priors, for any cell', () => {
    const snapshot = createSnapshot(empty, 100, rules, priorOf);
    fc.assert(
      fc.property(arbitraryHistory, ({ cell: of }) => {
        expect(meanOf(snapshot.belief(of))).toBeCloseTo(priorOf(of), 12);
      }),
    );
  });

  it('is the same, to the last bit and by name, in any order of what was counted', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryHistory, { maxLength: 8 }).chain((cells) =>
          fc.tuple(
            fc.constant(cells),
            fc.shuffledSubarray(
              cells.flatMap((one) => one.days.map((day) => ({ ...one, days: [day] }))),
              { minLength: cells.reduce((sum, { days }) => sum + days.length, 0) },
            ),
          ),
        ),
        ([cells, pieces]) => {
          const whole = cells.filter(({ days }) => days.length > 0);
          const one = createSnapshot({ cells: whole, lags: noLags }, 100, rules, priorOf);
          const other = createSnapshot({ cells: pieces, lags: noLags }, 100, rules, priorOf);
          expect(other.id).toBe(one.id);
          for (const { cell: of } of cells) {
            expect(other.belief(of)).toEqual(one.belief(of));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('names what it was made of: another count or another day is another snapshot', () => {
    const made = (n: number, today: number): string =>
      createSnapshot({ cells: [historyOf(cell('pro'), n, 1)], lags: noLags }, today, rules, priorOf)
        .id;
    expect(made(10, 100)).toBe(made(10, 100));
    expect(new Set([made(10, 100), made(11, 100), made(10, 101)]).size).toBe(3);
  });

  it('carries what siblings sold over to a cell, each conversion once', () => {
    const counters = {
      cells: [
        historyOf(cell('pro', 'limit'), 100, 20),
        historyOf(cell('pro', 'team'), 50, 10),
        historyOf(cell('seats', 'limit'), 200, 10),
      ],
      lags: noLags,
    };
    const endless = { ...rules, halfLifeDays: Number.POSITIVE_INFINITY };
    const snapshot = createSnapshot(counters, 100, endless, priorOf);
    // Others than pro: 10 of 20 expected; others than limit of pro: 10 of 5; no other channel.
    const arm = (10 + 10) / (10 + 20);
    const offer = (10 * arm + 10) / (10 + 5);
    const signal = (10 * offer + 0) / (10 + 0);
    const belief = snapshot.belief(cell('pro', 'limit'));
    expect(belief.alpha).toBeCloseTo(40 * 0.1 * signal + 20, 9);
    expect(belief.beta).toBeCloseTo(40 * (1 - 0.1 * signal) + 80, 9);
    expect([belief.n, belief.y]).toEqual([100, 20]);
  });

  it('begins each size where what was counted for all of them lies, and each conversion counts once', () => {
    const sized = (size: AccountSize): Cell => ({ ...cell('pro'), size });
    const counters = {
      cells: [
        historyOf(cell('pro'), 100, 20),
        historyOf(sized('large'), 50, 15),
        historyOf(sized('small'), 40, 0),
      ],
      lags: noLags,
    };
    const endless = { ...rules, halfLifeDays: Number.POSITIVE_INFINITY };
    const snapshot = createSnapshot(counters, 100, endless, priorOf);
    // For large accounts: what was counted without a size, and for small ones, is the level above.
    const above = (10 + 20) / (10 + 14);
    const large = snapshot.belief(sized('large'));
    expect(large.alpha).toBeCloseTo(40 * 0.1 * above + 15, 9);
    expect([large.n, large.y]).toEqual([50, 15]);
    const mid = snapshot.belief(sized('mid'));
    expect(meanOf(mid)).toBeCloseTo((0.1 * (10 + 35)) / (10 + 19), 9);
    expect(meanOf(snapshot.belief(sized('small')))).toBeLessThan(meanOf(mid));
    expect(meanOf(large)).toBeGreaterThan(meanOf(mid));
  });

  it('shares no level among cells of another root', () => {
    const counters = { cells: [historyOf(cell('lesson'), 200, 150)], lags: noLags };
    const rootOf = (of: Cell): string =>
      of.arm === 'prompt' && of.offer === 'lesson' ? 'education' : 'sales';
    const snapshot = createSnapshot(counters, 100, rules, priorOf, rootOf);
    expect(meanOf(snapshot.belief(cell('pro')))).toBeCloseTo(0.1, 12);
    expect(meanOf(snapshot.belief(cell('lesson')))).toBeGreaterThan(0.5);
  });

  it('moves the belief of prompts by prompts and that of holds by holds', () => {
    const hold: Cell = { arm: 'hold', family: 'upgrade', signal: 'limit' };
    const prompted = { cells: [historyOf(cell('pro'), 100, 50)], lags: noLags };
    const snapshot = createSnapshot(prompted, 100, rules, priorOf);
    expect(meanOf(snapshot.belief(hold))).toBeCloseTo(0.05, 12);
    expect(meanOf(snapshot.belief(cell('seats')))).toBeGreaterThan(0.12);
  });

  describe('with a prior of what asking adds', () => {
    const hold: Cell = { arm: 'hold', family: 'upgrade', signal: 'limit' };
    const endless = { ...rules, halfLifeDays: Number.POSITIVE_INFINITY };
    const onUplift = (cells: readonly CellHistory[], chance = 0.05) =>
      createSnapshot({ cells, lags: noLags }, 100, endless, priorOf, undefined, () => ({
        cell: hold,
        chance,
      }));

    it('believes the configured chances while nothing is counted', () => {
      expect(meanOf(onUplift([]).belief(cell('pro')))).toBeCloseTo(0.1, 12);
      expect(meanOf(onUplift([]).belief(hold))).toBeCloseTo(0.05, 12);
    });

    it('expects asking to add as much when more is bought without, and would not call it harmful for that', () => {
      const holds = [historyOf(hold, 400, 120)];
      const snapshot = onUplift(holds);
      const unasked = meanOf(snapshot.belief(hold));
      expect(unasked).toBeGreaterThan(0.25);
      expect(meanOf(snapshot.belief(cell('pro')))).toBeCloseTo(unasked + 0.05, 9);
      // Each by itself: asking would seem to keep four of five buyers away.
      const apart = createSnapshot({ cells: holds, lags: noLags }, 100, endless, priorOf);
      expect(meanOf(apart.belief(cell('pro')))).toBeCloseTo(0.1, 9);
      expect(snapshot.id).not.toBe(apart.id);
    });

    it('takes what was learned of the family over to an offer with a chance of its own', () => {
      const snapshot = onUplift([historyOf(hold, 400, 120)], 0.02);
      const unasked = (meanOf(snapshot.belief(hold)) / 0.05) * 0.02;
      expect(meanOf(snapshot.belief(cell('pro')))).toBeCloseTo(unasked + 0.08, 9);
    });

    it('takes over to other cells what asking added there, and not who bought anyway', () => {
      const holds = historyOf(hold, 10_000, 3_000);
      // As many as would have bought without: asking added nothing, where 5 % were expected.
      const idle = onUplift([holds, historyOf(cell('pro', 'limit'), 2_000, 600)]);
      const unasked = meanOf(idle.belief(hold));
      const carried = meanOf(idle.belief(cell('pro', 'team'))) - unasked;
      expect(carried).toBeGreaterThan(-0.01);
      expect(carried).toBeLessThan(0.035);
      // A few buyers fewer than expected by chance: 24 of 100, where 30 would have bought anyway.
      const unlucky = onUplift([holds, historyOf(cell('pro', 'limit'), 100, 24)]);
      expect(meanOf(unlucky.belief(cell('pro', 'team')))).toBeGreaterThan(unasked + 0.03);
    });

    it('is not moved by relatives whose evidence has faded to nothing', () => {
      const short = { ...rules, halfLifeDays: 3, kappaRatio: 1 };
      const unaskedOf = () => ({ cell: hold, chance: 0.05 });
      const meanIn = (cells: readonly CellHistory[]) =>
        meanOf(
          createSnapshot({ cells, lags: noLags }, 400, short, priorOf, undefined, unaskedOf).belief(
            cell('pro', 'limit'),
          ),
        );
      const counts = fc.tuple(fc.integer({ min: 370, max: 399 }), fc.integer({ min: 1, max: 60 }));
      const on = (of: Cell, [day, n]: readonly [number, number]): CellHistory => ({
        ...historyOf(of, n, 0),
        days: [{ day, n, y: Math.floor(n / 3) }],
      });
      fc.assert(
        fc.property(counts, counts, counts, fc.integer({ min: 160, max: 310 }), (a, b, c, day) => {
          const recent = [on(hold, a), on(cell('pro', 'limit'), b), on(cell('pro', 'team'), c)];
          const faded = on(cell('seats', 'team'), [day, 7]);
          expect(meanIn([...recent, faded])).toBeCloseTo(meanIn(recent), 6);
        }),
        { numRuns: 2_000 },
      );
    });

    it('goes by the prompts once there are enough of them, whatever it expected', () => {
      const snapshot = onUplift([historyOf(hold, 400, 120), historyOf(cell('pro'), 40_000, 4_000)]);
      expect(meanOf(snapshot.belief(cell('pro')))).toBeCloseTo(0.1, 2);
    });

    it('is the same in any order of what was counted', () => {
      fc.assert(
        fc.property(
          fc
            .array(arbitraryHistory, { maxLength: 8 })
            .chain((cells) =>
              fc.tuple(fc.constant(cells), fc.shuffledSubarray(cells, { minLength: cells.length })),
            ),
          ([cells, shuffled]) => {
            const [one, other] = [onUplift(cells), onUplift(shuffled)];
            expect(other.id).toBe(one.id);
            for (const { cell: of } of cells) {
              expect(other.belief(of)).toEqual(one.belief(of));
              expect(meanOf(one.belief(of))).toBeGreaterThan(0);
              expect(meanOf(one.belief(of))).toBeLessThan(1);
            }
          },
        ),
        { numRuns: 200 },
      );
    });
  });

  it('lets more conversions than answered trials stand without a negative count', () => {
    const young = {
      cells: [{ ...historyOf(cell('pro'), 1, 1), days: [{ day: 100, n: 1, y: 1 }] }],
      lags: noLags,
    };
    const belief = createSnapshot(young, 100, rules, priorOf).belief(cell('pro'));
    expect(belief.beta).toBeCloseTo(36, 9);
  });
});

describe('the delay curve', () => {
  it('is the guess until a window is over', () => {
    const lags = [{ day: 90, lag: 1, count: 50 }];
    expect(delayCurve(lags, 14, 100)(3)).toBeCloseTo(guessedDelay(14)(3), 12);
  });

  it('moves to the delays of finished windows, half a day counting half', () => {
    const lags = [
      { day: 10, lag: 0, count: 10 },
      { day: 11, lag: 2, count: 30 },
    ];
    const guess = guessedDelay(14);
    const curve = delayCurve(lags, 14, 100);
    expect(curve(0.5)).toBeCloseTo((20 * guess(0.5) + 5) / 60, 12);
    expect(curve(2)).toBeCloseTo((20 * guess(2) + 10) / 60, 12);
    expect(curve(2.5)).toBeCloseTo((20 * guess(2.5) + 25) / 60, 12);
    expect([curve(0), curve(14), curve(99)]).toEqual([0, 1, 1]);
  });

  it('never falls', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ day: fc.nat(80), lag: fc.nat(13), count: fc.nat(20) })),
        fc.double({ min: 0, max: 15, noNaN: true }),
        fc.double({ min: 0, max: 15, noNaN: true }),
        (lags, left, right) => {
          const curve = delayCurve(lags, 14, 100);
          expect(curve(Math.max(left, right))).toBeGreaterThanOrEqual(
            curve(Math.min(left, right)) - 1e-12,
          );
        },
      ),
    );
  });
});
