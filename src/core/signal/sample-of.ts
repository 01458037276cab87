import type { Traits } from '../account/trait.ts';
import { toNumber } from '../counter/number.ts';
import type { Sample } from '../counter/sample.ts';
import { dayOf } from '../duration.ts';
import type { Event, Scalar } from '../event/event.ts';
import { hash53 } from '../hash.ts';
import type { CounterSpec, Plan } from '../playbook.ts';
import { propertyOf } from './signals-of.ts';

/** Where limits are found that the event does not carry: the plan in force and the traits of the account. */
export interface LimitsKnown {
  readonly plan: Plan | undefined;
  readonly traits: Traits;
}

/** What an event adds to a counter. */
export function sampleOf(event: Event, spec: CounterSpec, known: LimitsKnown): Sample {
  return {
    timeMs: event.timeMs,
    tie: hash53(event.messageId),
    signal: spec.signal,
    by: spec.by === undefined ? undefined : text(propertyOf(event, spec.by)),
    value: valueOf(event, spec),
    limit: limitOf(event, spec, known),
    period: periodOf(event, spec),
  };
}

function valueOf(event: Event, spec: CounterSpec): string | number | undefined {
  if (spec.value === undefined) {
    return undefined;
  }
  if (spec.value === '$day') {
    return String(dayOf(event.timeMs));
  }
  if (spec.value === '$user') {
    // As the event says it, not who an alias made of it: which of the two came first must not matter.
    return event.userId;
  }
  const value = propertyOf(event, spec.value);
  return typeof value === 'boolean' ? String(value) : value;
}

function limitOf(event: Event, spec: CounterSpec, known: LimitsKnown): number | undefined {
  const property = spec.limit?.property;
  return (
    (property === undefined ? undefined : toNumber(propertyOf(event, property))) ??
    limitKnown(spec, known)
  );
}

/** The limit of a counter as far as it is known without an event that carries it. */
export function limitKnown(spec: CounterSpec, known: LimitsKnown): number | undefined {
  if (spec.limit === undefined) {
    return undefined;
  }
  const { trait, planLimit, fixed } = spec.limit;
  return (
    (trait === undefined ? undefined : toNumber(known.traits.get(trait)?.value)) ??
    (planLimit === undefined ? undefined : known.plan?.limits.get(planLimit)) ??
    fixed
  );
}

function periodOf(event: Event, spec: CounterSpec): string | undefined {
  const named =
    spec.period ?? spec.triggers.find((trigger) => trigger.period !== undefined)?.period;
  return named === undefined ? undefined : text(propertyOf(event, named));
}

function text(value: Scalar | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}
