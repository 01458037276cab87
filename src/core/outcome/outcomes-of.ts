import type { AccountView } from '../account/advance.ts';
import type { AccountState } from '../account/state.ts';
import { unitOfAccount } from '../account/learning.ts';
import type { DecisionRecord, FiredTrigger } from '../decision/record.ts';
import type { Scalar } from '../event/event.ts';
import { dayOf } from '../duration.ts';
import { sha256Hex } from '../hash.ts';
import type { Effect, Input } from '../input.ts';
import type { Moved } from '../moved.ts';
import type { Playbook } from '../playbook.ts';
import type { LifeState } from '../prompt/life.ts';
import type { Touch } from '../prompt/touch.ts';
import type { Outcome, OutcomeName, OutcomePerson } from './outcome.ts';
import { type Standing, standingOf } from './standing.ts';

/*
 * The one place where outcomes arise. Enters: an account before and after an input, with what was decided. Leaves: what
 * the world is told of it, and a timer for when time alone makes the account stand elsewhere. Always holds: the same step
 * gives the same outcomes under the same ids; a state of a prompt is told once, when its time first stands in the prompt's
 * memory; nothing is told of somebody who is forgotten, or of nobody. Redis gone: outcomes are effects of the step, stored
 * with it or not at all. Shadow mode does not come here.
 */

/** A step with its outcomes among its effects. `nowMs` is the time of the step. */
export function withOutcomes(
  accountId: string,
  before: AccountState,
  input: Input,
  moved: Moved<AccountView>,
  playbook: Playbook,
  nowMs: number,
): Moved<AccountView> {
  const outcomes = outcomesOf(accountId, before, input, moved);
  const stands = standingTold(accountId, before, input, moved, playbook, nowMs);
  const effects = [...outcomes.map(toEffect), ...stands.effects];
  const { account } = moved.state;
  return {
    ...moved,
    ...(stands.told === account.toldStanding
      ? {}
      : { state: { ...moved.state, account: { ...account, toldStanding: stands.told } } }),
    ...(effects.length === 0 ? {} : { effects: [...moved.effects, ...effects] }),
  };
}

/** What an input made happen, in the order in which it is told: signals, the decision, reactions. */
export function outcomesOf(
  accountId: string,
  before: AccountState,
  input: Input,
  moved: Pick<Moved<AccountView>, 'decisions' | 'state'>,
): readonly Outcome[] {
  const { account } = moved.state;
  // Forgetting somebody takes names out of prompts; that is nothing to tell.
  if (account === before || input.kind === 'member_erased' || input.kind === 'member_merged') {
    return moved.decisions.flatMap((record) => ofDecision(record, input, account));
  }
  return [
    ...moved.decisions.flatMap((record) => ofDecision(record, input, account)),
    ...(account.touches === before.touches ? [] : ofTouches(accountId, before, account)),
  ];
}

function toEffect(outcome: Outcome): Effect {
  return { kind: 'report', outcome };
}

function ofDecision(
  record: DecisionRecord,
  input: Input,
  account: AccountState,
): readonly Outcome[] {
  const { accountId, decidedMs, decisionId } = record;
  const person = record.userId === undefined ? actorOf(input) : { userId: record.userId };
  if (person === undefined) {
    return [];
  }
  const named = (
    name: OutcomeName,
    what: string,
    about: OutcomePerson,
    properties: Outcome['properties'],
  ): Outcome => ({
    id: idOf(decisionId, what),
    name,
    timeMs: decidedMs,
    accountId,
    person: about,
    properties: { decision_id: decisionId, ...properties },
  });
  // Whoever did it made the signal, also where somebody else is asked.
  const actor =
    record.addressed === undefined
      ? (actorOf(input) ?? person)
      : { userId: record.addressed.actorId };
  // The e-mail that may follow rests on the signal of its first prompt, which was told.
  const signals =
    record.followsId === undefined
      ? record.fired.map((fired) =>
          named(
            'Expansion Signal Detected',
            `signal.${fired.triggerId}`,
            actor,
            signalProperties(fired, record),
          ),
        )
      : [];
  const decided = decisionProperties(record, account);
  return decided === undefined
    ? signals
    : [...signals, named('Prompt Decided', 'decided', person, decided)];
}

function signalProperties(fired: FiredTrigger, record: DecisionRecord): Outcome['properties'] {
  return {
    trigger_id: fired.triggerId,
    signal_kind: fired.signalKind,
    subject: fired.subject,
    strength: fired.strength,
    because: fired.because.slice(0, textMax),
    decision: record.chosen === undefined ? 'nothing' : 'prompt',
    explanation: record.explanation.slice(0, textMax),
    trigger_event: record.cause.name,
    trigger_message_id: record.cause.messageId,
    playbook_version: record.playbookVersion,
  };
}

function decisionProperties(
  record: DecisionRecord,
  { touches }: AccountState,
): Outcome['properties'] | undefined {
  const { chosen, decisionId } = record;
  const touch = touches.find((one) => one.decisionId === decisionId);
  if (chosen === undefined || touch === undefined) {
    return undefined;
  }
  const best = record.candidates.find(({ offerId }) => offerId === chosen);
  return {
    ...promptProperties(touch),
    ...(best === undefined
      ? {}
      : {
          trigger_id: best.triggerId,
          signal_kind: best.signalKind,
          expected_value: best.expectedValue,
          prompt_probability: best.promptProbability,
          hold_probability: best.holdProbability,
          uplift: best.uplift,
          sale_value: best.saleValue,
        }),
    explanation: record.explanation.slice(0, textMax),
    trigger_message_id: record.cause.messageId,
    playbook_version: record.playbookVersion,
  };
}

/** The states of a prompt that are told, by their names in the catalogue, in the order of a life. */
const told = [
  ['seen', 'Prompt Shown'],
  ['clicked', 'Prompt Clicked'],
  ['dismissed', 'Prompt Dismissed'],
  ['ignored', 'Prompt Ignored'],
  ['followed_up', 'Prompt Followed Up'],
  ['converted', 'Prompt Converted'],
] as const satisfies readonly (readonly [LifeState, OutcomeName])[];

function ofTouches(
  accountId: string,
  before: AccountState,
  after: AccountState,
): readonly Outcome[] {
  const known = new Map(before.touches.map((touch) => [touch.decisionId, touch]));
  return after.touches.flatMap((touch) => {
    const held = known.get(touch.decisionId);
    if (touch === held || touch.userId === '') {
      return [];
    }
    return told.flatMap(([state, name]): readonly Outcome[] => {
      const timeMs = touch.at[state];
      if (timeMs === undefined || held?.at[state] !== undefined) {
        return [];
      }
      const { decisionId } = touch;
      return [
        {
          id: idOf(decisionId, state),
          name,
          timeMs,
          accountId,
          person: { userId: touch.userId },
          properties: {
            decision_id: decisionId,
            ...promptProperties(touch),
            ...reactionProperties(touch, state, after),
          },
        },
      ];
    });
  });
}

function reactionProperties(
  touch: Touch,
  state: LifeState,
  { touches }: AccountState,
): Outcome['properties'] {
  switch (state) {
    case 'seen':
      return { seen_by: touch.seenBy ?? 'receipt' };
    case 'dismissed':
      return { until: touch.dismissedUntil ?? 'cooldown' };
    case 'followed_up': {
      const email = touches.find((one) => one.followsId === touch.decisionId);
      return email === undefined ? {} : { follow_up_decision_id: email.decisionId };
    }
    default:
      return {};
  }
}

function promptProperties(touch: Touch): Record<string, Scalar> {
  return {
    offer_id: touch.offerId,
    offer_family: touch.family,
    channel: touch.channel,
    decided_at_ms: touch.timeMs,
    ...(touch.followsId === undefined ? {} : { follows_decision_id: touch.followsId }),
  };
}

/**
 * Tells that the account stands elsewhere than was told last. Looked at only where something changed that it is made of, or
 * its time has come: most events change counters alone. Nobody behind it: nothing is told, and what was told stays.
 */
function standingTold(
  accountId: string,
  before: AccountState,
  input: Input,
  { state: { account } }: Pick<Moved<AccountView>, 'state'>,
  playbook: Playbook,
  nowMs: number,
): { readonly told: Standing; readonly effects: readonly Effect[] } {
  const told = account.toldStanding;
  const isSame =
    before.touches === account.touches &&
    before.context === account.context &&
    before.purchases === account.purchases &&
    before.traits === account.traits;
  const isItsTime = input.kind === 'timer' && input.what === 'standing';
  if ((isSame && !isItsTime) || input.kind === 'member_erased' || input.kind === 'member_merged') {
    return { told, effects: [] };
  }
  const { standing, untilMs } = standingOf(accountId, account, playbook, nowMs);
  const newest = account.touches.at(-1);
  const person =
    actorOf(input) ??
    (newest === undefined || newest.userId === '' ? undefined : { userId: newest.userId });
  const effects = untilMs === undefined ? [] : [standingTimer(accountId, untilMs, person)];
  if (standing === told || person === undefined) {
    return { told, effects };
  }
  const outcome: Outcome = {
    id: idOf(accountId, 'standing', input.id),
    name: 'Account State Changed',
    timeMs: nowMs,
    accountId,
    person,
    properties: {
      from: told,
      to: standing,
      ...(newest === undefined ? {} : { decision_id: newest.decisionId, offer_id: newest.offerId }),
    },
  };
  return { told: standing, effects: [toEffect(outcome), ...effects] };
}

/**
 * Named by account and time: whoever asks for the same time asks for the same timer. It carries the person of the change,
 * so that its end is told of somebody as well.
 */
function standingTimer(
  accountId: string,
  dueMs: number,
  person: OutcomePerson | undefined,
): Effect {
  const input: Input & { readonly kind: 'timer' } = {
    kind: 'timer',
    what: 'standing',
    id: `standing.${unitOfAccount(accountId)}.${dueMs}`,
    dedupeDay: dayOf(dueMs),
    receivedMs: dueMs,
    accountId,
    userId: person !== undefined && 'userId' in person ? person.userId : '',
    decisionId: '',
  };
  return { kind: 'timer', dueMs, input };
}

/** Who stands behind an input; undefined when nobody does, and then nobody is invented. */
function actorOf(input: Input): OutcomePerson | undefined {
  switch (input.kind) {
    case 'event': {
      const { userId, anonymousId } = input.event;
      return userId === undefined
        ? anonymousId === undefined
          ? undefined
          : { anonymousId }
        : { userId };
    }
    case 'feedback':
    case 'timer':
    case 'prompt_settled':
      return input.userId === undefined || input.userId === ''
        ? undefined
        : { userId: input.userId };
    default:
      return undefined;
  }
}

function idOf(...parts: readonly string[]): string {
  return sha256Hex('outcome', ...parts).slice(0, 40);
}

const textMax = 500;
