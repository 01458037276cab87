import { describe, expect, it } from 'vitest';
import { decodeAccount } from '../../../src/core/account/codec.ts';
import { withCircumstance } from '../../../src/core/account/context.ts';
import type { AccountState } from '../../../src/core/account/state.ts';
import type { Input } from '../../../src/core/input.ts';
import type { Outcome } from '../../../src/core/outcome/outcome.ts';
import { outcomesOf, withOutcomes } from '../../../src/core/outcome/outcomes-of.ts';
import { standingOf } from '../../../src/core/outcome/standing.ts';
import { still } from '../../../src/core/moved.ts';
import { enter, newTouch, type Touch } from '../../../src/core/prompt/touch.ts';
import { event, noon } from '../account/world.ts';
import { barePlaybook } from '../playbook.ts';

const quiet = decodeAccount(undefined);

function touch(differs: Partial<Touch> = {}): Touch {
  return {
    ...newTouch({
      decisionId: '7-abc',
      offerId: 'pro',
      family: 'upgrade',
      userId: 'lena',
      channel: 'intercom',
      timeMs: noon,
      followsId: undefined,
      moment: undefined,
    }),
    ...differs,
  };
}

const prompted = (one: Touch): AccountState => ({ ...quiet, touches: [one] });
const clicked: Input = event({ id: 'e1' });

/** What is told of a step, of an account of which all was told before. */
function between(
  before: AccountState,
  after: AccountState,
  input: Input = clicked,
): readonly Outcome[] {
  const nowMs = noon + 5;
  const { standing } = standingOf('acme', before, barePlaybook, nowMs);
  const moved = still({ account: { ...after, toldStanding: standing }, members: new Map() });
  const { effects } = withOutcomes('acme', before, input, moved, barePlaybook, nowMs);
  return effects.flatMap((effect) => (effect.kind === 'report' ? effect.outcome : []));
}

describe('what a step tells', () => {
  const sent = enter(touch(), 'sent', noon + 1);

  it.each([
    ['seen', 'Prompt Shown'],
    ['clicked', 'Prompt Clicked'],
    ['dismissed', 'Prompt Dismissed'],
    ['converted', 'Prompt Converted'],
  ] as const)('of a prompt that is %s is one %s, at the time of the reaction', (state, name) => {
    const told = between(prompted(sent), prompted(enter(sent, state, noon + 3)));
    expect(told.filter((one) => one.name.startsWith('Prompt'))).toMatchObject([
      {
        name,
        timeMs: noon + 3,
        accountId: 'acme',
        person: { userId: 'lena' },
        properties: { decision_id: '7-abc', offer_id: 'pro', channel: 'intercom' },
      },
    ]);
  });

  it('is one Prompt Ignored when the time of a seen prompt is over, and the account rests then', () => {
    const seen = enter(sent, 'seen', noon + 2);
    const told = between(prompted(seen), prompted(enter(seen, 'ignored', noon + 4)));
    expect(told.map(({ name, properties }) => [name, properties['to']])).toEqual([
      ['Prompt Ignored', undefined],
      ['Account State Changed', 'resting'],
    ]);
  });

  it('names the e-mail that follows the prompt', () => {
    const dismissed = enter(enter(sent, 'seen', noon + 2), 'dismissed', noon + 3);
    const mail = touch({
      decisionId: '7-def',
      channel: 'sendgrid',
      followsId: '7-abc',
      state: 'sent',
    });
    const after = { ...quiet, touches: [enter(dismissed, 'followed_up', noon + 4), mail] };
    expect(between(prompted(dismissed), after)).toMatchObject([
      { name: 'Prompt Followed Up', properties: { follow_up_decision_id: '7-def' } },
      { name: 'Account State Changed', properties: { from: 'resting', to: 'prompted' } },
    ]);
  });

  it('has the same ids when the step is repeated, and others for another prompt', () => {
    const idsOf = (decisionId: string) => {
      const one = touch({ decisionId, state: 'sent' });
      const moved = still({
        account: prompted(enter(one, 'clicked', noon + 3)),
        members: new Map(),
      });
      return outcomesOf('acme', prompted(one), clicked, moved).map(({ id }) => id);
    };
    expect(idsOf('7-abc')).toEqual(idsOf('7-abc'));
    expect(idsOf('7-abc')).not.toEqual(idsOf('7-xyz'));
  });

  it('is nothing when a receipt comes again, or the step changed nothing', () => {
    const seen = enter(sent, 'seen', noon + 2);
    const again = { ...seen, seenBy: 'receipt' as const };
    expect(between(prompted(seen), prompted(again))).toEqual([]);
    expect(between(prompted(seen), prompted(seen))).toEqual([]);
  });

  it('is nothing of somebody who is forgotten', () => {
    const nobody = enter({ ...sent, userId: '' }, 'seen', noon + 2);
    expect(between(prompted({ ...sent, userId: '' }), prompted(nobody))).toEqual([]);
    const erased: Input = {
      kind: 'member_erased',
      id: 'x',
      dedupeDay: undefined,
      receivedMs: noon,
      userId: 'lena',
      accountId: 'acme',
    };
    expect(between(prompted(sent), prompted({ ...sent, userId: '' }), erased)).toEqual([]);
  });

  it('of an account that must be left alone is its state, by whose event it came', () => {
    const context = withCircumstance(quiet.context, 'payment_failed', 'began', noon);
    expect(between(quiet, { ...quiet, context })).toMatchObject([
      {
        name: 'Account State Changed',
        person: { userId: 'lena' },
        properties: { from: 'quiet', to: 'suppressed' },
      },
    ]);
  });

  it('goes behind what the step asks of the world anyway', () => {
    const first = { kind: 'withdraw', decisionId: 'd', because: { reason: 'erased' } } as const;
    const moved = {
      ...still({ account: prompted(enter(sent, 'seen', noon + 2)), members: new Map() }),
      effects: [first],
    };
    const { effects } = withOutcomes('acme', prompted(sent), clicked, moved, barePlaybook, noon);
    expect(effects.map(({ kind }) => kind)).toEqual(['withdraw', 'report', 'report', 'timer']);
  });
});
