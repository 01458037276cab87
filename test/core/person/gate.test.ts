import { describe, expect, it } from 'vitest';
import { noContext, withCircumstance, withTicket } from '../../../src/core/account/context.ts';
import { dayMs, hourMs } from '../../../src/core/duration.ts';
import { personRefusal } from '../../../src/core/person/gate.ts';
import { type PersonState, unknownPerson } from '../../../src/core/person/state.ts';
import type { Prompt } from '../../../src/core/prompt/prompt.ts';
import type { Touch } from '../../../src/core/prompt/touch.ts';
import { accountOf, promptOf } from '../../store/samples.ts';
import { guardrailsOf } from '../guardrails.ts';
import { offerOf } from '../offer.ts';
import { barePlaybook } from '../playbook.ts';
import { touchOf } from '../prompt/touch-of.ts';

const now = 1_800_000_000_000;
const playbook = {
  ...barePlaybook,
  offers: new Map([['pro', offerOf({ id: 'pro' })]]),
  guardrails: guardrailsOf({
    caps: [{ per: 'user', max: 2, withinMs: 30 * dayMs }],
    cooldownMs: { user: 7 * dayMs, account: 7 * dayMs },
  }),
};
const mail: Partial<Prompt> = { channel: 'sendgrid', followsId: 'first' };
const context = (
  ...told: readonly Parameters<typeof withCircumstance>[1][]
): Partial<PersonState> => ({
  context: told.reduce((held, one) => withCircumstance(held, one, 'began', now - dayMs), noContext),
});
const ticket = (agoMs: number, isPriority = false): Partial<PersonState> => ({
  context: withTicket(noContext, { id: 't', isPriority }, 'began', now - agoMs),
});
const prompts = (...touches: readonly Partial<Touch>[]): Partial<PersonState> => ({
  touches: touches.map((differs, at) =>
    touchOf({ decisionId: `d${at}`, state: 'sent', ...differs }),
  ),
});

describe('a prompt that an account decided', () => {
  it.each<readonly [string, Partial<PersonState>, Partial<Prompt>, string | undefined]>([
    ['goes on to a person nobody has heard of', {}, {}, undefined],
    ['stays after an opt-out told elsewhere', context('opted_out'), {}, 'circumstance'],
    ['stays within a day of a ticket told elsewhere', ticket(dayMs - 1), {}, 'support_ticket'],
    ['goes on a day after it', ticket(dayMs), {}, undefined],
    ['stays while a ticket with priority is open', ticket(9 * dayMs, true), {}, 'support_ticket'],
    ['goes on in the product where the address is dead', context('no_email'), {}, undefined],
    ['stays by e-mail where the address is dead', context('no_email'), mail, 'circumstance'],
    [
      'stays during the cooldown of another account',
      prompts({ timeMs: now - 7 * dayMs + 1 }),
      {},
      'cooldown',
    ],
    ['goes on after it', prompts({ timeMs: now - 7 * dayMs }), {}, undefined],
    [
      'stays when the caps over all accounts are full',
      prompts({ timeMs: now - 20 * dayMs }, { timeMs: now - 10 * dayMs }),
      {},
      'frequency_cap',
    ],
    [
      'goes on when one of them was refused',
      prompts({ timeMs: now - 20 * dayMs, state: 'refused' }, { timeMs: now - 10 * dayMs }),
      {},
      undefined,
    ],
    [
      'is not held up by itself',
      prompts({ decisionId: promptOf(accountOf('acme')).decisionId, timeMs: now }),
      {},
      undefined,
    ],
    [
      'by e-mail is not held up by the prompt that it follows',
      prompts({ decisionId: 'first', timeMs: now - hourMs }),
      mail,
      undefined,
    ],
    [
      'by e-mail is held up by another prompt',
      prompts(
        { decisionId: 'first', timeMs: now - dayMs },
        { decisionId: 'other', timeMs: now - hourMs },
      ),
      mail,
      'cooldown',
    ],
    [
      'stays when prices were dismissed in other accounts',
      prompts(
        ...[40, 50].map((ago) => ({
          timeMs: now - ago * dayMs,
          state: 'dismissed' as const,
          at: { dismissed: now - ago * dayMs },
        })),
      ),
      {},
      'dismissal_gate',
    ],
    [
      'goes on then when it teaches',
      prompts(
        ...[40, 50].map((ago) => ({
          timeMs: now - ago * dayMs,
          state: 'dismissed' as const,
          at: { dismissed: now - ago * dayMs },
        })),
      ),
      { family: 'education:reports' },
      undefined,
    ],
    [
      'goes on then when a hard limit raised it',
      prompts(
        ...[40, 50].map((ago) => ({
          timeMs: now - ago * dayMs,
          state: 'dismissed' as const,
          at: { dismissed: now - ago * dayMs },
        })),
      ),
      { reopens: true },
      undefined,
    ],
  ])('%s', (_, person, prompt, reason) => {
    const refusal = personRefusal(
      { ...unknownPerson, ...person },
      promptOf(accountOf('acme'), 1, prompt),
      playbook,
      now,
    );
    expect(refusal?.reason).toBe(reason);
  });
});
