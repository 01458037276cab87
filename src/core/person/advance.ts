import { setAside, type Moved, still } from '../moved.ts';
import type { Refusal } from '../guardrail/refusal.ts';
import type { Effect, EventInput, Input, InputBody } from '../input.ts';
import type { Playbook } from '../playbook.ts';
import type { Prompt } from '../prompt/prompt.ts';
import { changeTouch, enter, newTouch, withoutTouch, withTouch } from '../prompt/touch.ts';
import { advancePersonFeedback, withdrawWaiting } from './feedback.ts';
import { personRefusal } from './gate.ts';
import {
  accountsMax,
  becameUsersMax,
  type PersonState,
  unknownPerson,
  waitingMax,
  waitingMs,
} from './state.ts';

/*
 * Moves a person: where it belongs, who it became, whether it may be asked. Enters: an input of this person. Leaves: its
 * new state, and inputs for its accounts. Always holds: the order and repetition of what is learned cannot matter, an
 * event goes on to at most one account, an erased person stays erased, a person's caps hold over all its accounts.
 */

/** Moves `person`, whose id is `personId`, by one input at `nowMs`. */
export function advancePerson(
  personId: string,
  person: PersonState,
  input: Input,
  playbook: Playbook,
  nowMs: number,
): Moved<PersonState> {
  if (person.isErased) {
    return advanceErased(person, input);
  }
  switch (input.kind) {
    case 'event':
      return place(personId, person, input, nowMs);
    case 'member_seen':
      return memberSeen(personId, person, input.accountId, input, nowMs);
    case 'identity_linked':
      return linked(personId, person, input.userId, input, nowMs);
    case 'merge_asked':
      return mergeAsked(person, input);
    case 'erasure':
      return erase(person, input);
    case 'prompt_asked':
      return promptAsked(person, input.prompt, playbook, nowMs);
    case 'prompt_settled':
      return still({
        ...person,
        touches:
          input.outcome === 'sent' || input.outcome === 'unknown'
            ? changeTouch(person.touches, input.decisionId, (touch) =>
                enter(touch, input.outcome, input.receivedMs),
              )
            : withoutTouch(person.touches, input.decisionId),
      });
    case 'feedback':
      return advancePersonFeedback(person, input);
    case 'timer':
    case 'member_merged':
    case 'member_erased':
      throw new TypeError(`An input of kind ${input.kind} belongs to an account, not to a person.`);
    default:
      return input satisfies never;
  }
}

/** Sends an event to the account it belongs to, to the user this visitor became, or lets it wait. */
function place(
  personId: string,
  person: PersonState,
  input: EventInput,
  nowMs: number,
): Moved<PersonState> {
  const [user, ...otherUsers] = person.becameUsers;
  if (user !== undefined && user !== personId && otherUsers.length === 0) {
    return { ...still(person), effects: [eventEffect(input, { userId: user })] };
  }
  const [account, ...otherAccounts] = person.accounts;
  if (account !== undefined && otherAccounts.length === 0) {
    return { ...still(person), effects: [eventEffect(input, { accountId: account })] };
  }
  if (account !== undefined) {
    const message = `The user belongs to ${person.accounts.length} accounts and the event names none of them, so it was not counted; send context.groupId with it.`;
    return { ...still(person), setAside: [setAside('ambiguous_account', message, input)] };
  }
  return wait(person, input, nowMs);
}

function wait(person: PersonState, input: EventInput, nowMs: number): Moved<PersonState> {
  const all = [...person.waiting, input].toSorted(
    (left, right) => left.event.timeMs - right.event.timeMs || (left.id < right.id ? -1 : 1),
  );
  const alive = all.filter((held) => nowMs - held.receivedMs <= waitingMs);
  const kept = alive.slice(-waitingMax);
  const gone = all.filter((held) => !kept.includes(held));
  return {
    ...still({ ...person, waiting: kept }),
    setAside: gone.map((held) =>
      setAside(
        'account_never_known',
        `The event waited for an account that no later call named (at most ${waitingMax} events wait, for 7 days); send a group call for the user.`,
        held,
      ),
    ),
  };
}

function memberSeen(
  personId: string,
  person: PersonState,
  accountId: string,
  cause: Input,
  nowMs: number,
): Moved<PersonState> {
  if (person.accounts.includes(accountId)) {
    return still(person);
  }
  const accounts = [...person.accounts, accountId].toSorted().slice(0, accountsMax);
  const learned = release(personId, { ...person, accounts }, nowMs);
  const merges = person.becameUsers
    .filter((userId) => userId !== personId)
    .map((userId) => mergeEffect(personId, userId, accountId, cause));
  return { ...learned, effects: [...learned.effects, ...merges] };
}

function linked(
  personId: string,
  person: PersonState,
  userId: string,
  cause: Input,
  nowMs: number,
): Moved<PersonState> {
  if (userId === personId || person.becameUsers.includes(userId)) {
    return still(person);
  }
  const becameUsers = [...person.becameUsers, userId].toSorted().slice(0, becameUsersMax);
  const learned = release(personId, { ...person, becameUsers }, nowMs);
  const merges = person.accounts.map((accountId) =>
    mergeEffect(personId, userId, accountId, cause),
  );
  return { ...learned, effects: [...learned.effects, ...merges] };
}

/** Places what was waiting again, now that more is known. */
function release(personId: string, person: PersonState, nowMs: number): Moved<PersonState> {
  return person.waiting.reduce<Moved<PersonState>>(
    (moved, input) => {
      const next = place(personId, moved.state, input, nowMs);
      return {
        ...next,
        effects: [...moved.effects, ...next.effects],
        setAside: [...moved.setAside, ...next.setAside],
      };
    },
    still({ ...person, waiting: [] }),
  );
}

/** Two known users become one only inside one account: never across accounts (vendors: Segment, identity). */
function mergeAsked(
  person: PersonState,
  input: Input & { kind: 'merge_asked' },
): Moved<PersonState> {
  const { previousId, userId, accountId } = input;
  if (person.accounts.some((known) => known !== accountId)) {
    const message = `An alias wants to join two users who belong to different accounts, so it was ignored; correct the alias call.`;
    return {
      ...still(person),
      setAside: [{ reason: 'alias_across_accounts', message, userId, raw: input }],
    };
  }
  const accounts = person.accounts.includes(accountId) ? person.accounts : [accountId];
  const body: InputBody = { kind: 'member_merged', previousId, userId, accountId };
  return {
    ...still({ ...person, accounts }),
    effects: [inputEffect(`merged.${accountId}.${previousId}.${userId}`, body, input)],
  };
}

function erase(person: PersonState, cause: Input & { kind: 'erasure' }): Moved<PersonState> {
  return {
    ...still({ ...unknownPerson, isErased: true }),
    effects: [
      ...person.accounts.map((accountId) => erasedEffect(cause.userId, accountId, cause)),
      ...withdrawWaiting(person.touches, { reason: 'erased' }),
    ],
  };
}

/** An erased person stays erased: a late event does not bring it back, an account that still sees it forgets it. */
function advanceErased(person: PersonState, input: Input): Moved<PersonState> {
  switch (input.kind) {
    case 'member_seen':
      return { ...still(person), effects: [erasedEffect(input.userId, input.accountId, input)] };
    case 'prompt_asked':
      return {
        ...still(person),
        effects: [{ kind: 'deliver', prompt: input.prompt, withheld: { reason: 'erased' } }],
      };
    default:
      return still(person);
  }
}

/** The last gate before a destination: what holds for the person over all its accounts. */
function promptAsked(
  person: PersonState,
  prompt: Prompt,
  playbook: Playbook,
  nowMs: number,
): Moved<PersonState> {
  const withheld: Refusal | undefined = personRefusal(person, prompt, playbook, nowMs);
  const effects: readonly Effect[] = [{ kind: 'deliver', prompt, withheld }];
  if (withheld !== undefined) {
    return { ...still(person), effects };
  }
  const { channel, decidedMs, decisionId, family, followsId, offerId, userId } = prompt;
  const touch = newTouch({
    decisionId,
    offerId,
    family,
    userId,
    channel,
    timeMs: decidedMs,
    followsId,
    moment: undefined,
  });
  const touches = withTouch(person.touches, touch);
  return { ...still({ ...person, touches }), effects };
}

function eventEffect(
  input: EventInput,
  known: { readonly userId: string } | { readonly accountId: string },
): Effect {
  // The same message id: the account counts it once, however often and on whatever way it arrives.
  return { kind: 'input', input: { ...input, event: { ...input.event, ...known } } };
}

function mergeEffect(previousId: string, userId: string, accountId: string, cause: Input): Effect {
  const body: InputBody = { kind: 'merge_asked', previousId, userId, accountId };
  return inputEffect(`merge.${accountId}.${previousId}.${userId}`, body, cause);
}

function erasedEffect(userId: string, accountId: string, cause: Input): Effect {
  return inputEffect(
    `erased.${accountId}.${userId}.${cause.id}`,
    { kind: 'member_erased', userId, accountId },
    cause,
  );
}

function inputEffect(id: string, body: InputBody, cause: Input): Effect {
  return {
    kind: 'input',
    input: { id, dedupeDay: undefined, receivedMs: cause.receivedMs, ...body },
  };
}
