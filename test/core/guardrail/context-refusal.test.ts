import { describe, expect, it } from 'vitest';
import {
  circumstances,
  type Context,
  noContext,
  withCircumstance,
  withTicket,
} from '../../../src/core/account/context.ts';
import type { ActiveMember } from '../../../src/core/account/state.ts';
import { CounterTable } from '../../../src/core/counter/table.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/core/duration.ts';
import {
  contextRefusal,
  errorsRefusal,
  testUserRefusal,
} from '../../../src/core/guardrail/context-refusal.ts';
import { event, run } from '../account/world.ts';
import { playbook as scenario } from '../decision/scenario.ts';
import { guardrailsOf } from '../guardrails.ts';

const now = 1_800_000_000_000;
const guardrails = guardrailsOf({ afterTicketMs: 36 * hourMs });

function ticketAt(timeMs: number, isPriority = false): Context {
  return withTicket(noContext, { id: 't', isPriority }, 'began', timeMs);
}

describe('what stands around an account', () => {
  it('keeps nobody silent when nothing was told', () => {
    expect(contextRefusal(noContext, guardrails, now)).toBeUndefined();
  });

  it.each(circumstances.filter((one) => one !== 'no_email'))(
    'keeps silent during %s, and no longer',
    (circumstance) => {
      const began = withCircumstance(noContext, circumstance, 'began', now - 90 * dayMs);
      const refusal = { reason: 'circumstance', circumstance };
      expect(contextRefusal(began, guardrails, now)).toEqual(refusal);
      const ended = withCircumstance(began, circumstance, 'ended', now - dayMs);
      expect(contextRefusal(ended, guardrails, now)).toBeUndefined();
      const again = withCircumstance(ended, circumstance, 'began', now - hourMs);
      expect(contextRefusal(again, guardrails, now)).toEqual(refusal);
      const same = withCircumstance(again, circumstance, 'ended', now - hourMs);
      expect(contextRefusal(same, guardrails, now), 'doubt keeps silent').toEqual(refusal);
    },
  );

  it('lets prompts in the product go on where only e-mails may not', () => {
    const context = withCircumstance(noContext, 'no_email', 'began', now);
    expect(contextRefusal(context, guardrails, now)).toBeUndefined();
  });

  it("keeps silent for the playbook's time after a ticket, to the millisecond, closed or not", () => {
    const openedMs = now - 36 * hourMs + 1;
    const closed = withTicket(ticketAt(openedMs), { id: 't', isPriority: false }, 'ended', now);
    for (const context of [ticketAt(openedMs), closed]) {
      expect(contextRefusal(context, guardrails, now)).toEqual({
        reason: 'support_ticket',
        openedMs,
        untilMs: now + 1,
      });
      expect(contextRefusal(context, guardrails, now + 1)).toBeUndefined();
    }
  });

  it('keeps silent while a ticket with priority is open, without an end', () => {
    const open = ticketAt(now - 30 * dayMs, true);
    expect(contextRefusal(open, guardrails, now)).toEqual({
      reason: 'support_ticket',
      openedMs: now - 30 * dayMs,
      untilMs: undefined,
    });
    const closed = withTicket(open, { id: 't', isPriority: false }, 'ended', now - dayMs);
    expect(contextRefusal(closed, guardrails, now)).toBeUndefined();
  });
});

describe('a person who meets errors', () => {
  const erring = (...ago: readonly number[]): ActiveMember | undefined => {
    const errors = ago.map((before, at) =>
      event({ id: `e${at}`, name: 'Error', timeMs: now - before }),
    );
    const lena = run(errors, { playbook: scenario, mode: 'live' }).view.members.get('lena');
    return lena?.kind === 'active' ? lena : undefined;
  };

  it.each([
    ['three within ten minutes', [9 * minuteMs, 5 * minuteMs, 0], 3],
    ['two', [5 * minuteMs, 0], undefined],
    ['three, one of which is older', [10 * minuteMs, 5 * minuteMs, 0], undefined],
    ['many, all of which are old', [60, 59, 58, 57].map((ago) => ago * minuteMs), undefined],
    ['none', [], undefined],
  ])('is left alone after %s', (_, ago, count) => {
    expect(errorsRefusal(erring(...ago), scenario, now)).toEqual(
      count === undefined
        ? undefined
        : { reason: 'meeting_errors', count, withinMs: 10 * minuteMs },
    );
  });

  it('is nobody where the playbook counts no errors', () => {
    const counting = erring(2, 1, 0);
    expect(errorsRefusal(counting, scenario, now)).toBeDefined();
    expect(errorsRefusal(counting, { ...scenario, errors: undefined }, now)).toBeUndefined();
  });
});

describe('a test user', () => {
  const rules = guardrailsOf({
    testUsers: {
      ids: new Set(['qa']),
      emailDomains: new Set(['motisig.example']),
      trait: 'istest',
    },
  });
  const member = (traits: Readonly<Record<string, string | number | boolean>>): ActiveMember => ({
    kind: 'active',
    counters: CounterTable.empty,
    traits: new Map(Object.entries(traits).map(([name, value]) => [name, { timeMs: now, value }])),
    anonymousHashes: [],
    seat: undefined,
    signedUpMs: undefined,
  });

  it.each([
    ['by the id', 'qa', {}, true],
    ['by the domain of the address, in any case', 'ada', { email: 'Ada@Motisig.EXAMPLE' }, true],
    ['by the trait', 'ada', { istest: true }, true],
    ['by the trait as text', 'ada', { istest: 'Yes' }, true],
    ['by the trait as a number', 'ada', { istest: 1 }, true],
    ['not by a trait that says no', 'ada', { istest: 'false' }, false],
    ['not by another domain that ends the same', 'ada', { email: 'a@notmotisig.example' }, false],
    ['not by a subdomain of it', 'ada', { email: 'a@mail.motisig.example' }, false],
    ['not without any sign', 'ada', { email: 'a@acme.example' }, false],
  ] as const)('is known %s', (_, userId, traits, isTest) => {
    expect(testUserRefusal(userId, member(traits), rules)).toEqual(
      isTest ? { reason: 'test_user' } : undefined,
    );
  });

  it('is nobody where the playbook names none', () => {
    expect(testUserRefusal('qa', member({ istest: true }), guardrailsOf())).toBeUndefined();
  });
});
