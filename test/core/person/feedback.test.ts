import { describe, expect, it } from 'vitest';
import { lasts } from '../../../src/core/account/context.ts';
import { dayMs, hourMs } from '../../../src/core/duration.ts';
import type { Effect, Input } from '../../../src/core/input.ts';
import type { FeedbackBody } from '../../../src/core/outcome/feedback.ts';
import { advancePerson } from '../../../src/core/person/advance.ts';
import { decodePerson, encodePerson } from '../../../src/core/person/codec.ts';
import { type PersonState, unknownPerson } from '../../../src/core/person/state.ts';
import type { Channel } from '../../../src/core/prompt/prompt.ts';
import { barePlaybook } from '../playbook.ts';
import { touchOf } from '../prompt/touch-of.ts';

const now = 1_800_000_000_000;
const inProduct = touchOf({ decisionId: 'in-product', timeMs: now - 3 * dayMs, state: 'sent' });
const newer = touchOf({ decisionId: 'newer', timeMs: now - dayMs, state: 'sent' });
const mail = touchOf({
  decisionId: 'mail',
  timeMs: now - hourMs,
  state: 'queued',
  channel: 'sendgrid',
  followsId: 'newer',
});
const waiting = touchOf({ decisionId: 'waiting', timeMs: now - 1, state: 'queued' });
const lena: PersonState = {
  ...unknownPerson,
  accounts: ['acme', 'globex'],
  touches: [inProduct, newer, mail, waiting],
};

interface About {
  readonly accountId?: string;
  readonly decisionId?: string;
  readonly channel?: Channel;
  readonly timeMs?: number;
}

function told(body: FeedbackBody, about: About = {}): Input & { readonly kind: 'feedback' } {
  const { accountId, channel, decisionId, timeMs = now } = about;
  return {
    kind: 'feedback',
    id: 'f1',
    dedupeDay: undefined,
    receivedMs: now,
    to: 'person',
    userId: 'lena',
    accountId,
    decisionId,
    channel,
    timeMs,
    body,
  };
}

function hear(person: PersonState, body: FeedbackBody, about: About = {}) {
  const moved = advancePerson('lena', person, told(body, about), barePlaybook, now);
  return { person: decodePerson(encodePerson(moved.state)), effects: moved.effects };
}

const withdrawnBy = (effects: readonly Effect[]): readonly string[] =>
  effects.flatMap((effect) => (effect.kind === 'withdraw' ? [effect.decisionId] : []));
const toldTo = (effects: readonly Effect[]) =>
  effects.flatMap((effect) =>
    effect.kind === 'input' && effect.input.kind === 'feedback'
      ? [[effect.input.accountId, effect.input.id, effect.input.decisionId]]
      : [],
  );

describe('an opt-out', () => {
  it.each<FeedbackBody>([{ kind: 'unsubscribed', of: 'all' }, { kind: 'spam_reported' }])(
    'from everything (%j) takes every waiting prompt back',
    (body) => {
      const { person, effects } = hear(lena, body);
      expect(lasts(person.context, 'opted_out')).toBe(true);
      expect(withdrawnBy(effects)).toEqual(['mail', 'waiting']);
      expect(effects.find(({ kind }) => kind === 'withdraw')).toMatchObject({
        because: { reason: 'circumstance', circumstance: 'opted_out' },
      });
    },
  );

  it.each<FeedbackBody>([{ kind: 'unsubscribed', of: 'email' }, { kind: 'bounced' }])(
    'from e-mail (%j) takes only e-mails back',
    (body) => {
      const { person, effects } = hear(lena, body);
      expect(lasts(person.context, 'no_email')).toBe(true);
      expect(lasts(person.context, 'opted_out')).toBe(false);
      expect(withdrawnBy(effects)).toEqual(['mail']);
    },
  );

  it('takes nothing back a second time', () => {
    const { person } = hear(lena, { kind: 'unsubscribed', of: 'all' });
    expect(withdrawnBy(hear(person, { kind: 'unsubscribed', of: 'all' }).effects)).toEqual([]);
  });

  it.each(['email', 'all'] as const)('from %s ends when the person takes it back later', (of) => {
    const { person } = hear(lena, { kind: 'unsubscribed', of });
    const again = hear(person, { kind: 'resubscribed', of }, { timeMs: now + 1 });
    expect(
      [...again.person.context.spans].filter(([one]) => lasts(again.person.context, one)),
    ).toEqual([]);
    expect(withdrawnBy(again.effects)).toEqual([]);
    const late = hear(person, { kind: 'resubscribed', of }, { timeMs: now - 1 });
    expect(lasts(late.person.context, of === 'email' ? 'no_email' : 'opted_out')).toBe(true);
  });
});

describe('a ticket of a person', () => {
  const opened: FeedbackBody = { kind: 'ticket_opened', ticketId: 't1', isPriority: true };

  it('is told to every account, takes every waiting prompt back and is held against the newest prompts', () => {
    const { person, effects } = hear(lena, opened);
    expect(toldTo(effects)).toEqual([
      ['acme', 'f1.acme', undefined],
      ['globex', 'f1.globex', undefined],
    ]);
    expect(withdrawnBy(effects)).toEqual(['mail', 'waiting']);
    expect(person.context.newestTicketMs).toBe(now);
    expect(person.touches.map(({ hasComplaint }) => hasComplaint)).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it('is not told again to the account that it came from', () => {
    expect(toldTo(hear(lena, opened, { accountId: 'acme' }).effects)).toEqual([]);
  });

  it('is over for every account when it is closed', () => {
    const { person } = hear(lena, opened);
    const { effects } = hear(
      person,
      { kind: 'ticket_closed', ticketId: 't1' },
      { timeMs: now + 1 },
    );
    expect(toldTo(effects)).toHaveLength(2);
    expect(withdrawnBy(effects)).toEqual([]);
  });
});

describe('a reaction', () => {
  it.each<readonly [string, Channel, number, string | undefined]>([
    ['the newest prompt in the product', 'intercom', now - 2, 'newer'],
    ['the one before, when it is older than the newest', 'intercom', now - 2 * dayMs, 'in-product'],
    ['the e-mail', 'sendgrid', now, 'mail'],
    ['none, when it is older than all of them', 'sendgrid', now - 2 * dayMs, undefined],
  ])('that names no decision is about %s', (_, channel, timeMs, decisionId) => {
    const person = { ...lena, touches: [inProduct, newer, { ...mail, state: 'sent' as const }] };
    const { person: after, effects } = hear(person, { kind: 'clicked' }, { channel, timeMs });
    expect(
      after.touches.filter(({ state }) => state === 'clicked').map((one) => one.decisionId),
    ).toEqual(decisionId === undefined ? [] : [decisionId]);
    expect(toldTo(effects)).toEqual([
      ['acme', 'f1.acme', decisionId],
      ['globex', 'f1.globex', decisionId],
    ]);
  });

  it('is about the decision that it names, and stays with the account that it names', () => {
    const { person, effects } = hear(
      lena,
      { kind: 'dismissed', until: 'never' },
      { decisionId: 'in-product', accountId: 'acme' },
    );
    expect(person.touches[0]).toMatchObject({ state: 'dismissed', dismissedUntil: 'never' });
    expect(effects).toEqual([]);
  });

  it('to nothing that is known changes nothing', () => {
    const { person, effects } = hear(
      lena,
      { kind: 'seen' },
      { decisionId: 'other', accountId: 'x' },
    );
    expect(person).toEqual(decodePerson(encodePerson(lena)));
    expect(effects).toEqual([]);
  });

  it('of an erased person is heard by nobody', () => {
    const erased = { ...unknownPerson, isErased: true };
    const { person, effects } = hear(erased, { kind: 'unsubscribed', of: 'all' });
    expect(person).toEqual(erased);
    expect(effects).toEqual([]);
  });
});

it('an erasure takes every waiting prompt back', () => {
  const erasure: Input = {
    kind: 'erasure',
    id: 'e1',
    dedupeDay: undefined,
    receivedMs: now,
    userId: 'lena',
  };
  const { state, effects } = advancePerson('lena', lena, erasure, barePlaybook, now);
  expect(withdrawnBy(effects)).toEqual(['mail', 'waiting']);
  expect(state).toEqual({ ...unknownPerson, isErased: true });
});
