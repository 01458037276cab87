import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAccount } from '../../../src/core/account/codec.ts';
import { noContext, withCircumstance, withTicket } from '../../../src/core/account/context.ts';
import { noPurchases, withDowngrade, withPurchase } from '../../../src/core/account/purchases.ts';
import { dayMs, hourMs } from '../../../src/core/duration.ts';
import { businessDomainOf } from '../../../src/core/expansion/domain.ts';
import { expansionOf } from '../../../src/core/expansion/expansion-state.ts';
import {
  type ExpansionFacts,
  factsOf,
  type PromptFact,
} from '../../../src/core/expansion/facts.ts';
import { changedNames, printsOf } from '../../../src/core/expansion/fingerprint.ts';
import { plainText } from '../../../src/core/expansion/plain-text.ts';
import { expansionNames } from '../../../src/core/expansion/values.ts';
import type { LifeState } from '../../../src/core/prompt/life.ts';
import type { Touch } from '../../../src/core/prompt/touch.ts';
import { crmPlaybook } from '../../jobs/crm-world.ts';
import { event, noon, run } from '../account/world.ts';
import { touchOf } from '../prompt/touch-of.ts';

const rules = { playbook: crmPlaybook, mode: 'live' } as const;

/** Facts of account acme after reports: so many of ten are used. */
function factsAfter(used: readonly number[], more: Partial<ExpansionFacts> = {}): ExpansionFacts {
  const inputs = used.map((count, at) =>
    event({ id: `r${at}`, timeMs: noon + at, properties: { reportcount: count, planlimit: 10 } }),
  );
  const { view } = run(inputs, rules);
  return {
    accountId: 'acme',
    account: view.account,
    prompts: [],
    bought: undefined,
    decisions: [],
    suppression: undefined,
    ...more,
  };
}

const prompt = (answer: PromptFact['answer'], agoMs = hourMs): PromptFact => ({
  offerId: 'pro',
  family: 'upgrade',
  channel: 'intercom',
  userId: 'lena',
  timeMs: noon - agoMs,
  answer,
  convertedMs: answer === 'converted' ? noon - agoMs / 2 : undefined,
});
const stageOf = (facts: ExpansionFacts, nowMs = noon + hourMs) =>
  expansionOf(facts, crmPlaybook, nowMs).stage;

describe('the stage of an account', () => {
  it.each([
    ['quiet', 'a few of ten are used', factsAfter([3])],
    ['warming', 'seven of ten are used', factsAfter([7])],
    ['ready', 'ten of ten are used', factsAfter([10])],
    ['ready', 'the prompt is still on its way', factsAfter([10], { prompts: [prompt('asked')] })],
    ['prompted', 'the prompt was sent', factsAfter([10], { prompts: [prompt('waiting')] })],
    ['prompted', 'it was seen', factsAfter([10], { prompts: [prompt('seen')] })],
    ['resting', 'it was dismissed', factsAfter([10], { prompts: [prompt('dismissed')] })],
    [
      'resting',
      'nobody answered for four days',
      factsAfter([10], { prompts: [prompt('seen', 4 * dayMs)] }),
    ],
    ['ready', 'the rest is over', factsAfter([10], { prompts: [prompt('dismissed', 8 * dayMs)] })],
    ['won', 'it converted', factsAfter([10], { prompts: [prompt('converted')] })],
    [
      'suppressed',
      'a ticket is open',
      factsAfter([10], { suppression: { why: 'ticket', untilMs: undefined } }),
    ],
    [
      'ready',
      'the suppression is over',
      factsAfter([10], { suppression: { why: 'ticket', untilMs: noon } }),
    ],
  ] as const)('is %s when %s', (stage, _when, facts) => {
    expect(stageOf(facts)).toBe(stage);
  });

  it('is quiet for an account of which nothing is known, and every text is given or left out', () => {
    const nothing = { ...factsAfter([]), account: decodeAccount(undefined) };
    const { stage, values, opportunity } = expansionOf(nothing, crmPlaybook, noon);
    expect({ stage, opportunity }).toEqual({ stage: 'quiet', opportunity: undefined });
    expect(Object.values(values)).not.toContain('');
  });

  it('forgets a limit that nobody reported for five weeks', () => {
    expect(stageOf(factsAfter([10]), noon + 36 * dayMs)).toBe('quiet');
  });

  it('does not depend on the order in which events came', () => {
    const counts = fc.uniqueArray(fc.integer({ min: 0, max: 14 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(counts, fc.integer(), (used, seed) => {
        const inputs = used.map((count, at) =>
          event({
            id: `r${at}`,
            timeMs: noon + at,
            properties: { reportcount: count, planlimit: 10 },
          }),
        );
        const shuffled = inputs.toSorted((one, other) => {
          const key = (id: string) => (Number(id.slice(1)) * 7919 + seed) % 101;
          return key(one.id) - key(other.id);
        });
        const of = (order: typeof inputs) =>
          expansionOf(
            { ...factsAfter([]), account: run(order, rules).view.account },
            crmPlaybook,
            noon + hourMs,
          ).values;
        expect(of(shuffled)).toEqual(of(inputs));
      }),
      { numRuns: 50 },
    );
  });
});

describe('the facts of an account', () => {
  const { account } = run(
    [event({ id: 'r', properties: { reportcount: 10, planlimit: 10 } })],
    rules,
  ).view;
  const touch = (state: LifeState, more: Partial<Touch> = {}): Touch => ({
    ...touchOf({ decisionId: '1', offerId: 'pro', timeMs: noon - hourMs }),
    family: 'upgrade',
    state,
    ...more,
  });
  const expansionAfter = (more: Partial<typeof account>, nowMs = noon) =>
    expansionOf(
      factsOf('acme', { ...account, ...more }, [], crmPlaybook, nowMs),
      crmPlaybook,
      nowMs,
    );

  it.each([
    ['queued', 'ready', 'on its way'],
    ['claimed', 'ready', 'on its way'],
    ['sent', 'prompted', 'sent, no answer yet'],
    ['unknown', 'prompted', 'sent, no answer yet'],
    ['seen', 'prompted', 'seen, no answer yet'],
    ['clicked', 'prompted', 'clicked'],
    ['dismissed', 'resting', 'dismissed'],
    ['ignored', 'resting', 'seen and not taken'],
    ['not_seen', 'resting', 'not seen'],
    ['followed_up', 'resting', 'not taken; an e-mail follows'],
    ['refused', 'ready', undefined],
    ['expired', 'ready', undefined],
  ] as const)('of a prompt that is %s make it %s', (state, stage, lastAnswer) => {
    const { stage: is, values } = expansionAfter({ touches: [touch(state)] });
    expect([is, values.lastAnswer]).toEqual([stage, lastAnswer]);
  });

  it('make it won from the moment of the purchase on, for 90 days, and until something else is asked', () => {
    const won = touch('converted', { at: { converted: noon } });
    expect(expansionAfter({ touches: [won] })).toMatchObject({
      stage: 'won',
      values: { lastAnswer: 'bought' },
      changesAtMs: noon + 90 * dayMs,
    });
    expect(expansionAfter({ touches: [won] }, noon + 90 * dayMs).stage).not.toBe('won');
    const next = touch('sent', { decisionId: '2', timeMs: noon + dayMs, family: 'crosssell:sso' });
    expect(expansionAfter({ touches: [won, next] }, noon + 2 * dayMs).stage).toBe('prompted');
  });

  it('make it won by a purchase without a prompt, and not by one that was taken back', () => {
    const bought = withPurchase(noPurchases, 'upgrade', noon - hourMs);
    const { stage, values } = expansionAfter({ purchases: bought });
    expect([stage, values.recommendedOffer]).toEqual(['won', undefined]);
    expect(values.nextAction).toContain('bought without being asked');
    expect(expansionAfter({ purchases: withDowngrade(bought, noon) }).stage).not.toBe('won');
  });

  it('keep it suppressed for a day after a ticket, and as long as a payment has failed', () => {
    const ticket = { id: 't', isPriority: false };
    const asked = withTicket(noContext, ticket, 'began', noon);
    expect(expansionAfter({ context: asked })).toMatchObject({
      stage: 'suppressed',
      changesAtMs: noon + dayMs,
      values: { nextAction: expect.stringContaining('a support ticket was opened') },
    });
    expect(expansionAfter({ context: asked }, noon + dayMs).stage).toBe('ready');
    const failed = withCircumstance(noContext, 'payment_failed', 'began', noon);
    const { stage, values } = expansionAfter({ context: failed }, noon + 10 * dayMs);
    expect([stage, values.nextAction]).toEqual(['suppressed', expect.stringContaining('payment')]);
  });

  it('name the offer that waits for its turn', () => {
    const { values } = expansionAfter({ waiting: new Map([['full', noon]]) });
    expect(values.nextAction).toMatch(/; pro waits for its turn$/u);
  });
});

describe('the opportunity', () => {
  it('is named by account, offer and quarter, and worth the step to the plan', () => {
    expect(expansionOf(factsAfter([10]), crmPlaybook, noon + hourMs).opportunity).toMatchObject({
      key: 'acme:pro:2027q1',
      gainCents: 10_000,
    });
  });

  it('is none for an account that is on the plan already', () => {
    const facts = factsAfter([10]);
    const traits = new Map([['plan', { value: 'pro', timeMs: noon }]]);
    const onPro = { ...facts, account: { ...facts.account, traits } };
    const { stage, opportunity } = expansionOf(onPro, crmPlaybook, noon + hourMs);
    expect({ stage, opportunity }).toEqual({ stage: 'warming', opportunity: undefined });
  });
});

describe('fingerprints', () => {
  const { values } = expansionOf(factsAfter([10]), crmPlaybook, noon + hourMs);

  it('find exactly the names whose values changed', () => {
    const prints = printsOf(values);
    expect(changedNames(values, prints).names).toEqual([]);
    expect(changedNames({ ...values, score: 85, plan: undefined }, prints)).toEqual({
      names: ['score', 'plan'],
      isNoise: false,
    });
    expect(changedNames({ ...values, limitUsed: 11 }, prints).isNoise).toBe(true);
  });

  it('have everything written when there are none, or they are of another list of names', () => {
    expect(changedNames(values, undefined).names).toEqual(expansionNames);
    expect(changedNames(values, `x${printsOf(values)}`).names).toEqual(expansionNames);
  });

  it('have what was left out written with the next change, and not alone', () => {
    const prints = printsOf(values, ['score']);
    expect(changedNames(values, prints).names).toEqual([]);
    expect(changedNames({ ...values, stage: 'won' }, prints).names).toEqual(['stage', 'score']);
  });
});

describe('the domain of an account', () => {
  it.each([
    ['acme.io', 'acme.io'],
    ['https://www.ACME.io/pricing?x=1', 'acme.io'],
    ['shop.acme.co.uk:8080', 'shop.acme.co.uk'],
    ['gmail.com', undefined],
    ['www.Gmail.com', undefined],
    ['example.com', undefined],
    ['localhost', undefined],
    ['10.0.0.1', undefined],
    ['not a domain', undefined],
    ['', undefined],
  ])('of %s is %s', (said, domain) => {
    expect(businessDomainOf(new Map([['website', { value: said, timeMs: 0 }]]))).toBe(domain);
  });
});

describe('plain text', () => {
  it('has no control characters and no halves of characters, and is never longer than it may be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const plain = plainText(text, 50);
        expect([...plain].length).toBeLessThanOrEqual(50);
        expect(plain.isWellFormed()).toBe(true);
        expect(plain).not.toMatch(/[^\P{Cc}\n]/u);
      }),
    );
  });
});
