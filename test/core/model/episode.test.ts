import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../../src/core/duration.ts';
import {
  creditConversion,
  type EpisodeState,
  type Increment,
  isLocked,
  nextRetirementMs,
  noEpisodes,
  openEpisodes,
  retireEpisodes,
  reverseConversion,
} from '../../../src/core/model/episode.ts';
import type { Cell } from '../../../src/core/model/snapshot.ts';

const prompt: Cell = { arm: 'prompt', offer: 'pro', signal: 'limit', channel: 'intercom' };
const hold = (family: string): Cell => ({ arm: 'hold', family, signal: 'limit' });
const startMs = 100 * dayMs + hourMs;
const decision = { decisionId: 'd1', startMs, windowDays: 14 };

const opened = openEpisodes(noEpisodes, decision, [{ family: 'upgrade', cell: prompt }]);

/** Everything that an account lived through, as inputs in any order. */
type Step =
  | { readonly kind: 'open'; readonly id: string; readonly family: string; readonly timeMs: number }
  | { readonly kind: 'buy'; readonly family: string; readonly timeMs: number };

function live(steps: readonly Step[]): {
  readonly state: EpisodeState;
  readonly counted: ReadonlyMap<string, Increment>;
} {
  const counted = new Map<string, Increment>();
  let state = noEpisodes;
  const take = (increments: readonly Increment[]): void => {
    for (const one of increments) {
      counted.set(one.id, one);
    }
  };
  for (const step of steps) {
    const moved =
      step.kind === 'open'
        ? openEpisodes(state, { decisionId: step.id, startMs: step.timeMs, windowDays: 14 }, [
            { family: step.family, cell: prompt },
          ])
        : creditConversion(state, step);
    state = moved.state;
    take(moved.increments);
  }
  const retired = retireEpisodes(state, 400 * dayMs);
  take(retired.increments);
  return { state, counted };
}

const family = fc.constantFrom('upgrade', 'crosssell:sso');
const time = fc.integer({ min: 0, max: 60 * 24 }).map((hour) => startMs + hour * hourMs);
const openings = fc.array(
  fc.record({ kind: fc.constant('open' as const), id: fc.uuid(), family, timeMs: time }),
  { maxLength: 6 },
);
const purchases = fc.array(fc.record({ kind: fc.constant('buy' as const), family, timeMs: time }), {
  maxLength: 10,
});

describe('episodes', () => {
  it('count the same under any order and any repetition of the purchases', () => {
    fc.assert(
      fc.property(
        openings,
        purchases.chain((bought) =>
          fc.tuple(
            fc.constant(bought),
            fc.shuffledSubarray([...bought, ...bought], { minLength: bought.length * 2 }),
          ),
        ),
        (decided, [bought, disordered]) => {
          expect(live([...decided, ...disordered]).counted).toEqual(
            live([...decided, ...bought]).counted,
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('count a purchase that arrives before its decision like one that arrives after it', () => {
    fc.assert(
      fc.property(time, time, (decidedMs, boughtMs) => {
        const open = { kind: 'open', id: 'd', family: 'upgrade', timeMs: decidedMs } as const;
        const buy = { kind: 'buy', family: 'upgrade', timeMs: boughtMs } as const;
        expect(live([buy, open]).counted).toEqual(live([open, buy]).counted);
      }),
    );
  });

  it('of one account and family never overlap, whatever the order of the decisions', () => {
    fc.assert(
      fc.property(openings, (decided) => {
        const { episodes } = live(decided).state;
        for (const one of episodes) {
          const others = episodes.filter((held) => held !== one && held.family === one.family);
          for (const other of others) {
            expect(Math.abs(one.startMs - other.startMs)).toBeGreaterThanOrEqual(14 * dayMs);
          }
        }
      }),
    );
  });

  it('opened again by a repeated decision change nothing', () => {
    const again = openEpisodes(opened.state, decision, [{ family: 'upgrade', cell: prompt }]);
    expect(again).toEqual({ state: opened.state, increments: [] });
  });

  it.each([
    ['at the start itself', 0, 'uncredited'],
    ['a millisecond later', 1, 'credited'],
    ['at the end of the window', 14 * dayMs, 'credited'],
    ['a millisecond after it', 14 * dayMs + 1, 'uncredited'],
  ])('credit a purchase %s as the window says', (_, afterMs, kind) => {
    const credited = creditConversion(opened.state, {
      family: 'upgrade',
      timeMs: startMs + afterMs,
    });
    expect(credited.kind).toBe(kind);
  });

  it('leave a purchase of another family alone', () => {
    const credited = creditConversion(opened.state, { family: 'other', timeMs: startMs + 1 });
    expect(credited).toMatchObject({ kind: 'uncredited', increments: [] });
  });

  it('keep their own window when the playbook changes it', () => {
    expect(isLocked(opened.state, 'upgrade', startMs + 13 * dayMs, 1)).toBe(true);
    expect(isLocked(opened.state, 'upgrade', startMs + 14 * dayMs, 1)).toBe(false);
    expect(isLocked(opened.state, 'crosssell:sso', startMs, 14)).toBe(false);
  });

  it('open one hold for every family that is free, in its own cell', () => {
    const held = openEpisodes(opened.state, { ...decision, decisionId: 'd2' }, [
      { family: 'upgrade', cell: hold('upgrade') },
      { family: 'crosssell:sso', cell: hold('crosssell:sso') },
    ]);
    expect(held.increments).toEqual([
      { id: 'ep.d2.crosssell:sso', of: 'episodes', cell: '0|crosssell:sso|limit', day: 100 },
    ]);
  });

  it('count the delay of a prompt once, from its earliest purchase, when they retire', () => {
    const late = creditConversion(opened.state, {
      family: 'upgrade',
      timeMs: startMs + 5 * dayMs,
    });
    const early = creditConversion(late.state, {
      family: 'upgrade',
      timeMs: startMs + 2 * dayMs,
    });
    expect(early).toMatchObject({ kind: 'repeated', increments: [] });
    const dueMs = nextRetirementMs(early.state) ?? 0;
    expect(retireEpisodes(early.state, dueMs - 1).increments).toEqual([]);
    const retired = retireEpisodes(early.state, dueMs);
    expect(retired.increments).toEqual([
      { id: 'lag.d1.upgrade', of: 'lags', family: 'upgrade', day: 100, lag: 2 },
    ]);
    expect(retired.state.episodes).toEqual([]);
  });

  it('forget a purchase that no decision claimed within 72 hours', () => {
    const kept = creditConversion(noEpisodes, { family: 'upgrade', timeMs: startMs }).state;
    expect(retireEpisodes(kept, startMs + 72 * hourMs).state.uncredited).toHaveLength(1);
    expect(retireEpisodes(kept, startMs + 72 * hourMs + 1).state.uncredited).toEqual([]);
  });

  it('are reversed by a refund within the window after the purchase, once, and the counters stay', () => {
    const { state } = creditConversion(opened.state, {
      family: 'upgrade',
      timeMs: startMs + dayMs,
    });
    const tooLate = reverseConversion(state, { family: 'upgrade', timeMs: startMs + 16 * dayMs });
    expect(tooLate.reversed).toBeUndefined();
    const reversed = reverseConversion(state, { family: 'upgrade', timeMs: startMs + 3 * dayMs });
    expect(reversed.reversed).toMatchObject({ decisionId: 'd1', isReversed: true });
    const again = reverseConversion(reversed.state, {
      family: 'upgrade',
      timeMs: startMs + 3 * dayMs,
    });
    expect(again.reversed).toBeUndefined();
  });
});
