import { describe, expect, it } from 'vitest';
import { advanceAccount } from '../../../src/core/account/advance.ts';
import { decodeAccount } from '../../../src/core/account/codec.ts';
import { allOn } from '../../../src/core/controls.ts';
import type { Effect, Input } from '../../../src/core/input.ts';
import type { Playbook } from '../../../src/core/playbook.ts';
import type { Touch } from '../../../src/core/prompt/touch.ts';
import { offerOf } from '../offer.ts';
import { barePlaybook } from '../playbook.ts';
import { touchOf } from '../prompt/touch-of.ts';

const playbook: Playbook = {
  ...barePlaybook,
  offers: new Map([
    ['pro', offerOf({ form: 'banner' })],
    ['tip', offerOf({ id: 'tip' })],
  ]),
};

/** What an account asks of the world when it hears of a dismissal, through our link unless told otherwise. */
function asked(
  touch: Touch,
  {
    channel,
    body = { kind: 'dismissed', until: 'cooldown' },
  }: Partial<Pick<Input & { kind: 'feedback' }, 'channel' | 'body'>> = {},
): readonly Effect[] {
  const account = { ...decodeAccount(undefined), touches: [touch] };
  const moved = advanceAccount(
    'acme',
    { account, members: new Map() },
    {
      kind: 'feedback',
      id: 'f1',
      dedupeDay: undefined,
      receivedMs: 10,
      to: 'account',
      accountId: 'acme',
      userId: touch.userId,
      decisionId: touch.decisionId,
      channel,
      timeMs: 10,
      body,
    },
    { playbook, mode: 'live', controls: allOn },
    10,
  );
  return moved.effects.filter(({ kind }) => kind === 'take_away');
}

describe('a banner that the person dismissed', () => {
  const banner = touchOf({ state: 'sent' });

  it('through our link is taken away', () => {
    expect(asked(banner)).toEqual([
      { kind: 'take_away', decisionId: banner.decisionId, channel: 'intercom' },
    ]);
  });

  it('at the channel is gone already', () => {
    expect(asked(banner, { channel: 'intercom' })).toEqual([]);
  });

  it('is taken away once, whatever longer time the person chooses then', () => {
    const dismissed = touchOf({ state: 'dismissed', dismissedUntil: 'cooldown' });
    expect(asked(dismissed, { body: { kind: 'dismissed', until: 'never' } })).toEqual([]);
  });

  it('stays while it is only seen or clicked', () => {
    expect(asked(banner, { body: { kind: 'seen' } })).toEqual([]);
    expect(asked(banner, { body: { kind: 'clicked' } })).toEqual([]);
  });

  it('is no banner where the offer has another form, or came as an e-mail', () => {
    expect(asked(touchOf({ state: 'sent', offerId: 'tip' }))).toEqual([]);
    expect(asked(touchOf({ state: 'sent', channel: 'sendgrid' }))).toEqual([]);
  });
});
