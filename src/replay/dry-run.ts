import {
  type AccountView,
  advanceAccount,
  membersTouched,
  type Rules,
} from '../core/account/advance.ts';
import { decodeAccount } from '../core/account/codec.ts';
import { memberIdOf } from '../core/account/members.ts';
import type { AccountState, MemberState } from '../core/account/state.ts';
import type { DecisionRecord } from '../core/decision/record.ts';
import { type Effect, type Input, unitOf } from '../core/input.ts';
import type { LearningStep } from '../core/model/step.ts';
import type { Moved, SetAside } from '../core/moved.ts';
import { unitKey } from '../core/partition.ts';
import { advancePerson } from '../core/person/advance.ts';
import { type PersonState, unknownPerson } from '../core/person/state.ts';
import type { Prompt } from '../core/prompt/prompt.ts';
import { settledInputs } from '../core/prompt/settled-inputs.ts';
import { createTimers } from './timers.ts';

/*
 * The hub in memory: the same `advance` as the live one, every input at a time that the caller says, nothing sent. What a
 * step asks of other units is done at once. Enters: inputs in the order in which they are to be lived through. Leaves: what
 * was decided, what would be sent and counted, and what could not be placed. Always holds: an input counts once per unit, as
 * in the store; a timer runs at the first moment that is told to have come after it.
 */

/** What one input or a stretch of time led to, with all that followed from it at once. */
export interface Lived {
  readonly decisions: readonly DecisionRecord[];
  /** What passed the last gate: to be handed to its channel. */
  readonly prompts: readonly Prompt[];
  /** What all accounts learn from. */
  readonly steps: readonly LearningStep[];
  readonly setAside: readonly SetAside[];
}

/** A hub without Redis, vendors or a clock of its own. */
export interface DryRun {
  /** Lives through an input at `nowMs`. */
  take(input: Input, nowMs: number): Lived;
  /** Lives through the timers that are due by `nowMs`, each at its time. Who never calls it has no timers. */
  elapse(nowMs: number): Lived;
}

interface Account {
  state: AccountState;
  readonly members: Map<string, MemberState>;
}

/** A hub that has heard of nobody. `rulesNow` is asked at every step: what is learned or switched off may change. */
export function createDryRun(rulesNow: () => Rules): DryRun {
  const accounts = new Map<string, Account>();
  const persons = new Map<string, PersonState>();
  const counted = new Set<string>();
  const timers = createTimers();

  return {
    take(input, nowMs) {
      const life = newLife();
      live(input, nowMs, life);
      return life;
    },
    elapse(nowMs) {
      const life = newLife();
      for (let due = timers.next(nowMs); due !== undefined; due = timers.next(nowMs)) {
        live(due.input, due.dueMs, life);
      }
      return life;
    },
  };

  function live(input: Input, nowMs: number, life: Life): void {
    const waiting: Input[] = [input];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const moved = step(next, nowMs);
      life.decisions.push(...(moved?.decisions ?? []));
      life.setAside.push(...(moved?.setAside ?? []));
      for (const effect of moved?.effects ?? []) {
        carryOut(effect, waiting, life);
      }
    }
  }

  function carryOut(effect: Effect, waiting: Input[], life: Life): void {
    switch (effect.kind) {
      case 'input':
        waiting.push(effect.input);
        break;
      case 'timer':
        timers.set(effect);
        break;
      case 'deliver':
        if (effect.withheld === undefined) {
          life.prompts.push(effect.prompt);
        } else {
          waiting.push(...settledInputs(effect.prompt, 'refused', effect.prompt.decidedMs));
        }
        break;
      case 'tally':
        life.steps.push(effect.step);
        break;
      case 'withdraw':
      case 'take_away':
      case 'report':
        // Nothing is sent, so there is nothing to take back and nobody to tell.
        break;
      default:
        effect satisfies never;
    }
  }

  /** Undefined: the unit counted the input before. */
  function step(input: Input, nowMs: number): Moved<unknown> | undefined {
    const unit = unitOf(input);
    const key = `${unitKey(unit)}\u001f${input.id}`;
    if (counted.has(key)) {
      return undefined;
    }
    counted.add(key);
    if (unit.kind === 'account') {
      return stepAccount(unit.id, input, nowMs);
    }
    const person = persons.get(unit.id) ?? unknownPerson;
    const moved = advancePerson(unit.id, person, input, rulesNow().playbook, nowMs);
    persons.set(unit.id, moved.state);
    return moved;
  }

  function stepAccount(accountId: string, input: Input, nowMs: number): Moved<AccountView> {
    const account = accounts.get(accountId) ?? {
      state: decodeAccount(undefined),
      members: new Map<string, MemberState>(),
    };
    accounts.set(accountId, account);
    // Only the members that the step touches: an account of 50,000 must not be copied for each event.
    const touched = new Set(membersTouched(input));
    for (;;) {
      const view: AccountView = {
        account: account.state,
        members: pick(account.members, touched),
      };
      const moved = advanceAccount(accountId, view, input, rulesNow(), nowMs);
      const more = (moved.missing ?? []).filter(
        (userId) => account.members.has(userId) && !touched.has(userId),
      );
      if (more.length === 0) {
        account.state = moved.state.account;
        for (const [userId, member] of moved.state.members) {
          account.members.set(userId, member);
        }
        return moved;
      }
      for (const userId of more) {
        touched.add(userId);
      }
    }
  }
}

/** The members of these ids that exist, and those that they became. */
function pick(
  members: ReadonlyMap<string, MemberState>,
  ids: ReadonlySet<string>,
): ReadonlyMap<string, MemberState> {
  const picked = new Map<string, MemberState>();
  for (const id of ids) {
    for (const userId of [id, memberIdOf(id, members)]) {
      const member = members.get(userId);
      if (member !== undefined) {
        picked.set(userId, member);
      }
    }
  }
  return picked;
}

interface Life {
  readonly decisions: DecisionRecord[];
  readonly prompts: Prompt[];
  readonly steps: LearningStep[];
  readonly setAside: SetAside[];
}

function newLife(): Life {
  return { decisions: [], prompts: [], steps: [], setAside: [] };
}
