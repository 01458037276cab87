import {
  type AccountView,
  advanceAccount,
  membersTouched,
} from '../../src/core/account/advance.ts';
import {
  decodeAccount,
  decodeMember,
  encodeAccount,
  encodeMember,
} from '../../src/core/account/codec.ts';
import { memberIdOf } from '../../src/core/account/members.ts';
import type { MemberState } from '../../src/core/account/state.ts';
import { allOn } from '../../src/core/controls.ts';
import type { DecisionRecord } from '../../src/core/decision/record.ts';
import { dayOf } from '../../src/core/duration.ts';
import type { Scalar } from '../../src/core/event/event.ts';
import { type Effect, type Input, type PromptOutcome, unitOf } from '../../src/core/input.ts';
import { feedbackInputs } from '../../src/core/outcome/feedback-inputs.ts';
import type { FeedbackBody } from '../../src/core/outcome/feedback.ts';
import { advancePerson } from '../../src/core/person/advance.ts';
import { decodePerson, encodePerson } from '../../src/core/person/codec.ts';
import { type PersonState, unknownPerson } from '../../src/core/person/state.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import type { Prompt } from '../../src/core/prompt/prompt.ts';

/** What somebody did, with the time before it. */
export type Action = { readonly gapMs: number } & (
  | {
      readonly what: 'event';
      readonly call?: 'track' | 'identify';
      readonly name: string;
      readonly accountId: string;
      readonly userId: string;
      readonly properties?: Readonly<Record<string, Scalar>>;
      readonly traits?: Readonly<Record<string, Scalar>>;
    }
  /** About the prompt that went out as `nth`, counted from the newest; nothing when there is none. */
  | { readonly what: 'reaction'; readonly nth: number; readonly body: FeedbackBody }
  /** What a vendor says of a person, without naming a prompt. */
  | { readonly what: 'said'; readonly userId: string; readonly body: FeedbackBody }
);

/** What the channel does with a prompt: how long it takes, and its answer. */
export interface VendorTurn {
  readonly delayMs: number;
  readonly answer: 'sent' | 'refused' | 'unknown';
}

/** All that an onlooker sees: what was done when, and what went out. */
export interface Told {
  readonly atMs: number;
  readonly action: Action;
  /** The decision that a reaction was about. */
  readonly decisionId: string | undefined;
}
export interface Out {
  readonly atMs: number;
  readonly prompt: Prompt;
}
export interface Lived {
  readonly told: readonly Told[];
  readonly out: readonly Out[];
  readonly decisions: readonly DecisionRecord[];
  /** Prompts that were taken back before they went out. */
  readonly withdrawn: number;
}

type Task = { readonly atMs: number } & (
  | { readonly what: 'input'; readonly input: Input }
  | { readonly what: 'send'; readonly prompt: Prompt; readonly answer: VendorTurn['answer'] }
);

/**
 * Lives through a history as the hub would: inputs between accounts and persons are under way for as long as `hopsMs` say
 * in turn, so they overtake each other; timers come when they are due, prompts go out when the vendor is ready. States are
 * packed and read again at every step.
 */
export function live(
  startMs: number,
  actions: readonly Action[],
  world: { readonly turns: readonly VendorTurn[]; readonly hopsMs: readonly number[] },
  playbook: Playbook,
): Lived {
  const hub = new Hub(playbook, world.turns, world.hopsMs);
  const told: Told[] = [];
  let atMs = startMs;
  for (const [nth, action] of actions.entries()) {
    atMs += action.gapMs;
    hub.passTime(atMs);
    const about = action.what === 'reaction' ? hub.out.at(-1 - action.nth)?.prompt : undefined;
    if (action.what === 'reaction' && about === undefined) {
      continue;
    }
    told.push({ atMs, action, decisionId: about?.decisionId });
    for (const input of inputsOf(action, `a${nth}`, atMs, about)) {
      hub.take(input, atMs);
    }
  }
  hub.passTime(atMs + 30 * 86_400_000);
  return { told, out: hub.out, decisions: hub.decisions, withdrawn: hub.withdrawn };
}

function inputsOf(
  action: Action,
  id: string,
  atMs: number,
  about: Prompt | undefined,
): readonly Input[] {
  if (action.what === 'event') {
    const { accountId, userId, call = 'track', name, properties = {}, traits = {} } = action;
    const event = {
      messageId: id,
      call,
      name,
      timeMs: atMs,
      receivedMs: atMs,
      userId,
      anonymousId: undefined,
      accountId,
      properties,
      traits,
      isReplay: false,
    };
    return [{ kind: 'event', id, dedupeDay: dayOf(atMs), receivedMs: atMs, event }];
  }
  const { body } = action;
  const userId = action.what === 'said' ? action.userId : undefined;
  const decisionId = about?.decisionId;
  const resolved = feedbackInputs(
    {
      id,
      timeMs: atMs,
      channel: about?.channel,
      about: { decisionId, userId, accountId: undefined },
      body,
    },
    about,
    atMs,
  );
  return resolved.kind === 'inputs' ? resolved.inputs : [];
}

class Hub {
  readonly out: Out[] = [];
  readonly decisions: DecisionRecord[] = [];
  withdrawn = 0;
  readonly #playbook: Playbook;
  readonly #turns: readonly VendorTurn[];
  readonly #accounts = new Map<string, Uint8Array>();
  readonly #members = new Map<string, Uint8Array>();
  readonly #persons = new Map<string, Uint8Array>();
  readonly #counted = new Set<string>();
  readonly #tasks: Task[] = [];
  /** Prompts that wait to be sent; false: taken back. */
  readonly #ledger = new Map<string, boolean>();
  readonly #hopsMs: readonly number[];
  #asked = 0;
  #passed = 0;

  constructor(playbook: Playbook, turns: readonly VendorTurn[], hopsMs: readonly number[]) {
    this.#playbook = playbook;
    this.#turns = turns;
    this.#hopsMs = hopsMs;
  }

  /** Does what is due until then, in the order of time. */
  passTime(untilMs: number): void {
    for (;;) {
      this.#tasks.sort((left, right) => left.atMs - right.atMs);
      const [task] = this.#tasks;
      if (task === undefined || task.atMs > untilMs) {
        return;
      }
      this.#tasks.shift();
      if (task.what === 'input') {
        this.take(task.input, task.atMs);
      } else {
        this.#send(task.prompt, task.answer, task.atMs);
      }
    }
  }

  /** Moves the unit of an input, once, and sends what it asks for on its way. */
  take(input: Input, nowMs: number): void {
    const { kind, id } = unitOf(input);
    const counted = `${kind} ${id} ${input.id}`;
    if (this.#counted.has(counted)) {
      return;
    }
    this.#counted.add(counted);
    const effects =
      kind === 'account' ? this.#moveAccount(id, input, nowMs) : this.#movePerson(id, input, nowMs);
    for (const effect of effects) {
      this.#handOn(effect, nowMs);
    }
  }

  /** Puts inputs on their way to their units. */
  #pass(inputs: readonly Input[], nowMs: number): void {
    for (const input of inputs) {
      const hopMs = this.#hopsMs[this.#passed % this.#hopsMs.length] ?? 0;
      this.#passed += 1;
      this.#tasks.push({ what: 'input', atMs: nowMs + hopMs, input });
    }
  }

  #moveAccount(id: string, input: Input, nowMs: number): readonly Effect[] {
    const members = new Map<string, MemberState>();
    for (const userId of membersTouched(input)) {
      for (const one of [userId, memberIdOf(userId, members)]) {
        const bytes = this.#members.get(`${id} ${one}`);
        if (bytes !== undefined) {
          members.set(one, decodeMember(bytes));
        }
      }
    }
    const view: AccountView = { account: decodeAccount(this.#accounts.get(id)), members };
    const rules = { playbook: this.#playbook, mode: 'live', controls: allOn } as const;
    const moved = advanceAccount(id, view, input, rules, nowMs);
    this.#accounts.set(id, encodeAccount(moved.state.account));
    for (const [userId, member] of moved.state.members) {
      this.#members.set(`${id} ${userId}`, encodeMember(member));
    }
    this.decisions.push(...moved.decisions);
    for (const { chosen, decisionId } of moved.decisions) {
      if (chosen !== undefined) {
        this.#ledger.set(decisionId, true);
      }
    }
    return moved.effects;
  }

  #movePerson(id: string, input: Input, nowMs: number): readonly Effect[] {
    const bytes = this.#persons.get(id);
    const person: PersonState = bytes === undefined ? unknownPerson : decodePerson(bytes);
    const moved = advancePerson(id, person, input, this.#playbook, nowMs);
    this.#persons.set(id, encodePerson(moved.state));
    return moved.effects;
  }

  #handOn(effect: Effect, nowMs: number): void {
    switch (effect.kind) {
      case 'input':
        this.#pass([effect.input], nowMs);
        break;
      case 'timer':
        this.#tasks.push({
          what: 'input',
          atMs: Math.max(nowMs, effect.dueMs),
          input: effect.input,
        });
        break;
      case 'withdraw':
        if (this.#ledger.get(effect.decisionId) === true) {
          this.withdrawn += 1;
          this.#ledger.set(effect.decisionId, false);
        }
        break;
      case 'deliver':
        this.#deliver(effect, nowMs);
        break;
      case 'take_away':
      case 'report':
      case 'tally':
        // None reaches a person.
        break;
      default:
        effect satisfies never;
    }
  }

  #deliver({ prompt, withheld }: Effect & { readonly kind: 'deliver' }, nowMs: number): void {
    if (withheld !== undefined) {
      this.#pass(settled(prompt, 'refused', nowMs), nowMs);
      return;
    }
    const turn = this.#turns[this.#asked % this.#turns.length];
    this.#asked += 1;
    this.#tasks.push({
      what: 'send',
      prompt,
      atMs: Math.max(nowMs, prompt.notBeforeMs) + (turn?.delayMs ?? 0),
      answer: turn?.answer ?? 'sent',
    });
  }

  #send(prompt: Prompt, answer: VendorTurn['answer'], nowMs: number): void {
    const isWanted = this.#ledger.get(prompt.decisionId) === true;
    this.#ledger.delete(prompt.decisionId);
    const outcome = !isWanted ? 'refused' : nowMs > prompt.expiresMs ? 'expired' : answer;
    if (outcome === 'sent' || outcome === 'unknown') {
      this.out.push({ atMs: nowMs, prompt });
    }
    this.#pass(settled(prompt, outcome, nowMs), nowMs);
  }
}

function settled(prompt: Prompt, outcome: PromptOutcome, nowMs: number): readonly Input[] {
  const { accountId, decidedMs, decisionId, userId } = prompt;
  return (['account', 'person'] as const).map((to) => ({
    kind: 'prompt_settled',
    id: `${decisionId}.settled.${to}`,
    dedupeDay: dayOf(decidedMs),
    receivedMs: nowMs,
    to,
    decisionId,
    userId,
    accountId,
    outcome,
  }));
}
