import type { Counter } from '../counter/counter.ts';
import { addSample, emptyCounter } from '../counter/counter.ts';
import type { Sample } from '../counter/sample.ts';
import { readPace } from '../counter/pace.ts';
import { CounterTable } from '../counter/table.ts';
import type { Event } from '../event/event.ts';
import { normalizeName } from '../event/name.ts';
import { hash32 } from '../hash.ts';
import type { Effect, EventInput, InputBody } from '../input.ts';
import type { CounterSpec, Playbook, Told } from '../playbook.ts';
import { passes } from '../signal/property-test.ts';
import { sampleOf } from '../signal/sample-of.ts';
import { signalsOf } from '../signal/signals-of.ts';
import type { AccountView } from './advance.ts';
import { roleSaid, withBuyer } from './buyers.ts';
import { planOf } from './plan-of.ts';
import { recountSeats, type SeatFact, seatedMember, seatFactOf } from './seat.ts';
import {
  type AccountState,
  type ActiveMember,
  anonymousLinksMax,
  type MemberState,
} from './state.ts';
import { noTraits, withTraits } from './trait.ts';

/** The states after an event was counted, and every counter that it moved, for the triggers to look at. */
export interface Added {
  readonly view: AccountView;
  /** The member who acted, after the event; undefined for an anonymous visitor. */
  readonly actor: ActiveMember | undefined;
  readonly crossed: readonly MovedCounter[];
  /** What the event says of circumstances and purchases. */
  readonly told: readonly Told[];
  /** The families of the lessons whose feature the event uses. */
  readonly adopted: readonly string[];
  readonly effects: readonly Effect[];
}

/** One counter before and after the event. */
export interface MovedCounter {
  readonly spec: CounterSpec;
  readonly before: Counter;
  readonly after: Counter;
  readonly sample: Sample;
  /** Gauge: days until its limit at the present pace, where a pace of the same signal is counted and known. */
  readonly daysLeft?: number | undefined;
}

const signedUp = normalizeName('Signed Up');
const accountCreated = normalizeName('Account Created');

/** Counts an event: traits, sign-ups and counters of the account and of the member who acted. */
export function addEvent(
  accountId: string,
  view: AccountView,
  actorId: string | undefined,
  input: EventInput,
  playbook: Playbook,
): Added {
  const { event } = input;
  const held = actorId === undefined ? undefined : view.members.get(actorId);
  const said = userTraitsOf(event, playbook.buyers);
  const fact = seatFactOf(event, playbook);
  const member =
    actorId === undefined
      ? undefined
      : memberAfter(held?.kind === 'active' ? held : newMember, event, said, fact, playbook);
  const known = buyersAfter(
    accountAfter(view.account, event),
    actorId,
    said,
    event.timeMs,
    playbook,
  );
  const seated = recountSeats(
    known,
    [held],
    member,
    playbook,
    fact === undefined ? undefined : event.timeMs,
  );
  const counted = count(seated.account, seated.member, event, playbook);
  // Who is removed is not asked to buy for it, and a rule that is new finds members, not newcomers.
  const grown = fact?.said === 'left' ? [] : seated.moved.filter((one) => !one.isCatchingUp);
  const members =
    actorId === undefined || counted.member === undefined || counted.member === held
      ? view.members
      : new Map(view.members).set(actorId, counted.member);
  return {
    view: { account: counted.account, members },
    actor: counted.member,
    crossed: [
      ...grown.map((one) => ({ ...one, sample: seatSample(event, one.spec) })),
      ...counted.moved,
    ],
    told: counted.told,
    adopted: counted.adopted,
    effects:
      actorId === undefined ? [] : introductions(accountId, actorId, held, counted.member, input),
  };
}

const newMember: ActiveMember = {
  kind: 'active',
  counters: CounterTable.empty,
  traits: noTraits,
  anonymousHashes: [],
  signedUpMs: undefined,
  seat: undefined,
};

const noneSaid: Event['traits'] = {};

/** What the event says of its user: the traits of a group call are the account's, but for the user's role in it. */
function userTraitsOf(event: Event, buyers: Playbook['buyers']): Event['traits'] {
  const said = event.call === 'group' ? noneSaid : event.traits;
  const role = roleSaid(event, buyers);
  return buyers === undefined || role === undefined ? said : { ...said, [buyers.property]: role };
}

/** Notes the user as a buyer where this very event says so; whether it still holds is asked of the member. */
function buyersAfter(
  account: AccountState,
  actorId: string | undefined,
  said: Event['traits'],
  timeMs: number,
  { buyers }: Playbook,
): AccountState {
  if (actorId === undefined || buyers === undefined || !passes(buyers, said[buyers.property])) {
    return account;
  }
  const noted = withBuyer(account.buyers, { userId: actorId, timeMs });
  return noted === account.buyers ? account : { ...account, buyers: noted };
}

/** Seats are sums over members: what moved them is the event itself, whatever it carries. */
function seatSample(event: Event, spec: CounterSpec): Sample {
  return {
    timeMs: event.timeMs,
    tie: 0,
    signal: spec.signal,
    by: undefined,
    value: undefined,
    limit: undefined,
    period: undefined,
  };
}

function memberAfter(
  held: ActiveMember,
  event: Event,
  said: Event['traits'],
  fact: SeatFact | undefined,
  playbook: Playbook,
): ActiveMember {
  const member = fact === undefined ? held : seatedMember(held, fact, event.timeMs);
  // What tells buyers from others goes first: it also takes the role of who is removed.
  const all = fact?.role === undefined ? said : { [playbook.members.role]: fact.role, ...said };
  const traits = withTraits(member.traits, all, event.timeMs);
  const signedUpMs =
    event.call === 'track' && normalizeName(event.name) === signedUp
      ? Math.max(member.signedUpMs ?? 0, event.timeMs)
      : member.signedUpMs;
  const anonymousHashes = withAnonymous(member.anonymousHashes, event);
  if (
    traits === member.traits &&
    signedUpMs === member.signedUpMs &&
    anonymousHashes === member.anonymousHashes
  ) {
    return member;
  }
  return { ...member, traits, signedUpMs, anonymousHashes };
}

function withAnonymous(hashes: readonly number[], event: Event): readonly number[] {
  if (event.anonymousId === undefined || event.anonymousId === event.userId) {
    return hashes;
  }
  const hash = hash32(event.anonymousId);
  if (hashes.includes(hash)) {
    return hashes;
  }
  // The smallest are kept, not the first: the order of arrival must not matter.
  const next = [...hashes, hash]
    .toSorted((left, right) => left - right)
    .slice(0, anonymousLinksMax);
  return next.includes(hash) ? next : hashes;
}

function accountAfter(account: AccountState, event: Event): AccountState {
  const traits =
    event.call === 'group'
      ? withTraits(account.traits, event.traits, event.timeMs)
      : account.traits;
  const signedUpMs =
    event.call === 'track' && normalizeName(event.name) === accountCreated
      ? Math.max(account.signedUpMs ?? 0, event.timeMs)
      : account.signedUpMs;
  return traits === account.traits && signedUpMs === account.signedUpMs
    ? account
    : { ...account, traits, signedUpMs };
}

function count(
  account: AccountState,
  member: ActiveMember | undefined,
  event: Event,
  playbook: Playbook,
): {
  readonly account: AccountState;
  readonly member: ActiveMember | undefined;
  readonly moved: readonly MovedCounter[];
  readonly told: readonly Told[];
  readonly adopted: readonly string[];
} {
  const signals = signalsOf(event, playbook);
  if (signals.length === 0) {
    return { account, member, moved: [], told: [], adopted: [] };
  }
  const known = { plan: planOf(account, member, playbook).plan, traits: account.traits };
  const moved = new Map<number, MovedCounter>();
  let ofAccount = account.counters;
  let ofMember = member?.counters;
  for (const rule of signals) {
    for (const spec of rule.counters) {
      const table = spec.subject === 'account' ? ofAccount : ofMember;
      if (table === undefined) {
        continue;
      }
      const sample = sampleOf(event, spec, known);
      const before = table.get(spec) ?? emptyCounter(spec);
      const after = addSample(before, spec, sample);
      if (after === before) {
        continue;
      }
      // An event that is several of a counter's signals moves it once, from before all of them to after.
      moved.set(spec.id, { spec, before: moved.get(spec.id)?.before ?? before, after, sample });
      if (spec.subject === 'account') {
        ofAccount = ofAccount.with(spec, after);
      } else {
        ofMember = table.with(spec, after);
      }
    }
  }
  return {
    account:
      ofAccount === account.counters
        ? account
        : { ...account, counters: ofAccount.trimmed(knownTo(playbook)) },
    member:
      member === undefined || ofMember === undefined || ofMember === member.counters
        ? member
        : { ...member, counters: ofMember.trimmed(knownTo(playbook)) },
    moved: withDaysLeft([...moved.values()]),
    told: signals.flatMap((rule) => rule.tells ?? []),
    adopted: signals.flatMap((rule) => rule.adopts ?? []),
  };
}

/** Tells each gauge what the pace of the same signal says. */
function withDaysLeft(moved: readonly MovedCounter[]): readonly MovedCounter[] {
  const paces = moved.filter(({ after }) => after.kind === 'pace');
  if (paces.length === 0) {
    return moved;
  }
  return moved.map((one) => {
    const { signal, subject, value } = one.spec;
    const pace = paces.find(
      ({ spec }) => spec.signal === signal && spec.subject === subject && spec.value === value,
    );
    return one.after.kind === 'gauge' && pace?.after.kind === 'pace'
      ? { ...one, daysLeft: readPace(pace.after).daysLeft }
      : one;
  });
}

const knownIds = new WeakMap<Playbook, ReadonlySet<number>>();

/** The ids of the playbook's counters; others are leftovers of rules that were changed. */
function knownTo(playbook: Playbook): ReadonlySet<number> {
  const known = knownIds.get(playbook) ?? new Set(playbook.counters.map((spec) => spec.id));
  knownIds.set(playbook, known);
  return known;
}

/** Tells persons what this event taught: the user is seen here for the first time, the visitor is this user. */
function introductions(
  accountId: string,
  userId: string,
  before: MemberState | undefined,
  after: ActiveMember | undefined,
  input: EventInput,
): readonly Effect[] {
  const { event } = input;
  const effects: Effect[] = [];
  if (before === undefined) {
    effects.push(
      introduction(
        `seen.${accountId}.${userId}`,
        { kind: 'member_seen', userId, accountId, timeMs: event.timeMs },
        input,
      ),
    );
  }
  const { anonymousId } = event;
  const hash = anonymousId === undefined ? undefined : hash32(anonymousId);
  const isLinked = (member: MemberState | undefined): boolean =>
    hash !== undefined && member?.kind === 'active' && member.anonymousHashes.includes(hash);
  if (anonymousId !== undefined && isLinked(after) && !isLinked(before)) {
    const body: InputBody = {
      kind: 'identity_linked',
      previousId: anonymousId,
      userId,
      timeMs: event.timeMs,
    };
    effects.push(introduction(`linked.${anonymousId}.${userId}`, body, input));
  }
  return effects;
}

function introduction(id: string, body: InputBody, cause: EventInput): Effect {
  return {
    kind: 'input',
    input: { id, dedupeDay: undefined, receivedMs: cause.receivedMs, ...body },
  };
}
