import { hash53 } from './hash.ts';

/** Number of partitions, fixed for ever: the number is part of every key (docs/decisions). */
export const partitionCount = 64;

/**
 * What has a history of its own and one version that guards it: a paying account with its members, or a person (one
 * userId or anonymousId) with the accounts it was seen in. Everything of a unit lives in one partition, so one slot.
 */
export type Unit =
  | { readonly kind: 'account'; readonly id: string }
  | { readonly kind: 'person'; readonly id: string };

/** One string per unit, usable as a map key and as the unit's part of a Redis key: `a.<id>` or `p.<id>`. */
export function unitKey(unit: Unit): string {
  return `${unit.kind === 'account' ? 'a' : 'p'}.${unit.id}`;
}

/** The partition of a unit, 0 to 63. Stable for ever: a change would lose every stored state. */
export function partitionOf(unit: Unit): number {
  return hash53(unit.id, unit.kind === 'account' ? 1 : 2) % partitionCount;
}
