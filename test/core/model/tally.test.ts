import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Increment } from '../../../src/core/model/episode.ts';
import { cellKey, createSnapshot } from '../../../src/core/model/snapshot.ts';
import { createTally, readCellKey } from '../../../src/core/model/tally.ts';

const day = fc.integer({ min: 0, max: 100 });
const word = fc.constantFrom('upgrade', 'crosssell:sso', 'pro');
const increment: fc.Arbitrary<Increment> = fc.oneof(
  fc.record({
    id: fc.uuid(),
    of: fc.constantFrom('episodes' as const, 'conversions' as const),
    cell: fc.constantFrom('1|pro|limit|intercom', '0|upgrade|limit', '1|sso|team|sendgrid'),
    day,
  }),
  fc.record({
    id: fc.uuid(),
    of: fc.constant('lags' as const),
    family: word,
    day,
    lag: fc.nat(13),
  }),
);

function snapshotOf(increments: readonly Increment[]): string {
  const tally = createTally();
  for (const one of increments) {
    tally.add(one);
  }
  const rules = { windowDays: 14, halfLifeDays: 180, kappaRatio: 10, kappaCell: 40 };
  return createSnapshot(
    tally.counters(() => 'upgrade'),
    100,
    rules,
    () => 0.05,
  ).id;
}

describe('counters in memory', () => {
  it('rebuilt from the log in any order, repeated lines and all, are the live ones', () => {
    fc.assert(
      fc.property(
        fc
          .array(increment, { maxLength: 30 })
          .chain((live) =>
            fc.tuple(
              fc.constant(live),
              fc.shuffledSubarray([...live, ...live], { minLength: live.length * 2 }),
            ),
          ),
        ([live, log]) => {
          expect(snapshotOf(log)).toBe(snapshotOf(live));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('take a step once and say so', () => {
    const tally = createTally();
    const step: Increment = { id: 'ep.d.upgrade', of: 'episodes', cell: '0|upgrade|limit', day: 3 };
    expect([tally.add(step), tally.add(step)]).toEqual([true, false]);
    expect(tally.counters(() => '').cells).toEqual([
      {
        cell: { arm: 'hold', family: 'upgrade', signal: 'limit' },
        family: 'upgrade',
        days: [{ day: 3, n: 1, y: 0 }],
      },
    ]);
  });

  it.each([
    ...['1|pro|limit|intercom', '0|crosssell:sso|team'],
    ...['1|pro|limit|intercom|large', '0|crosssell:sso|team|small'],
  ])('read the cell %s back', (key) => {
    const cell = readCellKey(key);
    expect(cell === undefined ? '' : cellKey(cell)).toBe(key);
  });

  it.each([
    '',
    '1|pro',
    '0|a|b|c',
    '1|a|b',
    '2|a|b|c',
    '1|a|b|c|d',
    '0|a|b|small|x',
    '1|a|b|c|mid|x',
  ])('read no cell in "%s"', (key) => {
    expect(readCellKey(key)).toBeUndefined();
  });
});
