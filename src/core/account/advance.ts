import { decisionPoint } from '../decision/decision-point.ts';
import type { Event } from '../event/event.ts';
import type { EventInput, Input, InputBody } from '../input.ts';
import { type Moved, still } from '../moved.ts';
import type { Learned } from '../model/learned.ts';
import type { Playbook } from '../playbook.ts';
import type { Controls } from '../controls.ts';
import { followUp } from '../decision/follow-up.ts';
import { seen } from '../prompt/react.ts';
import { changeTouch, enter, withoutTouch } from '../prompt/touch.ts';
import { fire, type Fired, fireWaiting } from '../trigger/fire.ts';
import { addEvent, type Added } from './add-event.ts';
import { withoutBuyer } from './buyers.ts';
import { decodeAccount } from './codec.ts';
import { advanceFeedback, closePrompt } from './feedback.ts';
import {
  creditDowngrade,
  creditPurchases,
  creditUses,
  horizonReached,
  type Learnt,
  outcomesOf,
  planStep,
  retire,
} from './learning.ts';
import { memberIdOf } from './members.ts';
import { mergeMembers } from './merge-members.ts';
import { recountSeats } from './seat.ts';
import type { AccountState, MemberState } from './state.ts';
import { afterEvent, purchasesTold } from './told.ts';

/*
 * Moves an account: normalize -> count -> trigger -> guard -> decide -> claim. Enters: an input of this account and the
 * states it touches. Leaves: the new states, the inputs for persons, and at most one decision. Always holds: the state
 * after a set of events is the same in any order; only an event that is fresh, live and the newest of its kind can make
 * a trigger fire; whatever is prompted was claimed in this very state first. Redis is not here: a lost race runs again.
 */

/** An account and those of its members that were loaded. */
export interface AccountView {
  readonly account: AccountState;
  readonly members: ReadonlyMap<string, MemberState>;
}

/** What a step may look at besides the state. */
export interface Rules {
  readonly playbook: Playbook;
  /** `shadow`: everything is decided and claimed, nothing is sent. */
  readonly mode: 'live' | 'shadow';
  /** What the operator switched off. */
  readonly controls: Controls;
  /** What was learned so far; undefined: nothing yet, and the playbook's own numbers hold. */
  readonly learned?: Learned | undefined;
}

/** The users whose member states an input of this account needs. */
export function membersTouched(input: Input): readonly string[] {
  switch (input.kind) {
    case 'event':
      return input.event.userId === undefined ? [] : [input.event.userId];
    case 'member_erased':
      return [input.userId];
    case 'member_merged':
      return [input.previousId, input.userId];
    case 'timer':
      return input.userId === '' ? [] : [input.userId];
    default:
      return [];
  }
}

/** Moves the account `accountId` by one input at `nowMs`. */
export function advanceAccount(
  accountId: string,
  view: AccountView,
  input: Input,
  rules: Rules,
  nowMs: number,
): Moved<AccountView> {
  const moved = advanceBy(accountId, view, input, rules, nowMs);
  const outcomes = outcomesOf(view.account.touches, moved.state.account.touches);
  return outcomes.length === 0 ? moved : { ...moved, effects: [...moved.effects, ...outcomes] };
}

function advanceBy(
  accountId: string,
  view: AccountView,
  input: Input,
  rules: Rules,
  nowMs: number,
): Moved<AccountView> {
  switch (input.kind) {
    case 'event':
      return advanceEvent(accountId, view, input, rules, nowMs);
    case 'member_merged':
      return still(mergeMembers(view, input.previousId, input.userId, rules.playbook));
    case 'member_erased':
      return still({
        // Where users are their own accounts, the account is the person.
        account:
          accountId === input.userId
            ? decodeAccount(undefined)
            : withoutUser(
                recountSeats(
                  view.account,
                  [view.members.get(input.userId)],
                  undefined,
                  rules.playbook,
                  undefined,
                ).account,
                input.userId,
              ),
        members: new Map(view.members).set(input.userId, { kind: 'erased' }),
      });
    case 'prompt_settled':
      return still({ ...view, account: settled(view.account, input) });
    case 'feedback':
      return advanceFeedback(accountId, view, input, rules.playbook, nowMs);
    case 'timer':
      return advanceTimer(accountId, view, input, rules, nowMs);
    case 'member_seen':
    case 'identity_linked':
    case 'merge_asked':
    case 'erasure':
    case 'prompt_asked':
      throw new TypeError(`An input of kind ${input.kind} belongs to a person, not to an account.`);
    default:
      return input satisfies never;
  }
}

function advanceEvent(
  accountId: string,
  view: AccountView,
  input: EventInput,
  rules: Rules,
  nowMs: number,
): Moved<AccountView> {
  const { userId } = input.event;
  const actorId = userId === undefined ? undefined : memberIdOf(userId, view.members);
  if (actorId !== undefined && view.members.get(actorId)?.kind === 'erased') {
    return still(view);
  }
  const counted = addEvent(accountId, view, actorId, input, rules.playbook);
  const told = afterEvent(counted.view.account, actorId, counted.told, input, rules.playbook);
  const learnt = learnFromEvent(accountId, counted, told.account, input.event, rules, nowMs);
  const account = presumeSeen(learnt.account, actorId, input.event, rules.playbook);
  const added = { ...counted, view: { ...counted.view, account } };
  const effects = [...counted.effects, ...told.effects, ...learnt.effects];
  const fired = firedAt(added, input.event, rules.playbook, nowMs);
  if (fired.length === 0) {
    return { ...still(added.view), effects };
  }
  const decided = decisionPoint({
    accountId,
    actorId,
    added,
    fired,
    event: input.event,
    rules,
    nowMs,
  });
  return {
    state: { ...added.view, account: decided.account },
    effects: [...effects, ...decided.effects],
    decisions: [decided.record],
    setAside: [],
    missing: decided.missing,
  };
}

/** Purchases, losses and uses of what lessons teach, credited to the windows in which they lie. */
function learnFromEvent(
  accountId: string,
  counted: Added,
  account: AccountState,
  event: Event,
  rules: Rules,
  nowMs: number,
): Learnt {
  const uses = counted.adopted.map((family) => ({ family, timeMs: event.timeMs }));
  const used = creditUses(accountId, account, uses, rules.playbook);
  const learnt = learnFromPurchases(accountId, counted, used.account, event, rules, nowMs);
  return used.effects.length === 0
    ? learnt
    : { account: learnt.account, effects: [...used.effects, ...learnt.effects] };
}

function learnFromPurchases(
  accountId: string,
  counted: Added,
  account: AccountState,
  event: Event,
  { playbook }: Rules,
  nowMs: number,
): Learnt {
  const before = counted.view.account;
  const purchases = [...purchasesTold(counted.told, event), ...planStep(before, account, playbook)];
  if (purchases.length === 0 && before.purchases.downgradedMs === account.purchases.downgradedMs) {
    return { account, effects: [] };
  }
  return purchases.length === 0
    ? creditDowngrade(accountId, account)
    : creditPurchases(accountId, account, purchases, playbook, nowMs);
}

function firedAt(added: Added, event: Event, playbook: Playbook, nowMs: number): readonly Fired[] {
  if (added.crossed.length === 0) {
    return [];
  }
  const fired = fire(added, event, playbook, nowMs);
  const again = fireWaiting(added, event, playbook, nowMs);
  return again.length === 0
    ? fired
    : [...fired, ...again.filter((one) => !fired.some(({ trigger }) => trigger === one.trigger))];
}

/** Where the channel sends no receipts: who goes on using the product after delivery is presumed to have seen the prompt. */
function presumeSeen(
  account: AccountState,
  actorId: string | undefined,
  event: Event,
  { guardrails }: Playbook,
): AccountState {
  if (!guardrails.presumeSeen || actorId === undefined || account.touches.length === 0) {
    return account;
  }
  let { touches } = account;
  for (const touch of account.touches) {
    const sentMs = touch.at.sent;
    if (
      touch.state === 'sent' &&
      touch.userId === actorId &&
      touch.channel === 'intercom' &&
      sentMs !== undefined &&
      event.timeMs > sentMs
    ) {
      touches = changeTouch(touches, touch.decisionId, (one) =>
        seen(one, 'activity', event.timeMs),
      );
    }
  }
  return touches === account.touches ? account : { ...account, touches };
}

function advanceTimer(
  accountId: string,
  view: AccountView,
  timer: Input & { kind: 'timer' },
  rules: Rules,
  nowMs: number,
): Moved<AccountView> {
  switch (timer.what) {
    case 'closes':
      return closePrompt(accountId, view, timer, rules.playbook, nowMs);
    case 'standing':
      // Where it stands now is told of each step (core/outcome).
      return still(view);
    case 'retires': {
      const retired = retire(accountId, view.account, nowMs);
      return { ...still({ ...view, account: retired.account }), effects: retired.effects };
    }
    case 'horizon':
      return {
        ...still(view),
        effects: horizonReached(accountId, view.account, timer.decisionId, rules.playbook),
      };
    case 'follow_up': {
      const decided = followUp(accountId, view, timer, rules, nowMs);
      return decided === undefined
        ? still(view)
        : {
            state: { ...view, account: decided.account },
            effects: decided.effects,
            decisions: [decided.record],
            setAside: [],
          };
    }
    default:
      return timer.what satisfies never;
  }
}

/** What surely reached nobody gives its slot back, and where it was an e-mail, its first prompt stays followed up: once. */
function settled(
  account: AccountState,
  input: Extract<InputBody, { kind: 'prompt_settled' }> & { readonly receivedMs: number },
): AccountState {
  const isOut = input.outcome === 'sent' || input.outcome === 'unknown';
  const touches = isOut
    ? changeTouch(account.touches, input.decisionId, (touch) =>
        enter(touch, input.outcome, input.receivedMs),
      )
    : withoutTouch(account.touches, input.decisionId);
  return touches === account.touches ? account : { ...account, touches };
}

/** The account's own prompts stay counted, without the name of the person. */
function withoutUser(account: AccountState, userId: string): AccountState {
  return {
    ...account,
    buyers: withoutBuyer(account.buyers, userId),
    touches: account.touches.map((touch) =>
      touch.userId === userId ? { ...touch, userId: '', moment: undefined } : touch,
    ),
  };
}
