import type { CounterSpec, TriggerSpec } from '../playbook.ts';

/** The triggers of one counter that measure the same, lowest first, ready for binary search. */
export interface Ladder {
  readonly triggers: readonly TriggerSpec[];
  /** Of the triggers, in their order. */
  readonly thresholds: readonly number[];
  /** The `rearmBelow` of the triggers, ascending. */
  readonly rearms: readonly number[];
}

/** All triggers of a counter, and apart by what they measure. */
export interface Ladders {
  readonly all: Ladder;
  readonly share: Ladder;
  readonly value: Ladder;
}

// Specs live as long as their playbook; their ladders go with them.
const remembered = new WeakMap<CounterSpec, Ladders>();

/** The ladders of a counter's triggers, made once per spec. */
export function laddersOf(spec: CounterSpec): Ladders {
  const known = remembered.get(spec);
  if (known !== undefined) {
    return known;
  }
  const ladders = {
    all: ladderOf(spec.triggers),
    share: ladderOf(spec.triggers.filter((trigger) => trigger.unit === 'share')),
    value: ladderOf(spec.triggers.filter((trigger) => trigger.unit === 'value')),
  };
  remembered.set(spec, ladders);
  return ladders;
}

/** How many numbers of an ascending row are `value` or less. */
export function countAtMost(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? Number.POSITIVE_INFINITY) <= value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

function ladderOf(triggers: readonly TriggerSpec[]): Ladder {
  return {
    triggers,
    thresholds: triggers.map((trigger) => trigger.threshold),
    rearms: triggers.map((trigger) => trigger.rearmBelow).toSorted((left, right) => left - right),
  };
}
