import { describe, expect, it } from 'vitest';
import { decodeAccount } from '../../../src/core/account/codec.ts';
import { noContext, withCircumstance, withTicket } from '../../../src/core/account/context.ts';
import type { AccountState, ActiveMember } from '../../../src/core/account/state.ts';
import { CounterTable } from '../../../src/core/counter/table.ts';
import { hourMs } from '../../../src/core/duration.ts';
import { promiseBroken } from '../../../src/core/guardrail/promise.ts';
import type { Guardrails, Offer } from '../../../src/core/playbook.ts';
import type { Prompt } from '../../../src/core/prompt/prompt.ts';
import type { Touch } from '../../../src/core/prompt/touch.ts';
import { accountOf, promptOf } from '../../store/samples.ts';
import { guardrailsOf } from '../guardrails.ts';
import { offerOf } from '../offer.ts';
import { barePlaybook } from '../playbook.ts';
import { touchOf } from '../prompt/touch-of.ts';

const now = 1_800_000_000_000;
const acme = accountOf('acme');
const both = offerOf({ delivery: 'in_app_then_email' });
const alone = offerOf({ delivery: 'email_alone' });

interface Case {
  readonly prompt?: Partial<Prompt>;
  readonly offer?: Offer;
  readonly account?: Partial<AccountState>;
  readonly signedUpMs?: number;
  readonly guardrails?: Partial<Guardrails>;
}

function broken({ account, guardrails, offer = both, prompt, signedUpMs }: Case) {
  const member: ActiveMember = {
    kind: 'active',
    counters: CounterTable.empty,
    traits: new Map(),
    anonymousHashes: [],
    seat: undefined,
    signedUpMs,
  };
  return promiseBroken(
    promptOf(acme, 1, prompt),
    offer,
    { ...decodeAccount(undefined), ...account },
    member,
    { ...barePlaybook, guardrails: guardrailsOf(guardrails) },
    now,
  );
}

const mail: Partial<Prompt> = { channel: 'sendgrid', followsId: 'first' };
const first = (differs: Partial<Touch>): Partial<AccountState> => ({
  touches: [touchOf({ decisionId: 'first', ...differs })],
});
const seenOnly =
  'e-mail only after the in-app prompt was seen and not taken, or where the playbook says so';

describe('the last look', () => {
  it.each<readonly [string, Case]>([
    ['a plain in-app prompt', {}],
    ['an hour after the sign-up where that is the rule', { signedUpMs: now - hourMs }],
    [
      'a day after a ticket',
      {
        account: {
          context: withTicket(
            noContext,
            { id: 't', isPriority: false },
            'began',
            now - 24 * hourMs,
          ),
        },
      },
    ],
    [
      'an e-mail alone where the playbook says so',
      { prompt: { channel: 'sendgrid' }, offer: alone },
    ],
    [
      'an e-mail after a prompt that was seen',
      { prompt: mail, account: first({ state: 'ignored', at: { seen: 1 } }) },
    ],
    [
      'an e-mail after a prompt that was dismissed',
      { prompt: mail, account: first({ state: 'dismissed', at: { dismissed: 1 } }) },
    ],
    [
      'an e-mail after a prompt that nobody saw, where the playbook says so',
      { prompt: mail, account: first({ state: 'not_seen' }), guardrails: { whenNotSeen: 'email' } },
    ],
  ])('lets pass %s', (_, some) => {
    expect(broken(some)).toBeUndefined();
  });

  it.each<readonly [string, Case, string]>([
    [
      "within the time after the person's sign-up",
      { signedUpMs: now - hourMs + 1 },
      'never at signup',
    ],
    [
      "within the time after the account's creation",
      { account: { signedUpMs: now - hourMs + 1 } },
      'never at signup',
    ],
    [
      'within a day of a ticket, whatever the playbook asks for',
      {
        account: {
          context: withTicket(
            noContext,
            { id: 't', isPriority: false },
            'began',
            now - 24 * hourMs + 1,
          ),
        },
        guardrails: { afterTicketMs: 0 },
      },
      'never within 24 h of a support ticket',
    ],
    [
      'after an opt-out',
      { account: { context: withCircumstance(noContext, 'opted_out', 'began', 1) } },
      'never after an opt-out',
    ],
    ['an e-mail before its prompt', { prompt: { channel: 'sendgrid' } }, seenOnly],
    ['an e-mail whose prompt is not known', { prompt: mail }, seenOnly],
    [
      'an e-mail whose prompt was only sent',
      { prompt: mail, account: first({ state: 'sent', at: { sent: 1 } }) },
      seenOnly,
    ],
    [
      'an e-mail after a prompt that nobody saw, where the playbook does not say so',
      { prompt: mail, account: first({ state: 'not_seen' }) },
      seenOnly,
    ],
    [
      'an e-mail that follows an e-mail',
      { prompt: mail, account: first({ channel: 'sendgrid', state: 'ignored', at: { seen: 1 } }) },
      seenOnly,
    ],
    [
      'the same decision twice',
      { account: { touches: [touchOf({ decisionId: promptOf(acme, 1).decisionId })] } },
      'never twice',
    ],
    [
      'a blank word',
      { prompt: { words: { headline: 'Hello', body: ' ' } } },
      'never with a missing value',
    ],
  ])('stops %s', (_, some, promise) => {
    expect(broken(some)).toBe(promise);
  });
});
