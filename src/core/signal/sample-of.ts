import { toNumber } from '../counter/number.ts';
import type { Sample } from '../counter/sample.ts';
import { dayOf } from '../duration.ts';
import type { Event, Scalar } from '../event/event.ts';
import { hash53 } from '../hash.ts';
import type { CounterSpec, Plan } from '../playbook.ts';
import { propertyOf } from './signals-of.ts';

/** What an event adds to a counter; `plan` is the plan in force, for limits that the event does not carry. */
export function sampleOf(event: Event, spec: CounterSpec, plan: Plan | undefined): Sample {
  return {
    timeMs: event.timeMs,
    tie: hash53(event.messageId),
    signal: spec.signal,
    by: spec.by === undefined ? undefined : text(propertyOf(event, spec.by)),
    value: valueOf(event, spec),
    limit: limitOf(event, spec, plan),
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
  const value = propertyOf(event, spec.value);
  return typeof value === 'boolean' ? String(value) : value;
}

function limitOf(event: Event, spec: CounterSpec, plan: Plan | undefined): number | undefined {
  if (spec.limit === undefined) {
    return undefined;
  }
  const { property, planLimit, fixed } = spec.limit;
  const said = property === undefined ? undefined : toNumber(propertyOf(event, property));
  return said ?? (planLimit === undefined ? undefined : plan?.limits.get(planLimit)) ?? fixed;
}

function periodOf(event: Event, spec: CounterSpec): string | undefined {
  const named = spec.triggers.find((trigger) => trigger.period !== undefined)?.period;
  return named === undefined ? undefined : text(propertyOf(event, named));
}

function text(value: Scalar | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}
