import type { Counter } from '../counter/counter.ts';
import { emptyCounter } from '../counter/counter.ts';
import { changeSeats, type SeatChange } from '../counter/seats.ts';
import type { Event, Scalar } from '../event/event.ts';
import { normalizeName } from '../event/name.ts';
import { hash32 } from '../hash.ts';
import { type CounterSpec, eventKey, type Playbook } from '../playbook.ts';
import type { AccountState, ActiveMember, MemberState, Seat } from './state.ts';

/*
 * Who has a seat in an account. Enters: what events say of one member's joining, leaving and role, in any order. Leaves: the
 * changes that the account's seat counters take. Always holds: a member's seat is made of first and last times only, and what
 * it does to a counter follows from the seat alone, so the counters are the sum over all members whatever the order. The
 * account holds sums, the member holds its own times: an event costs one member, however many there are.
 */

/** What an event says of the seat of the member whose event it is. */
export interface SeatFact {
  /** `named`: an identify call shows a member, but not a moment of joining. */
  readonly said: 'joined' | 'named' | 'left' | undefined;
  /** The role as it was sent. */
  readonly role: Scalar | undefined;
}

/** Reads an event; undefined when it says nothing of seats, or the playbook does not ask for them. */
export function seatFactOf(event: Event, { members }: Playbook): SeatFact | undefined {
  if (members.counters.length === 0) {
    return undefined;
  }
  const key = eventKey(event.call, normalizeName(event.name));
  const said = members.left.has(key)
    ? 'left'
    : members.joined.has(key)
      ? 'joined'
      : event.call === 'identify'
        ? 'named'
        : undefined;
  // The traits of a group call are the account's; its `role` is the member's only where group calls tell of joining.
  const trait = event.call === 'group' ? undefined : event.traits[members.role];
  const role = trait ?? (said === 'joined' ? event.properties[members.role] : undefined);
  return said === undefined && role === undefined ? undefined : { said, role };
}

/** A member with its seat after a fact; the same member when it says nothing new. */
export function seatedMember(member: ActiveMember, fact: SeatFact, timeMs: number): ActiveMember {
  const held = member.seat ?? noSeat;
  const role = fact.role === undefined ? undefined : comparableRole(fact.role);
  const seat = withRole(withSaid(held, fact.said, timeMs), role, timeMs);
  return seat === held ? member : { ...member, seat };
}

/** One seat counter before and after. */
export interface MovedSeats {
  readonly spec: CounterSpec;
  readonly before: Counter;
  readonly after: Counter;
  /** The member was known before and is counted only now, because the rule is new. */
  readonly isCatchingUp: boolean;
}

/**
 * Moves the account's seat counters from what members were to what one of them is now (`after`; undefined for nobody).
 * `newestMs`: the time of the membership event behind it; undefined where there is none.
 */
export function recountSeats(
  account: AccountState,
  before: readonly (MemberState | undefined)[],
  after: ActiveMember | undefined,
  playbook: Playbook,
  newestMs: number | undefined,
): {
  readonly account: AccountState;
  readonly member: ActiveMember | undefined;
  readonly moved: readonly MovedSeats[];
} {
  const { counters: specs } = playbook.members;
  const known = before.flatMap((member) => (member?.kind === 'active' ? [member] : []));
  if (specs.length === 0 || (after?.seat ?? known.find((one) => one.seat)) === undefined) {
    return { account, member: after, moved: [] };
  }
  let table = account.counters;
  const moved: MovedSeats[] = [];
  for (const spec of specs) {
    const counted = known.filter((one) => one.seat?.countedIn.includes(spec.id));
    const changes = [
      ...counted.flatMap((one) => changesOf(spec, one, playbook).map(taken)),
      ...(after === undefined ? [] : changesOf(spec, after, playbook)),
    ];
    const held = table.get(spec);
    const seats = held.kind === 'seats' ? held : emptyCounter(spec);
    if (seats.kind !== 'seats') {
      continue;
    }
    const next = changeSeats(seats, spec.windowMs, changes, newestMs);
    if (next !== seats) {
      table = table.with(spec, next);
      const isCatchingUp = known.some((one) => one.seat !== undefined) && counted.length === 0;
      moved.push({ spec, before: seats, after: next, isCatchingUp });
    }
  }
  return {
    account: table === account.counters ? account : { ...account, counters: table },
    member: after === undefined ? undefined : countedIn(after, specs),
    moved,
  };
}

/** Two seats of one person as one. */
export function mergedSeats(left: Seat | undefined, right: Seat | undefined): Seat | undefined {
  if (left === undefined || right === undefined) {
    return left ?? right;
  }
  const roles = new Map(left.roles);
  for (const [role, firstMs] of right.roles) {
    roles.set(role, earlier(roles.get(role), firstMs));
  }
  return {
    firstJoinMs: earliest(left.firstJoinMs, right.firstJoinMs),
    lastJoinMs: latest(left.lastJoinMs, right.lastJoinMs),
    lastLeftMs: latest(left.lastLeftMs, right.lastLeftMs),
    namedMs: earliest(left.namedMs, right.namedMs),
    roles,
    countedIn: [],
  };
}

const noSeat: Seat = {
  firstJoinMs: undefined,
  lastJoinMs: undefined,
  lastLeftMs: undefined,
  namedMs: undefined,
  roles: new Map(),
  countedIn: [],
};

function comparableRole(value: Scalar): string {
  return String(value).trim().toLowerCase();
}

function withSaid(seat: Seat, said: SeatFact['said'], timeMs: number): Seat {
  switch (said) {
    case 'joined': {
      const firstJoinMs = earlier(seat.firstJoinMs, timeMs);
      const lastJoinMs = later(seat.lastJoinMs, timeMs);
      return firstJoinMs === seat.firstJoinMs && lastJoinMs === seat.lastJoinMs
        ? seat
        : { ...seat, firstJoinMs, lastJoinMs };
    }
    case 'left': {
      const lastLeftMs = later(seat.lastLeftMs, timeMs);
      return lastLeftMs === seat.lastLeftMs ? seat : { ...seat, lastLeftMs };
    }
    case 'named': {
      const namedMs = earlier(seat.namedMs, timeMs);
      return namedMs === seat.namedMs ? seat : { ...seat, namedMs };
    }
    case undefined:
      return seat;
    default:
      return said satisfies never;
  }
}

/** Remembers when each role was said first. Roles are few; of more than 8 those with the smallest hashes are remembered. */
function withRole(seat: Seat, role: string | undefined, timeMs: number): Seat {
  if (role === undefined || role === '') {
    return seat;
  }
  const hash = hash32(role);
  const firstMs = earlier(seat.roles.get(hash), timeMs);
  if (firstMs === seat.roles.get(hash)) {
    return seat;
  }
  const roles = [...new Map(seat.roles).set(hash, firstMs)]
    .toSorted(([left], [right]) => left - right)
    .slice(0, rolesMax);
  return roles.some(([kept]) => kept === hash) ? { ...seat, roles: new Map(roles) } : seat;
}

const rolesMax = 8;

/** What a member does to a counter. */
function changesOf(
  spec: CounterSpec,
  member: ActiveMember,
  playbook: Playbook,
): readonly SeatChange[] {
  const span = spanOf(member.seat);
  if (span === undefined) {
    return [];
  }
  const role = member.traits.get(playbook.members.role)?.value;
  const said = role === undefined ? undefined : comparableRole(role);
  const holds = spec.roles === undefined || (said !== undefined && spec.roles.includes(said));
  const roleMs =
    spec.roles === undefined || said === undefined
      ? undefined
      : member.seat?.roles.get(hash32(said));
  const fromMs = Math.max(span.fromMs, roleMs ?? span.fromMs);
  return [
    ...(holds ? changes('counted', { ...span, fromMs }, spec) : []),
    ...(spec.kind === 'roleShare' ? changes('everyone', span, spec) : []),
  ];
}

function changes(
  side: SeatChange['side'],
  span: { readonly fromMs: number; readonly toMs: number | undefined },
  spec: CounterSpec,
): readonly SeatChange[] {
  const came: SeatChange = { side, timeMs: span.fromMs, change: 1 };
  if (span.toMs === undefined) {
    return [came];
  }
  // Who came and left again was not added; but a level was once higher by them.
  const isOnlyArrivals = spec.kind === 'seats' && spec.windowMs !== undefined;
  return isOnlyArrivals || span.toMs < span.fromMs
    ? []
    : [came, { side, timeMs: span.toMs, change: -1 }];
}

/**
 * From when to when somebody is a member. Who comes back is a member from the first day on: a return is no growth. Who was
 * only ever named by an identify call is one from the first such call, unless they left.
 */
function spanOf(
  seat: Seat | undefined,
): { readonly fromMs: number; readonly toMs: number | undefined } | undefined {
  if (seat === undefined) {
    return undefined;
  }
  const { lastJoinMs, lastLeftMs } = seat;
  const fromMs = earliest(seat.firstJoinMs, seat.namedMs);
  if (fromMs === undefined) {
    return undefined;
  }
  // Of one millisecond the leaving stands: a removed member who is asked to buy is worse than a missed one.
  const isIn = lastLeftMs === undefined || (lastJoinMs !== undefined && lastJoinMs > lastLeftMs);
  if (isIn) {
    return { fromMs, toMs: undefined };
  }
  return lastLeftMs < fromMs ? undefined : { fromMs, toMs: lastLeftMs };
}

function taken(change: SeatChange): SeatChange {
  return { ...change, change: -change.change };
}

function countedIn(member: ActiveMember, specs: readonly CounterSpec[]): ActiveMember {
  const { seat } = member;
  if (
    seat === undefined ||
    (seat.countedIn.length === specs.length &&
      specs.every((spec, at) => seat.countedIn[at] === spec.id))
  ) {
    return member;
  }
  return { ...member, seat: { ...seat, countedIn: specs.map((spec) => spec.id) } };
}

function earliest(left: number | undefined, right: number | undefined): number | undefined {
  return right === undefined ? left : earlier(left, right);
}

function latest(left: number | undefined, right: number | undefined): number | undefined {
  return right === undefined ? left : later(left, right);
}

function earlier(held: number | undefined, timeMs: number): number {
  return held === undefined ? timeMs : Math.min(held, timeMs);
}

function later(held: number | undefined, timeMs: number): number {
  return held === undefined ? timeMs : Math.max(held, timeMs);
}
