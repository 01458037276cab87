import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advanceAccount } from '../../../src/core/account/advance.ts';
import { allOn } from '../../../src/core/controls.ts';
import { dayMs } from '../../../src/core/duration.ts';
import { offerOfKey, opportunityKey } from '../../../src/core/expansion/opportunity-key.ts';
import type { Input } from '../../../src/core/input.ts';
import type { Playbook } from '../../../src/core/playbook.ts';
import { event, noon, playbookOf, run } from './world.ts';

const source = `
version: 1
events: { Report Created: [report_count, plan_limit], Export Created: [] }
plan: { from: account, trait: plan, default: starter }
plans: { starter: { monthlyPrice: 49 }, pro: { monthlyPrice: 149 } }
signals:
  work: { events: [Report Created, Export Created] }
  reports: { events: Report Created, value: report_count, limit: { property: plan_limit } }
  exports: { events: Export Created }
valueMoment: { signal: work, atLeast: 1 }
triggers:
  full: { gauge: reports, atLeast: 100%, kind: limit, offers: [bigger_plan] }
  exporting: { count: exports, atLeast: 1, within: 7d, kind: adjacent, offers: [more_exports] }
offers:
  bigger_plan:
    plan: pro
    copy: { headline: More, body: Go on, cta_label: Go, cta_url: https://app.example/go }
  more_exports:
    addon: { monthlyPrice: 20 }
    copy: { headline: More, body: Go on, cta_label: Go, cta_url: https://app.example/go }
`;
const playbook = playbookOf(source);
const withUpgrades = playbookOf(`${source}\ncrm: { otherDeals: upgrade }\n`);

const used = (id: string, days: number, reports: number): Input =>
  event({
    id,
    timeMs: noon + days * dayMs,
    properties: { reportcount: reports, planlimit: 10 },
  });
const fired: readonly Input[] = [
  used('full', 0, 10),
  // An add-on waits while a limit is nearly used up.
  used('roomy', 9, 1),
  event({
    id: 'exporting',
    name: 'Export Created',
    timeMs: noon + 10 * dayMs,
  }),
];
/** Both prompts, decided and sent. */
const promptsOf = (of: Playbook): readonly Input[] => [
  ...fired,
  ...run(fired, { playbook: of, mode: 'live' }).view.account.touches.map(
    ({ decisionId, userId, timeMs }): Input => ({
      kind: 'prompt_settled',
      id: `settled.${decisionId}`,
      dedupeDay: undefined,
      receivedMs: timeMs + 1000,
      to: 'account',
      accountId: 'acme',
      userId,
      decisionId,
      outcome: 'sent',
    }),
  ),
];

const prompts = promptsOf(playbook);

function won(dealId: string, offerId: string | undefined, days: number): Input {
  const timeMs = noon + days * dayMs;
  return {
    kind: 'feedback',
    id: `hubspot.deal.${dealId}.won.account`,
    dedupeDay: undefined,
    receivedMs: timeMs,
    to: 'account',
    accountId: 'acme',
    userId: undefined,
    decisionId: undefined,
    channel: undefined,
    timeMs,
    body: { kind: 'deal_won', dealId, monthlyCents: undefined, offerId },
  };
}

/** Which offers' prompts are bought, and when which family was. */
function credited(deals: readonly Input[], of: Playbook = playbook) {
  const { account } = run([...promptsOf(of), ...deals], { playbook: of, mode: 'live' }).view;
  return {
    converted: account.touches.flatMap(({ offerId, at }) =>
      at.converted === undefined ? [] : [[offerId, (at.converted - noon) / dayMs]],
    ),
    families: [...account.purchases.bought.keys()].toSorted(),
  };
}

describe('a won deal', () => {
  it('is credited to the family of the offer that it was made for, and to no other', () => {
    expect(credited([]).converted).toEqual([]);
    expect(credited([won('1', 'more_exports', 12)])).toEqual({
      converted: [['more_exports', 12]],
      families: ['crosssell:more_exports'],
    });
    expect(credited([won('1', 'bigger_plan', 12)])).toEqual({
      converted: [['bigger_plan', 12]],
      families: ['upgrade'],
    });
  });

  it('that somebody else made means nothing, unless the playbook says that it is an upgrade', () => {
    expect(credited([won('1', undefined, 12)])).toEqual({ converted: [], families: [] });
    expect(credited([won('1', undefined, 12)], withUpgrades)).toEqual({
      converted: [['bigger_plan', 12]],
      families: ['upgrade'],
    });
  });

  it('is still known when the playbook has dropped the offer since, by the prompt that made it', () => {
    const offers = new Map(playbook.offers);
    offers.delete('more_exports');
    const changed = { ...playbook, offers };
    const { account, members } = run(prompts, { playbook, mode: 'live' }).view;
    const deal = won('1', 'more_exports', 12);
    const rules = { playbook: changed, mode: 'live', controls: allOn } as const;
    const moved = advanceAccount('acme', { account, members }, deal, rules, deal.receivedMs);
    expect([...moved.state.account.purchases.bought.keys()]).toEqual(['crosssell:more_exports']);
    expect(credited([won('1', 'never_heard_of', 12)]).families).toEqual([]);
  });

  it('is credited exactly once, whatever the order and however often it is told', () => {
    const deals = [
      won('1', 'more_exports', 12),
      won('2', undefined, 13),
      won('3', 'bigger_plan', 14),
    ];
    const straight = run([...prompts, ...deals], { playbook, mode: 'live' }).bytes;
    const copies = [...deals, ...deals, ...deals];
    fc.assert(
      fc.property(fc.shuffledSubarray(copies, { minLength: copies.length }), (told) => {
        expect(run([...prompts, ...told], { playbook, mode: 'live' }).bytes).toEqual(straight);
        expect(credited(told)).toEqual(credited(deals));
      }),
      { numRuns: 100 },
    );
    expect(credited(deals).converted).toHaveLength(2);
  });
});

describe('the key of an opportunity', () => {
  it('gives the offer back, whatever the id of the account looks like', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.stringMatching(/^[a-z][a-z0-9_-]{0,63}$/u),
        (accountId, offerId) => {
          expect(offerOfKey(opportunityKey(accountId, offerId, noon))).toBe(offerId);
        },
      ),
    );
  });

  it.each(['', 'acme', 'acme:pro', 'acme:pro:2027', 'acme:Pro:2027q1', 'a:pro:2027q5'])(
    'is not %j',
    (text) => {
      expect(offerOfKey(text)).toBeUndefined();
    },
  );
});
