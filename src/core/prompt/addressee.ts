import type { AccountView } from '../account/advance.ts';
import { mayBuy } from '../account/buyers.ts';
import { memberIdOf } from '../account/members.ts';
import type { ActiveMember } from '../account/state.ts';
import type { Playbook } from '../playbook.ts';

/**
 * Whom a prompt speaks to. `actor`: the user who acted, who may buy, or of whom nothing else is known. `buyer`: another
 * member, because the one who acted cannot buy, or is not known to. `asker`: the user who acted and cannot buy, where no
 * buyer is known: gets the words "ask your admin".
 */
export interface Addressee {
  readonly as: 'actor' | 'buyer' | 'asker';
  readonly userId: string;
  readonly member: ActiveMember | undefined;
}

/** An addressee, and the members that would have to be loaded to be sure of it. */
export interface Addressing {
  readonly addressee: Addressee;
  readonly missing: readonly string[];
}

/**
 * Chooses the user to speak to: the one who acted, if they may buy; else the buyer who was newest said to be one; else
 * the one who acted again. A member of the register that is not in `view` is named as missing and passed over.
 */
export function addresseeOf(
  actorId: string,
  actor: ActiveMember | undefined,
  view: AccountView,
  { buyers }: Playbook,
): Addressing {
  const own = mayBuy(actor, buyers);
  if (buyers === undefined || own === 'yes') {
    return { addressee: { as: 'actor', userId: actorId, member: actor }, missing: [] };
  }
  const missing: string[] = [];
  for (const { userId } of view.account.buyers) {
    const memberId = memberIdOf(userId, view.members);
    const member = view.members.get(memberId);
    if (member === undefined) {
      missing.push(memberId);
    } else if (member.kind === 'active' && mayBuy(member, buyers) === 'yes') {
      return { addressee: { as: 'buyer', userId: memberId, member }, missing };
    }
  }
  const as = own === 'no' ? 'asker' : 'actor';
  return { addressee: { as, userId: actorId, member: actor }, missing };
}
