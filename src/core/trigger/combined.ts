import type { Added, MovedCounter } from '../account/add-event.ts';
import { type Counter, emptyCounter, newestMsOf, readCounter } from '../counter/counter.ts';
import type { Gauge } from '../counter/gauge.ts';
import { measureOf, newestBelowMs } from '../counter/mark.ts';
import { toNumber } from '../counter/number.ts';
import type { Event } from '../event/event.ts';
import { hash32, hash53 } from '../hash.ts';
import type {
  CombinedTrigger,
  CounterSpec,
  Measurement,
  Playbook,
  TriggerSpec,
} from '../playbook.ts';
import { becauseOf, type Evidence, evidenceOf } from './evidence.ts';
import type { Fired } from './fire.ts';

/*
 * Triggers of several measurements. Enters: the counters before and after an event. Leaves: the triggers whose whole
 * condition this event made true. Always holds: what is true depends on the counters alone, so the order of arrival
 * cannot matter to it; every reading is made at event time, so a replay fires what the live run fired. Costs only the
 * triggers that measure a counter which moved.
 */

/** A trigger of which the playbook does not say how strong a sign it is. */
const middling = 0.5;

/** How strong a sign a trigger is, 0 to 1. */
export function strengthOf(trigger: TriggerSpec): number {
  return trigger.strength ?? middling;
}

/** Usage at 85 % of a limit or above. */
export function isUnderPressure({ used, limit }: Evidence): boolean {
  return typeof used === 'number' && typeof limit === 'number' && used >= 0.85 * limit;
}

/** The combined triggers that the event made true, of those that `isLive` lets fire. */
export function firedTogether(
  added: Added,
  event: Event,
  playbook: Playbook,
  isLive: (trigger: TriggerSpec) => boolean,
): readonly Fired[] {
  const { combined } = playbook;
  if (combined === undefined || combined.size === 0) {
    return [];
  }
  const listening = new Set(added.crossed.flatMap(({ spec }) => combined.get(spec.id) ?? []));
  if (listening.size === 0) {
    return [];
  }
  const sides = sidesOf(added);
  return [...listening]
    .filter((one) => isLive(one.trigger) && becameTrue(one, sides, event))
    .map((one) => firedBy(one, sides, event));
}

/** Looks up a counter of the account or of the user who acted. */
type Side = (spec: CounterSpec) => Counter;

interface Sides {
  readonly before: Side;
  readonly after: Side;
}

function sidesOf({ crossed, view, actor }: Added): Sides {
  const moved = new Map(crossed.map(({ spec, before }) => [spec.id, before]));
  const after: Side = (spec) => {
    const table = spec.subject === 'account' ? view.account.counters : actor?.counters;
    return table?.get(spec) ?? emptyCounter(spec);
  };
  return { after, before: (spec) => moved.get(spec.id) ?? after(spec) };
}

/**
 * It is true with the event, and was not without it: neither now nor at the event before. The second counts where a
 * condition came true by time alone (what was `not` to have happened left its window): then the next event fires.
 */
function becameTrue(one: CombinedTrigger, { before, after }: Sides, event: Event): boolean {
  const previousMs = newestMsOf(before(one.newest));
  const readMs = Math.max(event.timeMs, previousMs ?? event.timeMs);
  return (
    isTrue(one, after, readMs) &&
    !(isTrue(one, before, readMs) && (previousMs === undefined || isTrue(one, before, previousMs)))
  );
}

function isTrue({ all, any, not }: CombinedTrigger, side: Side, readMs: number): boolean {
  const reached = (one: Measurement): boolean => isReached(one, side(one.counter), readMs);
  return all.every(reached) && (any.length === 0 || any.some(reached)) && !not.some(reached);
}

/** Whether a measurement has reached its height. */
function isReached(
  { counter: spec, part }: Measurement,
  counter: Counter,
  readMs: number,
): boolean {
  if (counter.kind === 'gauge') {
    return isStanding(counter, part);
  }
  const reading = readCounter(counter, spec, readMs, undefined);
  switch (reading.kind) {
    case 'first':
      return reading.timeMs !== undefined;
    case 'last':
      return (toNumber(reading.said) ?? Number.NEGATIVE_INFINITY) >= part.threshold;
    default:
      return reading.value >= part.threshold;
  }
}

/**
 * A gauge stands at its height from the moment it reached it until it is armed again: below `rearmBelow`, or in a new
 * period. So teetering around the height makes nothing come true twice.
 */
function isStanding(gauge: Gauge, part: TriggerSpec): boolean {
  const marks = part.unit === 'share' ? gauge.shareMarks : gauge.valueMarks;
  const mark = marks.high.find((one) => measureOf(one) >= part.threshold);
  return (
    mark !== undefined &&
    gauge.newest !== undefined &&
    mark.period === hash32(gauge.newest.period) &&
    (newestBelowMs(marks, part.rearmBelow) ?? Number.NEGATIVE_INFINITY) <= mark.timeMs
  );
}

function firedBy(one: CombinedTrigger, { before, after }: Sides, event: Event): Fired {
  const readMs = Math.max(event.timeMs, newestMsOf(before(one.newest)) ?? event.timeMs);
  const told = (measurement: Measurement): { because: string; evidence: Evidence } => {
    const moved = movedOf(measurement.counter, before, after, event);
    const evidence = evidenceOf(measurement.part, moved, event, readMs);
    return { evidence, because: becauseOf(measurement.part, moved, evidence) };
  };
  const all = one.all.map(told);
  const reached = one.any
    .filter((any) => isReached(any, after(any.counter), readMs))
    .slice(0, 1)
    .map(told);
  // Of two measurements that give the same name, the first one counts.
  const evidence = Object.assign(
    {},
    ...[...all, ...reached].map((part) => part.evidence).reverse(),
  );
  return {
    trigger: one.trigger,
    report: {
      triggerId: one.trigger.id,
      signalKind: one.trigger.signalKind,
      subject: one.subject,
      strength: strengthOf(one.trigger),
      because: [
        ...[...all, ...reached].map(({ because }) => because),
        ...one.not.map((not) => `but not: ${told(not).because}`),
      ].join('; '),
      evidence,
    },
    isUnderLimitPressure: isUnderPressure(evidence),
  };
}

function movedOf(spec: CounterSpec, before: Side, after: Side, event: Event): MovedCounter {
  return {
    spec,
    before: before(spec),
    after: after(spec),
    sample: {
      timeMs: event.timeMs,
      tie: hash53(event.messageId),
      signal: spec.signal,
      by: undefined,
      value: undefined,
      limit: undefined,
      period: undefined,
    },
  };
}
