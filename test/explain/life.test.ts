import { describe, expect, it } from 'vitest';
import { noContext, withCircumstance, withTicket } from '../../src/core/account/context.ts';
import { dayMs, hourMs, minuteMs } from '../../src/core/duration.ts';
import { accountInWords } from '../../src/explain/account.ts';
import { contextInWords } from '../../src/explain/context.ts';
import { decisionInWords } from '../../src/explain/decision.ts';
import { touchesInWords } from '../../src/explain/life.ts';
import { event, noon } from '../core/account/world.ts';
import { did, playbook, reaction, sent, Story } from '../core/decision/scenario.ts';
import { touchOf } from '../core/prompt/touch-of.ts';

const tries = (timeMs: number) =>
  [0, 1].map((at) => did('Integration Tried', timeMs + at, { integration: 'Salesforce' }));

/** Salesforce was tried twice, the prompt was seen, dismissed, and followed by an e-mail in the morning of Tokyo. */
function story(): Story {
  const one = new Story();
  one.tell(
    event({
      id: 'tz',
      call: 'identify',
      timeMs: noon - hourMs,
      traits: { timezone: 'Asia/Tokyo' },
    }),
    ...tries(noon),
  );
  const [first] = one.decisions;
  one.tell(
    sent(first, noon + minuteMs),
    reaction(first, { kind: 'seen' }, noon + 5 * minuteMs),
    reaction(first, { kind: 'dismissed', until: 'cooldown' }, noon + hourMs),
  );
  one.until(noon + 2 * dayMs);
  return one;
}

describe("a prompt's life in words", () => {
  it('tells every state with its time, how it was seen, what the person said and what followed', () => {
    const one = story();
    const [first, second] = one.decisions;
    const { touches } = one.until(noon + 2 * dayMs).view.account;
    expect(touchesInWords(touches)).toEqual([
      `  prompt  connect to lena at 2027-01-15 12:00 UTC, followed_up (${first?.decisionId})`,
      '  life    in the product: queued 2027-01-15 12:00 UTC, sent 2027-01-15 12:01 UTC, seen 2027-01-15 12:05 UTC, dismissed 2027-01-15 13:00 UTC, followed_up 2027-01-16 09:00 UTC',
      '  seen    told by the channel',
      '  answer  not now',
      `  prompt  connect to lena at 2027-01-16 09:00 UTC, queued (${second?.decisionId})`,
      '  life    by e-mail: queued 2027-01-16 09:00 UTC',
      `  follows the prompt ${first?.decisionId}`,
    ]);
  });

  it.each([
    [{ seenBy: 'activity' }, '  seen    presumed, because the person went on using the product'],
    [{ dismissedUntil: 'next_period' }, '  answer  not before the next period'],
    [{ dismissedUntil: 'never' }, '  answer  never again'],
    [{ hasComplaint: true }, '  blamed  for a ticket within a day of it, or a spam report'],
  ] as const)('says what %j means', (differs, line) => {
    expect(touchesInWords([touchOf(differs)])).toContain(line);
  });

  it('names nobody who was erased', () => {
    expect(touchesInWords([touchOf({ userId: '' })])[0]).toContain('to (erased) at');
  });
});

describe('a decision in words', () => {
  const entry = { state: 'queued', attempts: 0, vendorId: undefined, reason: undefined } as const;

  it('says what an e-mail follows, and before when it does not leave', () => {
    const [first, second] = story().decisions;
    if (second === undefined) {
      throw new Error('no e-mail was decided');
    }
    const lines = decisionInWords({ ...entry, record: second, changedMs: noon });
    expect(lines).toEqual(
      expect.arrayContaining(['  channel by e-mail', `  follows the prompt ${first?.decisionId}`]),
    );
    // 09:00 UTC is 18:00 in Tokyo, which is no quiet hour.
    expect(lines.some((line) => line.startsWith('  waits'))).toBe(false);
    const waiting = decisionInWords({
      ...entry,
      record: { ...second, notBeforeMs: noon + dayMs },
      changedMs: noon,
    });
    expect(waiting).toContain(
      '  waits   not sent before 2027-01-16 12:00 UTC, the end of the quiet hours',
    );
  });

  it('carries the end of the quiet hours from the moment that it is made', () => {
    const one = new Story();
    const night = noon + 11 * hourMs;
    one.tell(...[2, 1, 0].map((ago) => did('Exported', night - ago * minuteMs)));
    expect(one.decisions.at(-1)).toMatchObject({
      chosen: 'schedule',
      notBeforeMs: noon + 20 * hourMs,
    });
  });

  it('says that it was to be taken back while the vendor was asked', () => {
    const [first] = story().decisions;
    if (first === undefined) {
      throw new Error('nothing was decided');
    }
    const lines = decisionInWords({
      ...entry,
      record: first,
      changedMs: noon,
      state: 'sent',
      attempts: 1,
      withdrawn: 'a ticket was opened',
    });
    expect(lines.at(-1)).toMatch(
      /^ {2}delivery: sent at .*; to be taken back meanwhile, because a ticket/u,
    );
  });
});

describe('an account in words', () => {
  it('tells its circumstances, tickets, purchases and waiting cross-sells', () => {
    const one = new Story();
    one.tell(
      did('Payment Failed', noon - 3 * hourMs),
      did('Payment Recovered', noon - 2 * hourMs),
      did('Incident', noon - hourMs),
      did('Ticket', noon - 50 * hourMs, { id: 't1', priority: 'high' }),
      did('Ticket Closed', noon - 40 * hourMs, { id: 't1' }),
      did('Upgraded', noon - 30 * hourMs),
      event({ id: 'plan', call: 'group', timeMs: noon - 20 * hourMs, traits: { plan: 'pro' } }),
    );
    const { account } = one.until(noon).view;
    const lines = accountInWords('acme', account, playbook, noon);
    expect(lines).toEqual(
      expect.arrayContaining([
        '  context a payment failed from 2027-01-15 09:00 UTC to 2027-01-15 10:00 UTC: over',
        '  context an incident since 2027-01-15 11:00 UTC',
        '  ticket  t1, with priority: opened 2027-01-13 10:00 UTC, closed 2027-01-13 20:00 UTC',
        '  bought  upgrade at 2027-01-14 06:00 UTC',
        '  on plan pro from 2027-01-14 16:00 UTC, last seen 2027-01-14 16:00 UTC',
      ]),
    );
  });

  it('tells which cross-sell waits for its turn, and since when', () => {
    const one = new Story();
    one.tell(did('Report Created', noon - hourMs, { reportcount: 8 }), ...tries(noon));
    const { account } = one.until(noon).view;
    expect(accountInWords('acme', account, playbook, noon)).toContain(
      '  waiting the cross-sell of second_try since 2027-01-15 12:00 UTC; it is looked at again when its signal comes',
    );
  });
});

describe('the context of a person in words', () => {
  it('tells opt-outs and tickets that last, and what was only told to be over', () => {
    const optedOut = withCircumstance(noContext, 'opted_out', 'began', noon);
    const withoutMail = withCircumstance(optedOut, 'no_email', 'ended', noon);
    const ticket = { id: '', isPriority: false };
    expect(contextInWords(withTicket(withoutMail, ticket, 'began', noon))).toEqual([
      '  context no offers are wanted since 2027-01-15 12:00 UTC',
      '  context no e-mail may go: over since 2027-01-15 12:00 UTC, its beginning was never told',
      '  ticket  (without an id): opened 2027-01-15 12:00 UTC, open',
    ]);
    expect(contextInWords(noContext)).toEqual([]);
  });
});
