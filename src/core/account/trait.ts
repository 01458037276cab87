import type { Scalar } from '../event/event.ts';

/** Traits by normalized name, each with the event time that set it. */
export type Traits = ReadonlyMap<string, Trait>;

/** What was said of a person or account, and the event time at which it was, epoch ms. */
export interface Trait {
  readonly value: Scalar;
  readonly timeMs: number;
}

/** No traits at all. */
export const noTraits: Traits = new Map();

/**
 * Takes what an event says at `timeMs`. The latest event time wins, whatever the order of arrival: a stale identify
 * never overwrites a newer one. Two values of the same millisecond: the greater by text wins, so that order still
 * cannot matter. Gives the same map when nothing changed.
 */
export function withTraits(
  traits: Traits,
  said: Readonly<Record<string, Scalar>>,
  timeMs: number,
): Traits {
  let next: Map<string, Trait> | undefined;
  for (const name in said) {
    const value = said[name];
    if (value === undefined) {
      continue;
    }
    const trait = { value, timeMs };
    if (supersedes(trait, (next ?? traits).get(name))) {
      next ??= new Map(traits);
      next.set(name, trait);
    }
  }
  return next ?? traits;
}

/** Both histories as one: the latest of each trait. */
export function mergeTraits(left: Traits, right: Traits): Traits {
  const merged = new Map(left);
  for (const [name, trait] of right) {
    if (supersedes(trait, merged.get(name))) {
      merged.set(name, trait);
    }
  }
  return merged;
}

function supersedes(candidate: Trait, held: Trait | undefined): boolean {
  if (held === undefined || candidate.timeMs !== held.timeMs) {
    return held === undefined || candidate.timeMs > held.timeMs;
  }
  return sortable(candidate.value) > sortable(held.value);
}

function sortable(value: Scalar): string {
  return `${typeof value}:${String(value)}`;
}
