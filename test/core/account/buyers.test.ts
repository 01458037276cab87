import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Buyer,
  buyersMax,
  withBuyer,
  withoutBuyer,
} from '../../../src/core/account/buyers.ts';
import { decodeAccount, encodeAccount } from '../../../src/core/account/codec.ts';

const noone: readonly Buyer[] = [];
const arbitraryBuyer = fc.record({
  userId: fc.integer({ min: 0, max: 14 }).map((id) => `u${id}`),
  timeMs: fc.integer({ min: -5, max: 40 }),
});

describe('the register of buyers', () => {
  it('holds the newest eight users, whatever the order and repetition of what was said', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryBuyer, { maxLength: 40 }).chain((said) =>
          fc.record({
            said: fc.constant(said),
            order: fc.shuffledSubarray([...said, ...said], { minLength: said.length * 2 }),
          }),
        ),
        ({ said, order }) => {
          const newest = new Map<string, number>();
          for (const { userId, timeMs } of said) {
            newest.set(userId, Math.max(timeMs, newest.get(userId) ?? timeMs));
          }
          const wanted = [...newest]
            .map(([userId, timeMs]) => ({ userId, timeMs }))
            .toSorted(
              (left, right) => right.timeMs - left.timeMs || (left.userId < right.userId ? -1 : 1),
            )
            .slice(0, buyersMax);
          expect(order.reduce(withBuyer, noone)).toEqual(wanted);
        },
      ),
    );
  });

  it('survives its packed form, and an account of which nothing is known has none', () => {
    fc.assert(
      fc.property(fc.array(arbitraryBuyer, { maxLength: 12 }), (said) => {
        const account = { ...decodeAccount(undefined), buyers: said.reduce(withBuyer, noone) };
        const bytes = encodeAccount(account);
        expect(decodeAccount(bytes).buyers).toEqual(account.buyers);
      }),
    );
    expect(decodeAccount(encodeAccount(decodeAccount(undefined))).buyers).toEqual([]);
  });

  it('forgets a user, and gives the place of one who became another to that one', () => {
    const both = [
      { userId: 'ana@acme', timeMs: 5 },
      { userId: 'ben', timeMs: 3 },
    ];
    expect(withoutBuyer(both, 'ben')).toEqual([{ userId: 'ana@acme', timeMs: 5 }]);
    expect(withoutBuyer(both, 'ana@acme', 'ben')).toEqual([{ userId: 'ben', timeMs: 5 }]);
    expect(withoutBuyer(both, 'zoe')).toBe(both);
  });
});
