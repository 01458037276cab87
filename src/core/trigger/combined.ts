import type { Added, MovedCounter } from '../account/add-event.ts';
import { planOf } from '../account/plan-of.ts';
import { type Counter, emptyCounter, newestMsOf, readCounter } from '../counter/counter.ts';
import type { Gauge } from '../counter/gauge.ts';
import { measureOf, newestBelowMs } from '../counter/mark.ts';
import { toNumber } from '../counter/number.ts';
import type { Event } from '../event/event.ts';
import { hash32, hash53 } from '../hash.ts';
import {
  type CombinedTrigger,
  type CounterSpec,
  isAgainstLimit,
  type Measurement,
  type Playbook,
  type TriggerSpec,
} from '../playbook.ts';
import { limitKnown } from '../signal/sample-of.ts';
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
  return listeningTo(added, playbook, isLive, (one, sides) => becameTrue(one, sides, event), event);
}

/** The combined triggers that listen to the event and are true with it, newly or not, of those that `isLive` lets fire. */
export function standingTogether(
  added: Added,
  event: Event,
  playbook: Playbook,
  isLive: (trigger: TriggerSpec) => boolean,
): readonly Fired[] {
  return listeningTo(
    added,
    playbook,
    isLive,
    (one, sides) => isTrue(one, sides.after, readMsOf(one, sides, event)),
    event,
  );
}

function listeningTo(
  added: Added,
  playbook: Playbook,
  isLive: (trigger: TriggerSpec) => boolean,
  fires: (one: CombinedTrigger, sides: Sides) => boolean,
  event: Event,
): readonly Fired[] {
  const { combined } = playbook;
  if (combined === undefined || combined.size === 0) {
    return [];
  }
  const listening = new Set(added.crossed.flatMap(({ spec }) => combined.get(spec.id) ?? []));
  if (listening.size === 0) {
    return [];
  }
  const sides = sidesOf(added, playbook);
  return [...listening]
    .filter((one) => isLive(one.trigger) && fires(one, sides))
    .map((one) => firedBy(one, sides, event));
}

/** What is known at one moment: counters of the account or of the user who acted, and limits. */
interface Side {
  counterOf(spec: CounterSpec): Counter;
  limitOf(spec: CounterSpec): number | undefined;
}

interface Sides {
  readonly before: Side;
  readonly after: Side;
  movedBy(spec: CounterSpec): MovedCounter | undefined;
}

function sidesOf({ crossed, view, actor }: Added, playbook: Playbook): Sides {
  const moved = new Map(crossed.map((one) => [one.spec.id, one]));
  const after = (spec: CounterSpec): Counter => {
    const table = spec.subject === 'account' ? view.account.counters : actor?.counters;
    return table?.get(spec) ?? emptyCounter(spec);
  };
  // The event's own limit where it moved the counter. Both sides are held against one: that of now.
  const limitOf = (spec: CounterSpec): number | undefined =>
    moved.get(spec.id)?.sample.limit ??
    limitKnown(spec, {
      plan: planOf(view.account, actor, playbook).plan,
      traits: view.account.traits,
    });
  return {
    after: { counterOf: after, limitOf },
    before: { counterOf: (spec) => moved.get(spec.id)?.before ?? after(spec), limitOf },
    movedBy: (spec) => moved.get(spec.id),
  };
}

/**
 * It is true with the event, and was not without it: neither now nor at the event before. The second counts where a
 * condition came true by time alone (what was `not` to have happened left its window): then the next event fires.
 */
function becameTrue(one: CombinedTrigger, sides: Sides, event: Event): boolean {
  const { before, after } = sides;
  const previousMs = newestMsOf(before.counterOf(one.newest));
  const readMs = readMsOf(one, sides, event);
  return (
    isTrue(one, after, readMs) &&
    !(isTrue(one, before, readMs) && (previousMs === undefined || isTrue(one, before, previousMs)))
  );
}

/** The newest of its signals: an event that comes late is read as of those that came before it. */
function readMsOf(one: CombinedTrigger, { before }: Sides, event: Event): number {
  return Math.max(event.timeMs, newestMsOf(before.counterOf(one.newest)) ?? event.timeMs);
}

function isTrue({ all, any, not }: CombinedTrigger, side: Side, readMs: number): boolean {
  const reached = (one: Measurement): boolean => isReached(one, side, readMs);
  return all.every(reached) && (any.length === 0 || any.some(reached)) && !not.some(reached);
}

/** Whether a measurement has reached its height. */
function isReached({ counter: spec, part }: Measurement, side: Side, readMs: number): boolean {
  const counter = side.counterOf(spec);
  if (counter.kind === 'gauge') {
    return isStanding(counter, part);
  }
  const reading = readCounter(counter, spec, readMs, undefined);
  switch (reading.kind) {
    case 'first':
      return reading.timeMs !== undefined;
    case 'last':
      return (toNumber(reading.said) ?? Number.NEGATIVE_INFINITY) >= part.threshold;
    default: {
      const limit = isAgainstLimit(spec) ? (side.limitOf(spec) ?? 0) : 1;
      return limit > 0 && reading.value / limit >= part.threshold;
    }
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

function firedBy(one: CombinedTrigger, sides: Sides, event: Event): Fired {
  const readMs = readMsOf(one, sides, event);
  const told = (measurement: Measurement): { because: string; evidence: Evidence } => {
    const moved = movedOf(measurement.counter, sides, event);
    const evidence = evidenceOf(measurement.part, moved, event, readMs);
    return { evidence, because: becauseOf(measurement.part, moved, evidence) };
  };
  const all = one.all.map(told);
  const reached = one.any
    .filter((any) => isReached(any, sides.after, readMs))
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

function movedOf(spec: CounterSpec, sides: Sides, event: Event): MovedCounter {
  const moved = sides.movedBy(spec);
  if (moved !== undefined) {
    return moved;
  }
  const counter = sides.after.counterOf(spec);
  return {
    spec,
    before: counter,
    after: counter,
    sample: {
      timeMs: event.timeMs,
      tie: hash53(event.messageId),
      signal: spec.signal,
      by: undefined,
      value: undefined,
      limit: sides.after.limitOf(spec),
      period: undefined,
    },
  };
}
