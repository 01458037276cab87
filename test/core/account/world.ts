import { checkPlaybook } from '../../../config/check.ts';
import {
  type AccountView,
  advanceAccount,
  membersTouched,
  type Rules,
} from '../../../src/core/account/advance.ts';
import {
  decodeAccount,
  decodeMember,
  encodeAccount,
  encodeMember,
} from '../../../src/core/account/codec.ts';
import type { MemberState } from '../../../src/core/account/state.ts';
import { allOn } from '../../../src/core/controls.ts';
import type { DecisionRecord } from '../../../src/core/decision/record.ts';
import type { Scalar } from '../../../src/core/event/event.ts';
import type { Effect, EventInput, Input } from '../../../src/core/input.ts';
import type { Playbook } from '../../../src/core/playbook.ts';

/** A day in 2027, noon UTC. */
export const noon = Date.UTC(2027, 0, 15, 12);

/** Compiles YAML that must be right. */
export function playbookOf(yaml: string): Playbook {
  const checked = checkPlaybook(yaml, 'test.yaml');
  if (checked.kind === 'invalid') {
    throw new Error(
      checked.problems.map((one) => `${one.line}: ${one.field} ${one.message}`).join('\n'),
    );
  }
  return checked.playbook;
}

/** What a test says of an event; the rest is usual. */
export interface Told {
  readonly id: string;
  readonly name?: string;
  readonly call?: 'track' | 'identify' | 'group' | 'page';
  readonly userId?: string | undefined;
  readonly anonymousId?: string;
  readonly timeMs?: number;
  readonly properties?: Readonly<Record<string, Scalar>>;
  readonly traits?: Readonly<Record<string, Scalar>>;
  readonly isReplay?: boolean;
}

/** An event of account acme. Property names are given normalized. */
export function event(told: Told): EventInput {
  const timeMs = told.timeMs ?? noon;
  return {
    kind: 'event',
    id: told.id,
    dedupeDay: undefined,
    receivedMs: timeMs,
    event: {
      messageId: told.id,
      call: told.call ?? 'track',
      name: told.name ?? (told.call === undefined ? 'Report Created' : ''),
      timeMs,
      receivedMs: timeMs,
      userId: 'userId' in told ? told.userId : 'lena',
      anonymousId: told.anonymousId,
      accountId: 'acme',
      properties: told.properties ?? {},
      traits: told.traits ?? {},
      isReplay: told.isReplay ?? false,
    },
  };
}

/** What came of a run. */
export interface Ran {
  readonly view: AccountView;
  readonly decisions: readonly DecisionRecord[];
  readonly effects: readonly Effect[];
  /** The packed states, for comparing. */
  readonly bytes: readonly string[];
}

/** Moves account acme by inputs one after the other, each id once, through the packed form each time, as the hub does. */
export function run(
  inputs: readonly Input[],
  told: Omit<Rules, 'controls'> & Partial<Rules>,
  nowMs: (input: Input) => number = timeOf,
): Ran {
  const rules: Rules = { controls: allOn, ...told };
  let account = decodeAccount(undefined);
  const members = new Map<string, MemberState>();
  const counted = new Set<string>();
  const decisions: DecisionRecord[] = [];
  const effects: Effect[] = [];
  for (const input of inputs) {
    if (counted.has(input.id)) {
      continue;
    }
    counted.add(input.id);
    const view: AccountView = {
      account: decodeAccount(encodeAccount(account)),
      // The hub loads the touched ones and what they became; here all are at hand.
      members: new Map(
        [...members].map(([id, member]) => [id, decodeMember(encodeMember(member))]),
      ),
    };
    membersTouched(input);
    const moved = advanceAccount('acme', view, input, rules, nowMs(input));
    account = moved.state.account;
    for (const [id, member] of moved.state.members) {
      members.set(id, member);
    }
    decisions.push(...moved.decisions);
    effects.push(...moved.effects);
  }
  const bytes = [
    hex(encodeAccount(account)),
    ...[...members]
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([id, member]) => `${id}:${hex(encodeMember(member))}`),
  ];
  return { view: { account, members }, decisions, effects, bytes };
}

function timeOf(input: Input): number {
  return input.kind === 'event' ? input.event.timeMs : input.receivedMs;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
