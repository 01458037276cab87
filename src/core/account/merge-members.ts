import type { Playbook } from '../playbook.ts';
import type { AccountView } from './advance.ts';
import { withoutBuyer } from './buyers.ts';
import { mergedSeats, recountSeats } from './seat.ts';
import type { AccountState, ActiveMember, MemberState } from './state.ts';
import { anonymousLinksMax } from './state.ts';
import { mergeTraits } from './trait.ts';

/**
 * Makes the history of `previousId` that of `userId`, both members of this account. Running it again changes nothing: the
 * previous one has moved. An erased member is never brought back by a merge.
 */
export function mergeMembers(
  view: AccountView,
  previousId: string,
  userId: string,
  playbook: Playbook,
): AccountView {
  const previous = view.members.get(previousId);
  const current = view.members.get(userId);
  if (previousId === userId || previous?.kind === 'moved' || previous?.kind === 'erased') {
    return view;
  }
  if (current?.kind === 'erased') {
    const { account } = recountSeats(view.account, [previous], undefined, playbook, undefined);
    return {
      account: withBuyerMoved(account, previousId),
      members: new Map(view.members).set(previousId, { kind: 'erased' }),
    };
  }
  if (current?.kind === 'moved') {
    // Two aliases in a circle: the first one stands.
    return view;
  }
  const moved: MemberState = { kind: 'moved', userId };
  const members = new Map(view.members).set(previousId, moved);
  if (previous === undefined) {
    return { ...view, members };
  }
  const merged = current === undefined ? previous : mergeActive(previous, current, playbook);
  // Two seats have become one.
  const seated = recountSeats(view.account, [previous, current], merged, playbook, undefined);
  members.set(userId, seated.member ?? merged);
  return { account: withBuyerMoved(seated.account, previousId, userId), members };
}

function withBuyerMoved(account: AccountState, previousId: string, userId?: string): AccountState {
  const buyers = withoutBuyer(account.buyers, previousId, userId);
  return buyers === account.buyers ? account : { ...account, buyers };
}

function mergeActive(left: ActiveMember, right: ActiveMember, playbook: Playbook): ActiveMember {
  return {
    kind: 'active',
    counters: left.counters.merge(right.counters, playbook.counters),
    traits: mergeTraits(left.traits, right.traits),
    seat: mergedSeats(left.seat, right.seat),
    anonymousHashes: [...new Set([...left.anonymousHashes, ...right.anonymousHashes])]
      .toSorted((one, other) => one - other)
      .slice(0, anonymousLinksMax),
    signedUpMs:
      left.signedUpMs === undefined && right.signedUpMs === undefined
        ? undefined
        : Math.max(left.signedUpMs ?? 0, right.signedUpMs ?? 0),
  };
}
