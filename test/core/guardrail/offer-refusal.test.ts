import { describe, expect, it } from 'vitest';
import { decodeAccount } from '../../../src/core/account/codec.ts';
import { withPurchase } from '../../../src/core/account/purchases.ts';
import type { AccountState } from '../../../src/core/account/state.ts';
import { dayMs, hourMs } from '../../../src/core/duration.ts';
import { offerRefusal } from '../../../src/core/guardrail/offer-refusal.ts';
import type { Offer } from '../../../src/core/playbook.ts';
import type { Touch } from '../../../src/core/prompt/touch.ts';
import { offerOf } from '../offer.ts';
import { barePlaybook } from '../playbook.ts';
import { touchOf } from '../prompt/touch-of.ts';

/** 2027-01-15 08:00 UTC. */
const now = 1_800_000_000_000;
const pro = offerOf({ id: 'pro', softer: 'look' });
const look = offerOf({ id: 'look' });
const team = offerOf({ id: 'team' });
const addon = offerOf({
  id: 'addon',
  family: 'crosssell:addon',
  sells: { kind: 'addon', monthlyPriceCents: 100 },
});
const lesson = offerOf({ id: 'lesson', family: 'education:reports', sells: { kind: 'education' } });
const playbook = {
  ...barePlaybook,
  offers: new Map([pro, look, team, addon, lesson].map((offer) => [offer.id, offer])),
};

function dismissed(agoMs: number, differs: Partial<Touch> = {}): Touch {
  const timeMs = now - agoMs;
  return touchOf({
    decisionId: `d${agoMs}`,
    timeMs: timeMs - hourMs,
    state: 'dismissed',
    at: { dismissed: timeMs },
    dismissedUntil: 'cooldown',
    ...differs,
  });
}

function refusalOf(
  offer: Offer,
  touches: readonly Touch[],
  more: { readonly account?: Partial<AccountState>; readonly reopens?: boolean } = {},
) {
  const account = { ...decodeAccount(undefined), touches, ...more.account };
  return offerRefusal(offer, account, 'lena', more.reopens ?? false, playbook, now);
}

describe('after a dismissal', () => {
  it.each([
    ['the offer for 30 days', pro, 30 * dayMs - 1, {}, { of: 'offer', untilMs: now + 1 }],
    ['the offer no longer', pro, 30 * dayMs, {}, undefined],
    ['its family for 14 days', team, 14 * dayMs - 1, {}, { of: 'family', untilMs: now + 1 }],
    ['its family no longer', team, 14 * dayMs, {}, undefined],
    ['another family not at all', addon, hourMs, {}, undefined],
    ['the softer offer not at all', look, hourMs, {}, undefined],
    ['what somebody else dismissed not at all', pro, hourMs, { userId: 'otto' }, undefined],
    [
      'the offer for ever after "never"',
      pro,
      100 * dayMs,
      { dismissedUntil: 'never' },
      { of: 'offer', untilMs: undefined },
    ],
    [
      'the offer until the next month after "next period", where that is later',
      pro,
      29 * dayMs,
      { dismissedUntil: 'next_period' },
      { of: 'offer', untilMs: now + dayMs },
    ],
    [
      'the softer offer too until the next month after "next period"',
      look,
      dayMs,
      { dismissedUntil: 'next_period' },
      { of: 'family', untilMs: Date.UTC(2027, 1, 1) },
    ],
  ] as const)('rests %s', (_, offer, agoMs, differs, expected) => {
    expect(refusalOf(offer, [dismissed(agoMs, differs)])).toEqual(
      expected === undefined ? undefined : { reason: 'dismissed', ...expected },
    );
  });

  it('the longest rest of several counts, in any order', () => {
    const touches = [dismissed(20 * dayMs), dismissed(2 * dayMs, { offerId: 'team' })];
    for (const some of [touches, touches.toReversed()]) {
      // A hard limit, because two dismissals have closed the gate as well.
      expect(refusalOf(look, some, { reopens: true })).toMatchObject({
        of: 'family',
        untilMs: now + 12 * dayMs,
      });
    }
  });
});

describe('after a purchase', () => {
  const bought = (family: string, agoMs: number) => ({
    account: {
      purchases: withPurchase(decodeAccount(undefined).purchases, family, now - agoMs),
    },
  });

  it.each([
    ['an upgrade', pro, 'upgrade', 60 * dayMs],
    ['the same add-on', addon, 'crosssell:addon', 30 * dayMs],
  ] as const)('%s is not offered for its time, to the millisecond', (_, offer, family, restMs) => {
    expect(refusalOf(offer, [], bought(family, restMs - 1))).toEqual({
      reason: 'bought_lately',
      family,
      untilMs: now + 1,
    });
    expect(refusalOf(offer, [], bought(family, restMs))).toBeUndefined();
  });

  it('other families and lessons are', () => {
    expect(refusalOf(addon, [], bought('upgrade', 1))).toBeUndefined();
    expect(refusalOf(addon, [], bought('crosssell:other', 1))).toBeUndefined();
    expect(refusalOf(lesson, [], bought('upgrade', 1))).toBeUndefined();
  });
});

describe('the dismissal gate', () => {
  // Another family, so that the dismissals themselves do not refuse.
  const prices = (...days: readonly number[]) =>
    days.map((ago) => dismissed(ago * dayMs, { offerId: 'addon', family: 'crosssell:addon' }));
  it('comes before the rest of the offer itself: a lesson is due then, and no price, softer or not', () => {
    const touches = [dismissed(2 * dayMs), dismissed(40 * dayMs)];
    for (const offer of [pro, look, team]) {
      expect(refusalOf(offer, touches)).toEqual({
        reason: 'dismissal_gate',
        per: 'user',
        count: 2,
      });
    }
  });

  it.each(['never', 'next_period'] as const)(
    'comes after the wish of the person: "%s" is heard, and no lesson takes the place of the offer',
    (dismissedUntil) => {
      const touches = [dismissed(2 * dayMs, { dismissedUntil }), dismissed(40 * dayMs)];
      expect(refusalOf(pro, touches)).toMatchObject({ reason: 'dismissed', of: 'offer' });
    },
  );

  const engaged = (daysAgo: number): Touch =>
    touchOf({
      decisionId: 'lesson',
      offerId: 'lesson',
      family: 'education:reports',
      timeMs: now - daysAgo * dayMs - hourMs,
      state: 'clicked',
      at: { clicked: now - daysAgo * dayMs },
    });

  it.each([
    ['one price dismissed', prices(5), undefined],
    ['two prices dismissed', prices(5, 9), 2],
    ['two, one of them 60 days ago', prices(5, 60), undefined],
    ['two, both just within 60 days', prices(5, 59), 2],
    ['two and engaged since, 7 days ago', [...prices(20, 30), engaged(7)], undefined],
    ['two and engaged since, 6 days ago', [...prices(20, 30), engaged(6)], 2],
    ['two, and engaged before the second', [...prices(5, 30), engaged(20)], 2],
    [
      'two lessons dismissed',
      [5, 9].map((ago) =>
        dismissed(ago * dayMs, { offerId: 'lesson', family: 'education:reports' }),
      ),
      undefined,
    ],
  ])('after %s', (_, touches, count) => {
    expect(refusalOf(pro, touches)).toEqual(
      count === undefined ? undefined : { reason: 'dismissal_gate', per: 'user', count },
    );
  });

  it('closes for the whole account after five, also for who dismissed none', () => {
    const others = prices(5, 6, 7, 8, 9).map((touch, at) => ({ ...touch, userId: `u${at}` }));
    expect(refusalOf(pro, others)).toEqual({
      reason: 'dismissal_gate',
      per: 'account',
      count: 5,
    });
    expect(refusalOf(pro, others.slice(1))).toBeUndefined();
  });

  it('is passed by lessons and by a hard limit', () => {
    expect(refusalOf(lesson, prices(5, 9))).toBeUndefined();
    expect(refusalOf(pro, prices(5, 9), { reopens: true })).toBeUndefined();
  });
});

it('teaches a person the same at most every 60 days', () => {
  const taught = (agoMs: number, differs: Partial<Touch> = {}) =>
    touchOf({ family: 'education:reports', timeMs: now - agoMs, state: 'sent', ...differs });
  expect(refusalOf(lesson, [taught(60 * dayMs - 1)])).toEqual({
    reason: 'taught_lately',
    untilMs: now + 1,
  });
  expect(refusalOf(lesson, [taught(60 * dayMs)])).toBeUndefined();
  expect(refusalOf(lesson, [taught(1, { userId: 'otto' })])).toBeUndefined();
  expect(refusalOf(lesson, [taught(1, { family: 'education:exports' })])).toBeUndefined();
});
