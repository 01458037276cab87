import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAccount } from '../../../src/core/account/codec.ts';
import {
  noPurchases,
  packPurchases,
  purchasedMs,
  type Purchases,
  unpackPurchases,
  withDowngrade,
  withPlanSeen,
  withPurchase,
} from '../../../src/core/account/purchases.ts';
import { PackedReader, PackedWriter } from '../../../src/core/packed.ts';
import type { Playbook } from '../../../src/core/playbook.ts';
import { barePlaybook } from '../playbook.ts';

const playbook: Playbook = {
  ...barePlaybook,
  plans: new Map(
    [
      { id: 'free', monthlyPriceCents: 0 },
      { id: 'starter', monthlyPriceCents: 4900 },
      { id: 'pro', monthlyPriceCents: 9900 },
    ].map((plan) => [plan.id, { ...plan, limits: new Map() }]),
  ),
};

function upgradedMs(purchases: Purchases): number | undefined {
  return purchasedMs({ ...decodeAccount(undefined), purchases }, 'upgrade', playbook);
}

function seen(...plans: readonly (readonly [string, number])[]): Purchases {
  return plans.reduce(
    (purchases, [plan, timeMs]) => withPlanSeen(purchases, plan, timeMs, playbook),
    noPurchases,
  );
}

function packed(purchases: Purchases): string {
  const writer = new PackedWriter();
  packPurchases(writer, purchases);
  return Buffer.from(writer.finish()).toString('hex');
}

describe('what was bought', () => {
  it.each([
    ['nothing while one plan only is known', seen(['pro', 5], ['pro', 9]), undefined],
    ['an upgrade when a dearer plan follows', seen(['starter', 2], ['pro', 5], ['pro', 8]), 5],
    ['nothing when a cheaper plan follows', seen(['pro', 2], ['starter', 5]), undefined],
    ['the way back up after a fall', seen(['pro', 2], ['starter', 5], ['pro', 9]), 5],
    [
      'nothing of a plan that the playbook does not know',
      seen(['gold', 2], ['starter', 5]),
      undefined,
    ],
    ['plans whatever their spelling', seen(['Starter ', 2], ['PRO', 5]), 5],
    ['what an event told', withPurchase(noPurchases, 'upgrade', 7), 7],
    [
      'the newer of plan and event',
      withPurchase(seen(['starter', 2], ['pro', 5]), 'upgrade', 3),
      5,
    ],
  ])('tells %s', (_, purchases, expected) => {
    expect(upgradedMs(purchases)).toBe(expected);
  });

  it('keeps add-ons apart from upgrades and from each other', () => {
    const account = {
      ...decodeAccount(undefined),
      purchases: withPurchase(noPurchases, 'crosssell:exports', 4),
    };
    expect(purchasedMs(account, 'crosssell:exports', playbook)).toBe(4);
    expect(purchasedMs(account, 'crosssell:other', playbook)).toBeUndefined();
    expect(purchasedMs(account, 'upgrade', playbook)).toBeUndefined();
  });

  it('is the same in any order and with any repetition, packed and read', () => {
    const step = fc.oneof(
      fc
        .tuple(fc.constantFrom('free', 'starter', 'pro', 'gold'), fc.integer({ min: 1, max: 30 }))
        .map(
          ([plan, timeMs]) =>
            (one: Purchases) =>
              withPlanSeen(one, plan, timeMs, playbook),
        ),
      fc.tuple(fc.constantFrom('upgrade', 'crosssell:a'), fc.integer({ min: 1, max: 30 })).map(
        ([family, timeMs]) =>
          (one: Purchases) =>
            withPurchase(one, family, timeMs),
      ),
      fc
        .integer({ min: 1, max: 30 })
        .map((timeMs) => (one: Purchases) => withDowngrade(one, timeMs)),
    );
    const shuffled = fc.array(step, { maxLength: 10 }).chain((steps) =>
      fc.record({
        steps: fc.constant(steps),
        order: fc.shuffledSubarray(steps, { minLength: steps.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ steps, order }) => {
        const straight = steps.reduce((one, move) => move(one), noPurchases);
        const mixed = [...order, ...order].reduce((one, move) => move(one), noPurchases);
        expect(packed(mixed)).toBe(packed(straight));
        expect(upgradedMs(mixed)).toBe(upgradedMs(straight));
        const again = unpackPurchases(new PackedReader(Buffer.from(packed(straight), 'hex')));
        expect(packed(again)).toBe(packed(straight));
      }),
      { numRuns: 1000 },
    );
  });
});
