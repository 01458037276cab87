import type { MemberState } from './state.ts';

/** Aliases of aliases are followed so far; a longer chain is a mistake of the sender. */
const hopsMax = 8;

/**
 * The member who holds the history of `userId`: follows aliases through `members` until one that did not move, or that
 * is not there (new, or not loaded yet). A circle ends after 8 steps, always at the same member.
 */
export function memberIdOf(userId: string, members: ReadonlyMap<string, MemberState>): string {
  let current = userId;
  for (let hop = 0; hop < hopsMax; hop += 1) {
    const member = members.get(current);
    if (member?.kind !== 'moved') {
      return current;
    }
    current = member.userId;
  }
  return current;
}
