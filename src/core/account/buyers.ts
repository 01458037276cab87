import type { Event, Scalar } from '../event/event.ts';
import { normalizeName } from '../event/name.ts';
import type { Playbook } from '../playbook.ts';
import { passes } from '../signal/property-test.ts';
import type { ActiveMember } from './state.ts';

/*
 * Who of an account may buy. Enters: what events say of a user's role. Leaves: a short register of users who were said to
 * be buyers, so that one is found without loading all members. Always holds: the register is the same in any order of
 * events. It says where to look, not who may buy: a role that was lost stands in the member's traits, which are asked.
 */

/** A user who was said to be a buyer. */
export interface Buyer {
  readonly userId: string;
  /** The newest event that said so, epoch ms. */
  readonly timeMs: number;
}

/** So many are remembered per account: the newest by event time. */
export const buyersMax = 8;

/** Adds a buyer, newest first. Gives the same register when nothing changed. */
export function withBuyer(buyers: readonly Buyer[], buyer: Buyer): readonly Buyer[] {
  const held = buyers.find((one) => one.userId === buyer.userId);
  if (held !== undefined && held.timeMs >= buyer.timeMs) {
    return buyers;
  }
  const next = [...buyers.filter((one) => one !== held), buyer]
    .toSorted((left, right) => right.timeMs - left.timeMs || (left.userId < right.userId ? -1 : 1))
    .slice(0, buyersMax);
  return next.includes(buyer) ? next : buyers;
}

/** Forgets a user, or gives its place to the user it became. */
export function withoutBuyer(
  buyers: readonly Buyer[],
  userId: string,
  becameId?: string,
): readonly Buyer[] {
  const gone = buyers.find((one) => one.userId === userId);
  if (gone === undefined) {
    return buyers;
  }
  const rest = buyers.filter((one) => one !== gone);
  return becameId === undefined ? rest : withBuyer(rest, { ...gone, userId: becameId });
}

const addedUser = normalizeName('Account Added User');
const removedUser = normalizeName('Account Removed User');

/**
 * What an event says of the role of its user beyond their own traits: the group call and `Account Added User` may name
 * it, `Account Removed User` takes it away (the empty text, which is no role). Undefined: nothing.
 */
export function roleSaid(event: Event, buyers: Playbook['buyers']): Scalar | undefined {
  if (buyers === undefined) {
    return undefined;
  }
  if (event.call === 'group') {
    return event.properties[buyers.property];
  }
  if (event.call !== 'track') {
    return undefined;
  }
  const name = normalizeName(event.name);
  if (name === removedUser) {
    return '';
  }
  return name === addedUser ? event.properties[buyers.property] : undefined;
}

/**
 * Whether a member may buy: `yes` and `no` by the role that is known, `unsaid` where none is, or where the playbook does
 * not tell buyers from others.
 */
export function mayBuy(
  member: ActiveMember | undefined,
  buyers: Playbook['buyers'],
): 'yes' | 'no' | 'unsaid' {
  const role = buyers === undefined ? undefined : member?.traits.get(buyers.property)?.value;
  if (buyers === undefined || role === undefined) {
    return 'unsaid';
  }
  return passes(buyers, role) ? 'yes' : 'no';
}
