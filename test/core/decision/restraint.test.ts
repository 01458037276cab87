import { describe, expect, it } from 'vitest';
import { allOn, type Controls } from '../../../src/core/controls.ts';
import { refusalInWords } from '../../../src/core/decision/explanation.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/core/duration.ts';
import { event, noon, playbookOf } from '../account/world.ts';
import { did, playbook, reaction, sent, Story, yaml } from './scenario.ts';

const full = (timeMs: number, userId = 'lena') =>
  did('Report Created', timeMs, { reportcount: 10 }, userId);
const emptied = (timeMs: number) => did('Report Created', timeMs, { reportcount: 1 });
const invited = (timeMs: number, userId = 'lena') =>
  [0, 1, 2].map((at) => did('Invite Sent', timeMs + at, {}, userId));

/** The first reason against everything, at the last decision. */
function reasonOf(story: Story): string | undefined {
  return story.decisions.at(-1)?.refused[0]?.refusal.reason;
}

/** Prompts for the limit, which the person dismisses, one every 40 days and each time by the e-mail-less "not now". */
function dismissing(story: Story, fromMs: number, times: number, everyMs: number): Story {
  for (let at = 0; at < times; at += 1) {
    const startMs = fromMs + at * everyMs;
    story.tell(emptied(startMs - hourMs), full(startMs));
    const decision = story.decisions.at(-1);
    expect(decision?.chosen, `prompt ${at + 1}`).toBeDefined();
    story.tell(
      sent(decision, startMs + 1000),
      reaction(decision, { kind: 'dismissed', until: 'next_period' }, startMs + hourMs),
    );
  }
  return story;
}

describe('silence', () => {
  it.each([
    [
      'a support ticket of 3 hours ago',
      [did('Ticket', noon - 3 * hourMs, { id: 't' })],
      'support_ticket',
    ],
    [
      'a ticket of a colleague',
      [did('Ticket', noon - 3 * hourMs, { id: 't' }, 'otto')],
      'support_ticket',
    ],
    [
      'an open ticket with priority of a week ago',
      [did('Ticket', noon - 7 * dayMs, { id: 't', priority: 'Urgent' })],
      'support_ticket',
    ],
    ['a failed payment', [did('Payment Failed', noon - 9 * dayMs)], 'circumstance'],
    ['a cancellation under way', [did('Cancelling', noon - 9 * dayMs)], 'circumstance'],
    ['an incident', [did('Incident', noon - hourMs)], 'circumstance'],
    [
      'a person who keeps meeting errors',
      [3, 2, 1].map((ago) => did('Error', noon - ago * minuteMs)),
      'meeting_errors',
    ],
    ['a sign-up of today', [did('Signed Up', noon - 5 * hourMs)], 'just_signed_up'],
    ['a new account', [did('Account Created', noon - 5 * hourMs)], 'just_signed_up'],
  ])('is kept after %s', (_, before, reason) => {
    const story = new Story();
    story.tell(...before, full(noon));
    expect(story.prompts).toEqual([]);
    expect(reasonOf(story)).toBe(reason);
    const refusal = story.decisions.at(-1)?.refused[0]?.refusal;
    expect(refusal === undefined ? '' : refusalInWords(refusal)).not.toBe('');
  });

  it.each([
    ['a ticket is a day old', [did('Ticket', noon - 24 * hourMs, { id: 't' })]],
    [
      'the ticket with priority was closed',
      [
        did('Ticket', noon - 7 * dayMs, { id: 't', priority: 'high' }),
        did('Ticket Closed', noon - dayMs, { id: 't' }),
      ],
    ],
    [
      'the payment went through',
      [did('Payment Failed', noon - 9 * dayMs), did('Payment Recovered', noon - 8 * dayMs)],
    ],
    ['two errors are all', [2, 1].map((ago) => did('Error', noon - ago * minuteMs))],
    [
      'errors are of a colleague',
      [3, 2, 1].map((ago) => did('Error', noon - ago * minuteMs, {}, 'otto')),
    ],
    [
      'errors are 10 minutes ago',
      [3, 2, 1].map((ago) => did('Error', noon - (9 + ago) * minuteMs)),
    ],
  ])('ends when %s', (_, before) => {
    const story = new Story();
    story.tell(...before, full(noon));
    expect(story.prompts).toHaveLength(1);
  });

  it('takes a prompt back that waits to be sent when a ticket is opened', () => {
    const story = new Story();
    const { effects } = story.tell(full(noon), did('Ticket', noon + 500, { id: 't' }));
    expect(effects).toContainEqual({
      kind: 'withdraw',
      decisionId: story.decisions[0]?.decisionId,
      because: { reason: 'support_ticket', openedMs: noon + 500, untilMs: noon + 500 + dayMs },
    });
  });

  it('tells the person of an opt-out, for all accounts and channels', () => {
    const story = new Story();
    const { effects } = story.tell(did('No Offers', noon));
    expect(effects).toContainEqual({
      kind: 'input',
      input: expect.objectContaining({
        kind: 'feedback',
        to: 'person',
        userId: 'lena',
        body: { kind: 'unsubscribed', of: 'all' },
      }),
    });
  });

  it.each([
    ['their id', 'guardrails:\n  testUsers: { ids: [lena] }'],
    ['their e-mail domain', 'guardrails:\n  testUsers: { emailDomains: [example.com] }'],
    ['a trait', 'guardrails:\n  testUsers: { trait: is_test }'],
  ])('is kept towards people of one’s own, known by %s', (_, guardrails) => {
    const ours = playbookOf(yaml.replace('guardrails:', guardrails));
    const story = new Story({ playbook: ours, mode: 'live' });
    const marked = event({
      id: 'm',
      call: 'identify',
      timeMs: noon - hourMs,
      traits: { istest: true },
    });
    story.tell(marked, full(noon));
    expect(reasonOf(story)).toBe('test_user');
  });

  it.each<[string, Controls, string]>([
    ['the hub is paused', { ...allOn, paused: 'a launch' }, 'paused'],
    [
      'the offer is stopped',
      { ...allOn, stopped: new Map([['more', 'wrong price']]) },
      'offer_stopped',
    ],
  ])('is kept while %s', (_, controls, reason) => {
    const story = new Story({ playbook, mode: 'live', controls });
    story.tell(full(noon));
    expect(reasonOf(story)).toBe(reason);
  });

  it('is kept about an offer whose budget is spent', () => {
    const budgeted = playbookOf(
      yaml.replace('softer: look', 'softer: look\n    budget: { max: 5, within: 30d }'),
    );
    const controls = { ...allOn, spent: new Set(['more']) };
    const story = new Story({ playbook: budgeted, mode: 'live', controls });
    story.tell(full(noon));
    expect(reasonOf(story)).toBe('budget_spent');
  });
});

describe('after dismissals', () => {
  it('the same offer rests for 30 days, and what is softer takes its place', () => {
    const story = dismissing(new Story(), noon, 1, 0);
    story.tell(emptied(noon + 40 * dayMs), full(noon + 41 * dayMs));
    expect(story.decisions.at(-1)).toMatchObject({ chosen: 'more' });
    const soon = new Story();
    soon.tell(full(noon));
    const [first] = soon.decisions;
    soon.tell(
      sent(first, noon + 1000),
      reaction(first, { kind: 'dismissed', until: 'cooldown' }, noon + hourMs),
      // The e-mail of the next day takes a slot of the week, so the next prompt comes after it.
      emptied(noon + 9 * dayMs),
      full(noon + 10 * dayMs),
    );
    expect(soon.decisions.at(-1)).toMatchObject({ chosen: 'look' });
    expect(soon.decisions.at(-1)?.refused[0]).toMatchObject({
      offerId: 'more',
      refusal: { reason: 'dismissed', of: 'offer' },
    });
  });

  it('"never" is for ever', () => {
    const story = new Story();
    story.tell(full(noon));
    const [first] = story.decisions;
    story.tell(
      sent(first, noon + 1000),
      reaction(first, { kind: 'dismissed', until: 'never' }, noon + hourMs),
    );
    story.tell(emptied(noon + 100 * dayMs), full(noon + 101 * dayMs));
    expect(story.decisions.at(-1)?.refused[0]?.refusal).toEqual({
      reason: 'dismissed',
      of: 'offer',
      untilMs: undefined,
    });
  });

  it('"not until next period" is not before the next month', () => {
    const only = playbookOf(
      yaml.replace('guardrails:', 'guardrails:\n  afterDismissal: { offer: 1d, family: 1d }'),
    );
    const at = (day: number) => {
      const story = new Story({ playbook: only, mode: 'live' });
      story.tell(full(noon));
      const [first] = story.decisions;
      story.tell(
        sent(first, noon + 1000),
        reaction(first, { kind: 'dismissed', until: 'next_period' }, noon + hourMs),
        emptied(noon + (day - 1) * dayMs),
        full(noon + day * dayMs),
      );
      return story.decisions.at(-1);
    };
    // Noon is of the 15th of January.
    expect(at(16)?.refused[0]?.refusal).toMatchObject({
      reason: 'dismissed',
      untilMs: Date.UTC(2027, 1, 1),
    });
    expect(at(17)?.chosen).toBe('more');
  });

  it('two dismissed prices of a person close the gate: education comes first, once', () => {
    const story = dismissing(new Story(), noon, 2, 32 * dayMs);
    const laterMs = noon + 56 * dayMs;
    story.tell(...invited(laterMs));
    expect(story.decisions.at(-1)).toMatchObject({ chosen: 'lesson' });
    expect(story.prompts.at(-1)).toMatchObject({
      family: 'education:reports',
      surface: 'education-tip-ready',
    });
    expect(story.decisions.at(-1)?.refused[0]?.refusal).toMatchObject({
      reason: 'dismissal_gate',
      per: 'user',
      count: 2,
    });
    // 0.03 of the sale it prepares; what it does for the gate is in the price of asking.
    const [sums] = story.decisions.at(-1)?.candidates ?? [];
    const { uplift = 0, saleValue = 0, askingCost = 0 } = sums ?? {};
    expect(sums).toMatchObject({ offerId: 'lesson', churnAvoided: 0 });
    expect(saleValue).toBeGreaterThan(0);
    expect(sums?.expectedValue).toBeCloseTo(uplift * saleValue - askingCost, 12);
  });

  it('who engaged with the lesson may be asked again after 7 days', () => {
    const story = dismissing(new Story(), noon, 2, 32 * dayMs);
    story.tell(...invited(noon + 47 * dayMs));
    const lesson = story.decisions.at(-1);
    expect(lesson?.chosen).toBe('lesson');
    story.tell(
      sent(lesson, noon + 47 * dayMs + 1000),
      reaction(lesson, { kind: 'clicked' }, noon + 48 * dayMs),
      ...invited(noon + 54.5 * dayMs),
    );
    expect(reasonOf(story)).toBe('dismissal_gate');
    story.tell(...invited(noon + 55 * dayMs));
    story.tell(...invited(noon + 63 * dayMs));
    expect(story.decisions.at(-1)?.chosen).toBe('team');
  });

  it('a hard limit may name a price again', () => {
    const story = dismissing(new Story(), noon, 2, 32 * dayMs);
    const laterMs = noon + 56 * dayMs;
    story.tell(
      ...Array.from({ length: 30 }, (_, at) =>
        did('Report Created', laterMs + at, { reportcount: 1 }),
      ),
    );
    expect(story.decisions.at(-1)?.chosen).toBe('more_now');
  });

  it('five dismissals in an account lead to education, also for somebody who never dismissed any', () => {
    const caps =
      'guardrails:\n  caps: [{ per: account, max: 30, within: 30d }]\n  cooldown: { user: 1d, account: 1d }\n  promptOpenFor: 1h';
    const loose = playbookOf(yaml.replace('guardrails:', caps));
    const story = new Story({ playbook: loose, mode: 'live' });
    for (let at = 0; at < 5; at += 1) {
      // Invitations count within 7 days: each user begins from nothing.
      const startMs = noon + at * 9 * dayMs;
      story.tell(...invited(startMs, `user${at}`));
      const decision = story.decisions.at(-1);
      expect(decision, `prompt ${at + 1}`).toMatchObject({ chosen: 'team', userId: `user${at}` });
      story.tell(
        sent(decision, startMs + 1000),
        reaction(decision, { kind: 'dismissed', until: 'cooldown' }, startMs + hourMs),
      );
      story.until(startMs + dayMs);
    }
    story.tell(...invited(noon + 45 * dayMs, 'user9'));
    expect(story.decisions.at(-1)).toMatchObject({ chosen: 'lesson', userId: 'user9' });
    expect(story.decisions.at(-1)?.refused[0]?.refusal).toMatchObject({ per: 'account', count: 5 });
  });
});

describe('a cross-sell', () => {
  const tries = (timeMs: number) =>
    [0, 1].map((at) => did('Integration Tried', timeMs + at, { integration: 'Salesforce' }));

  it('waits while a limit is nearly used up', () => {
    const story = new Story();
    story.tell(did('Report Created', noon - hourMs, { reportcount: 8 }), ...tries(noon));
    expect(story.decisions.at(-1)?.refused[0]?.refusal).toEqual({
      reason: 'sequencing',
      why: 'limit_pressure',
    });
  });

  it('waits after an upgrade, and is raised again by its next event when usage is steady', () => {
    const story = new Story();
    const week = 7 * dayMs;
    for (let at = 0; at < 30; at += 1) {
      story.tell(did('Report Created', noon + at * dayMs - hourMs, { reportcount: 3 }));
    }
    story.tell(did('Upgraded', noon + 21 * dayMs), ...tries(noon + 23 * dayMs));
    expect(story.decisions.at(-1)?.refused[0]?.refusal).toEqual({
      reason: 'sequencing',
      why: 'upgraded_lately',
    });
    story.until(noon + 29 * dayMs);
    expect(story.prompts, 'never by the clock').toEqual([]);
    story.tell(
      did('Integration Tried', noon + 21 * dayMs + week + hourMs, { integration: 'Salesforce' }),
    );
    expect(story.prompts.map(({ offerId }) => offerId)).toEqual([]);
    story.tell(...tries(noon + 21 * dayMs + week + 2 * hourMs));
    expect(story.prompts.map(({ offerId }) => offerId)).toEqual(['connect']);
  });

  it('of several measurements waits as well, and is raised again while they hold', () => {
    const when = '{ all: [{ count: tried, within: 30d, atLeast: 2 }] }';
    const together = playbookOf(
      yaml
        .replace('count: tried, by: integration, within: 48h, atLeast: 2', `when: ${when}`)
        .replaceAll('{{ group }}', 'it'),
    );
    const story = new Story({ playbook: together, mode: 'live' });
    for (let at = 0; at < 30; at += 1) {
      story.tell(did('Report Created', noon + at * dayMs - hourMs, { reportcount: 3 }));
    }
    story.tell(did('Upgraded', noon + 21 * dayMs), ...tries(noon + 23 * dayMs));
    expect(story.decisions.at(-1)?.refused[0]?.refusal).toEqual({
      reason: 'sequencing',
      why: 'upgraded_lately',
    });
    story.until(noon + 29 * dayMs);
    expect(story.prompts, 'never by the clock').toEqual([]);
    story.tell(did('Integration Tried', noon + 29 * dayMs, { integration: 'Salesforce' }));
    expect(story.prompts.map(({ offerId }) => offerId)).toEqual(['connect']);
  });

  it('waits on while usage is unsteady after the upgrade', () => {
    const story = new Story();
    for (let at = 0; at < 40; at += 1) {
      story.tell(did('Report Created', noon + 20 * dayMs + at * minuteMs, { reportcount: 3 }));
    }
    story.tell(
      did('Report Created', noon, { reportcount: 3 }),
      did('Upgraded', noon + 21 * dayMs),
      ...tries(noon + 35 * dayMs),
    );
    expect(story.decisions.at(-1)?.refused[0]?.refusal).toEqual({
      reason: 'sequencing',
      why: 'usage_unsteady',
    });
  });

  it('waits for an upgrade that is worth asking for at the same moment', () => {
    const both = playbookOf(
      yaml
        .replace('offers: [connect] }', 'offers: [connect, team_now] }')
        .replace(
          '  look:\n',
          '  team_now:\n    plan: pro\n    copy: { headline: All of Pro, body: With connectors, cta_label: Upgrade, cta_url: https://app.example.com/billing }\n  look:\n',
        ),
    );
    const story = new Story({ playbook: both, mode: 'live' });
    story.tell(...tries(noon));
    expect(story.decisions.at(-1)).toMatchObject({
      chosen: 'team_now',
      refused: [{ offerId: 'connect', refusal: { reason: 'sequencing', why: 'upgrade_first' } }],
    });
  });
});
