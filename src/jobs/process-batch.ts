import type { AccountView, Rules } from '../core/account/advance.ts';
import { advanceAccount, membersTouched } from '../core/account/advance.ts';
import { decodeAccount, decodeMember, encodeAccount, encodeMember } from '../core/account/codec.ts';
import { memberIdOf } from '../core/account/members.ts';
import type { MemberState } from '../core/account/state.ts';
import type { Effect, Input } from '../core/input.ts';
import { isCountedById, unitOf } from '../core/input.ts';
import type { Moved, SetAside } from '../core/moved.ts';
import { withOutcomes } from '../core/outcome/outcomes-of.ts';
import { type Unit, unitKey } from '../core/partition.ts';
import { advancePerson } from '../core/person/advance.ts';
import { decodePerson, encodePerson } from '../core/person/codec.ts';
import { isHeardOfForgotten, personsOf } from '../core/person/forgotten.ts';
import { unknownPerson } from '../core/person/state.ts';
import { Fault } from '../core/fault.ts';
import type {
  Clock,
  LoadedUnit,
  LoadRequest,
  Quarantined,
  StateStore,
  UnitChange,
} from '../core/ports.ts';
import type { DecisionRecord } from '../core/decision/record.ts';
import type { Metrics } from '../metrics.ts';
import type { Forgotten } from '../store/forgotten.ts';

/*
 * load -> advance -> commit -> relay, for one batch of one lane. Safe to repeat with the same batch: what was counted is
 * not counted again, what was decided is not decided again, what waits in the outbox is handed on. A unit that somebody
 * else moved meanwhile is loaded and advanced again. Redis away: throws, nothing half-done, the job is tried again.
 */

/** What a batch needs of the world. */
export interface ProcessDeps {
  readonly store: StateStore;
  /** What to decide by, as it is now. */
  readonly rules: () => Rules;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Whether somebody wants to hear what came of prompts. Default: nobody; shadow mode has nothing to tell. */
  readonly tellsOutcomes?: boolean;
  /** Who is forgotten. Default: nobody ever was. */
  readonly forgotten?: Pick<Forgotten, 'among' | 'forget' | 'noteEmail'>;
  /** Hands the committed effects of a unit on and clears its outbox. */
  relay(committed: readonly Committed[]): Promise<void>;
  /** Keeps what could not be counted, for the operator. */
  quarantine(entries: readonly Quarantined[]): Promise<void>;
  /** Is told which accounts are about to change, where somebody wants to know (src/jobs/crm-marks.ts). */
  readonly changing?: (accountIds: readonly string[]) => Promise<void>;
}

/** The effects that one unit's commit put into its outbox. */
export interface Committed {
  readonly unit: Unit;
  readonly effects: readonly Effect[];
}

/** A lost race is run again so often before the whole batch is left to its retry. */
const roundsMax = 8;

/** Aliases of aliases are followed so far. */
const aliasHopsMax = 8;

/** Moves every unit of the batch by its inputs. */
export async function processBatch(inputs: readonly Input[], deps: ProcessDeps): Promise<void> {
  const { heard, gone } = await withoutForgotten(inputs, deps);
  let pending = groupByUnit(heard);
  for (let round = 0; pending.length > 0; round += 1) {
    if (round === roundsMax) {
      throw new Fault(
        'store_unreachable',
        'later',
        `${pending.length} units were moved by others ${roundsMax} times in a row; the batch is tried again later.`,
      );
    }
    pending = await processRound(pending, gone, deps);
  }
}

const nobody: ReadonlySet<string> = new Set();

/** Drops what would bring a forgotten person back. From an erasure on, nothing of the person is counted any more. */
async function withoutForgotten(
  inputs: readonly Input[],
  { forgotten, metrics }: ProcessDeps,
): Promise<{ readonly heard: readonly Input[]; readonly gone: ReadonlySet<string> }> {
  if (forgotten === undefined) {
    return { heard: inputs, gone: nobody };
  }
  const asked = inputs.flatMap((input) => (input.kind === 'erasure' ? [input.userId] : []));
  await forgotten.forget(asked);
  const gone = await forgotten.among(inputs.flatMap(personsOf));
  if (gone.size === 0) {
    return { heard: inputs, gone };
  }
  // What comes of a forgotten person is a trace itself, if only in the job that brought it: it is looked for again.
  await forgotten.forget([...gone].filter((personId) => !asked.includes(personId)));
  const heard = inputs.filter(
    (input) =>
      isHeardOfForgotten(input) || !personsOf(input).some((personId) => gone.has(personId)),
  );
  metrics.inputsForgotten.inc(inputs.length - heard.length);
  return { heard, gone };
}

interface Group {
  readonly unit: Unit;
  readonly inputs: readonly Input[];
  /** Members whom an earlier round of the account asked for. */
  readonly alsoMembers: readonly string[];
}

function groupByUnit(inputs: readonly Input[]): readonly Group[] {
  const groups = new Map<string, Group & { readonly inputs: Input[] }>();
  for (const input of inputs) {
    const unit = unitOf(input);
    const key = unitKey(unit);
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { unit, inputs: [input], alsoMembers: [] });
    } else {
      group.inputs.push(input);
    }
  }
  return [...groups.values()];
}

/** One load, one commit; gives the groups that lost a race, or that need members which were not loaded. */
async function processRound(
  groups: readonly Group[],
  gone: ReadonlySet<string>,
  deps: ProcessDeps,
): Promise<readonly Group[]> {
  const loaded = await loadWithAliases(groups, deps.store);
  const all = groups.flatMap((group, at) => {
    const unit = loaded[at];
    return unit === undefined ? [] : (step(group, unit.loaded, unit.members, gone, deps) ?? []);
  });
  const short = all.filter(needsMembers);
  const stepped = short.length === 0 ? all : all.filter((one) => !needsMembers(one));
  const setAside = stepped.flatMap(({ moved }) => moved.setAside);
  if (setAside.length > 0) {
    // Before the commit: a crash in between keeps an entry twice rather than never.
    await deps.quarantine(setAside.map((entry) => quarantinedOf(entry, deps.clock.nowMs())));
  }
  // Before the commit as well: a mark without a change costs a look, a change without a mark would never be told.
  await deps.changing?.(stepped.flatMap(({ changedAccount }) => changedAccount ?? []));
  for (const { userId, email } of stepped.flatMap(({ addresses }) => addresses)) {
    await deps.forgotten?.noteEmail(userId, email);
  }
  const results = await deps.store.commit(stepped.map(({ change }) => change));
  const won = stepped.filter((_, at) => results[at] === 'done');
  report(won, deps);
  await deps.relay(won.map(({ change }) => ({ unit: change.unit, effects: change.effects })));
  const lost = stepped.filter((_, at) => results[at] !== 'done');
  deps.metrics.commitConflicts.inc(lost.length);
  return [
    ...lost.map(({ group }) => group),
    ...short.map(({ group, moved }) => ({
      ...group,
      alsoMembers: [...group.alsoMembers, ...(moved.missing ?? [])],
    })),
  ];
}

interface Stepped {
  readonly group: Group;
  /** How many inputs moved the unit. */
  readonly fresh: number;
  readonly change: UnitChange;
  /** Addresses of members who are forgotten by it, under which other traces of them may stand. */
  readonly addresses: readonly { readonly userId: string; readonly email: string }[];
  readonly moved: {
    readonly setAside: readonly SetAside[];
    readonly decisions: readonly DecisionRecord[];
    readonly missing?: readonly string[] | undefined;
  };
  /** The account, when its own state changes; one that only its members' states change is not told of. */
  readonly changedAccount?: string;
}

/** Whether a step missed members that nobody has asked for yet; one that was asked for and is not there does not exist. */
function needsMembers({ group, moved }: Stepped): boolean {
  return (moved.missing ?? []).some((userId) => !group.alsoMembers.includes(userId));
}

interface LoadedMembers {
  readonly loaded: LoadedUnit;
  readonly members: ReadonlyMap<string, MemberState>;
}

/** Loads units with the members they touch, and the members these have become. */
async function loadWithAliases(
  groups: readonly Group[],
  store: StateStore,
): Promise<readonly LoadedMembers[]> {
  let requests = groups.map((group) => requestOf(group, []));
  for (let hop = 0; ; hop += 1) {
    const units = (await store.load(requests)).map((loaded) => ({
      loaded,
      members: decodeMembers(loaded),
    }));
    const more = units.map(({ members }, at) => aliasTargets(requests[at], members));
    if (hop === aliasHopsMax || more.every((targets) => targets.length === 0)) {
      return units;
    }
    requests = groups.map((group, at) =>
      requestOf(group, [...(requests[at]?.members ?? []), ...(more[at] ?? [])]),
    );
  }
}

function requestOf(group: Group, alsoMembers: readonly string[]): LoadRequest {
  const members =
    group.unit.kind === 'account'
      ? new Set([...group.inputs.flatMap(membersTouched), ...group.alsoMembers, ...alsoMembers])
      : [];
  return { unit: group.unit, members: [...members], ids: group.inputs.filter(isCountedById) };
}

const noMembers: readonly string[] = [];

/** Members that the requested ones have become and that were not requested yet. */
function aliasTargets(
  request: LoadRequest | undefined,
  members: ReadonlyMap<string, MemberState>,
): readonly string[] {
  const targets = new Set<string>();
  for (const [userId, member] of members) {
    if (member.kind === 'moved') {
      targets.add(memberIdOf(userId, members));
    }
  }
  return targets.size === 0
    ? noMembers
    : [...targets].filter((userId) => !request?.members.includes(userId));
}

function decodeMembers(loaded: LoadedUnit): ReadonlyMap<string, MemberState> {
  const members = new Map<string, MemberState>();
  for (const [userId, bytes] of loaded.members) {
    members.set(userId, decodeMember(bytes));
  }
  return members;
}

/** Advances one unit by those of its inputs that it has not counted. Undefined: there is nothing to store. */
function step(
  group: Group,
  loaded: LoadedUnit,
  members: ReadonlyMap<string, MemberState>,
  gone: ReadonlySet<string>,
  deps: ProcessDeps,
): Stepped | undefined {
  const fresh = freshInputs(group.inputs, loaded.seen);
  deps.metrics.inputsRepeated.inc(group.inputs.length - fresh.length);
  if (fresh.length === 0) {
    return undefined;
  }
  const rules = deps.rules();
  const counted = fresh
    .filter(isCountedById)
    .map(({ id, dedupeDay, receivedMs }) => ({ id, dedupeDay, receivedMs }));
  const base = { unit: loaded.unit, token: loaded.token, counted };
  if (group.unit.kind === 'person') {
    const isErased = gone.has(group.unit.id);
    const start =
      loaded.bytes === undefined ? { ...unknownPerson, isErased } : decodePerson(loaded.bytes);
    const moved = advanceAll(start, fresh, (state, input) =>
      advancePerson(group.unit.id, state, input, rules.playbook, deps.clock.nowMs()),
    );
    if (counted.length === 0 && moved.state === start && isStill(moved)) {
      // The person knew it all: storing it again would be work without a trace.
      deps.metrics.inputsRepeated.inc(fresh.length);
      return undefined;
    }
    const { effects, decisions } = moved;
    return {
      group,
      fresh: fresh.length,
      moved,
      addresses: [],
      change: { ...base, bytes: encodePerson(moved.state), members: new Map(), effects, decisions },
    };
  }
  const start: AccountView = { account: decodeAccount(loaded.bytes), members };
  const tellsOutcomes = deps.tellsOutcomes === true && rules.mode === 'live';
  const moved = advanceAll(start, fresh, (state, input) => {
    const nowMs = deps.clock.nowMs();
    const next = advanceAccount(group.unit.id, state, input, rules, nowMs);
    return tellsOutcomes
      ? withOutcomes(group.unit.id, state.account, input, next, rules.playbook, nowMs)
      : next;
  });
  const { effects, decisions } = moved;
  const isChanged = moved.state.account !== start.account || decisions.length > 0;
  return {
    group,
    fresh: fresh.length,
    moved,
    ...(isChanged ? { changedAccount: group.unit.id } : {}),
    addresses: fresh.flatMap((input) => addressOf(input, members)),
    change: {
      ...base,
      bytes: encodeAccount(moved.state.account),
      members: changedMembers(start, moved.state),
      effects,
      decisions,
    },
  };
}

function addressOf(input: Input, members: ReadonlyMap<string, MemberState>): Stepped['addresses'] {
  const member = input.kind === 'member_erased' ? members.get(input.userId) : undefined;
  const email = member?.kind === 'active' ? member.traits.get('email')?.value : undefined;
  return input.kind === 'member_erased' && typeof email === 'string' && email !== ''
    ? [{ userId: input.userId, email }]
    : [];
}

/** Whether a step asks nothing of the world. */
function isStill({ effects, decisions, setAside }: Moved<unknown>): boolean {
  return effects.length === 0 && decisions.length === 0 && setAside.length === 0;
}

/** Inputs not counted before and not repeated in this batch, in the order of what they tell. */
function freshInputs(inputs: readonly Input[], seen: ReadonlySet<string>): readonly Input[] {
  const once = new Map<string, Input>();
  for (const input of inputs) {
    if (!seen.has(input.id) && !once.has(input.id)) {
      once.set(input.id, input);
    }
  }
  return [...once.values()].toSorted((left, right) => timeOf(left) - timeOf(right));
}

function timeOf(input: Input): number {
  return input.kind === 'event' ? input.event.timeMs : input.receivedMs;
}

function advanceAll<State>(
  start: State,
  inputs: readonly Input[],
  advance: (state: State, input: Input) => Moved<State>,
): Moved<State> {
  let state = start;
  const effects: Effect[] = [];
  const decisions: DecisionRecord[] = [];
  const setAside: SetAside[] = [];
  const missing: string[] = [];
  for (const input of inputs) {
    const moved = advance(state, input);
    state = moved.state;
    effects.push(...moved.effects);
    decisions.push(...moved.decisions);
    setAside.push(...moved.setAside);
    missing.push(...(moved.missing ?? []));
  }
  return { state, effects, decisions, setAside, missing };
}

function changedMembers(before: AccountView, after: AccountView): ReadonlyMap<string, Uint8Array> {
  const changed = new Map<string, Uint8Array>();
  for (const [userId, member] of after.members) {
    if (before.members.get(userId) !== member) {
      changed.set(userId, encodeMember(member));
    }
  }
  return changed;
}

function quarantinedOf(entry: SetAside, nowMs: number): Quarantined {
  const { reason, message, userId, raw } = entry;
  return { reason, message, door: 'core', receivedMs: nowMs, userId, raw: JSON.stringify(raw) };
}

function report(won: readonly Stepped[], deps: ProcessDeps): void {
  const nowMs = deps.clock.nowMs();
  for (const { group, fresh, moved } of won) {
    deps.metrics.inputsProcessed.inc({ kind: group.unit.kind }, fresh);
    for (const { reason } of moved.setAside) {
      deps.metrics.callsQuarantined.inc({ reason });
    }
    for (const decision of moved.decisions) {
      const chosen = decision.chosen === undefined ? 'nothing' : 'prompt';
      const reason =
        decision.chosen === undefined
          ? (decision.learning?.silence ?? decision.refused[0]?.refusal.reason ?? 'worth_less')
          : '';
      deps.metrics.decisions.inc({ chosen, reason });
      for (const { refusal } of decision.refused) {
        if (refusal.reason === 'promise_broken') {
          deps.metrics.promisesAtRisk.inc({ promise: refusal.promise });
        }
      }
      deps.metrics.decisionSeconds.observe(Math.max(0, nowMs - decision.cause.receivedMs) / 1_000);
    }
  }
}
