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
import type { Moved, SetAside } from '../core/moved.ts';
import { unitKey } from '../core/partition.ts';
import { advancePerson } from '../core/person/advance.ts';
import { type PersonState, unknownPerson } from '../core/person/state.ts';

/*
 * The hub in memory: the same `advance` as the live one, every input at a time that the caller says, nothing sent. What a
 * step asks of other units is done at once. Enters: inputs in the order in which they are to be lived through. Leaves: what
 * was decided and what could not be placed. Always holds: an input counts once per unit, as in the store.
 */

/** What one input led to, with all that followed from it at once. */
export interface Lived {
  readonly decisions: readonly DecisionRecord[];
  readonly setAside: readonly SetAside[];
}

/** A hub without Redis, vendors or a clock of its own. */
export interface DryRun {
  /** Lives through an input at `nowMs`. */
  take(input: Input, nowMs: number): Lived;
}

interface Account {
  state: AccountState;
  readonly members: Map<string, MemberState>;
}

/** A hub that has heard of nobody. */
export function createDryRun(rules: Rules): DryRun {
  const accounts = new Map<string, Account>();
  const persons = new Map<string, PersonState>();
  const counted = new Set<string>();

  return {
    take(input, nowMs) {
      const decisions: DecisionRecord[] = [];
      const setAside: SetAside[] = [];
      const waiting: Input[] = [input];
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const moved = step(next, nowMs);
        decisions.push(...(moved?.decisions ?? []));
        setAside.push(...(moved?.setAside ?? []));
        waiting.push(...(moved?.effects ?? []).flatMap(inputOf));
      }
      return { decisions, setAside };
    },
  };

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
    const moved = advancePerson(unit.id, person, input, rules.playbook, nowMs);
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
      const moved = advanceAccount(accountId, view, input, rules, nowMs);
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

function inputOf(effect: Effect): readonly Input[] {
  return effect.kind === 'input' ? [effect.input] : [];
}
