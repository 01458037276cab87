import { planOf } from '../account/plan-of.ts';
import { readCounter } from '../counter/counter.ts';
import type { Reading } from '../counter/reading.ts';
import type { SignalKind } from '../decision/record.ts';
import { dayMs, inWords } from '../duration.ts';
import type { CounterSpec, Playbook, TriggerSpec } from '../playbook.ts';
import { passes } from '../signal/property-test.ts';
import type { ExpansionFacts } from './facts.ts';

/** How near an account stands to one trigger of the playbook. */
export interface StandingSignal {
  readonly triggerId: string;
  readonly kind: SignalKind;
  /** 0 to 1; 1 when the threshold is reached. */
  readonly progress: number;
  /** In words with numbers: `reports 8 of 10 (80 %)`. */
  readonly text: string;
  /** When it last was told of, epoch ms; undefined where the counter does not say. */
  readonly timeMs: number | undefined;
  readonly offers: readonly string[];
}

/** The gauge that is nearest to its limit, or one of seats. */
export interface Usage {
  readonly name: string;
  readonly used: number;
  readonly limit: number;
}

/** A trigger that fired counts for so long, and a limit that nobody reported again for so long no longer does. */
export const signalLifeMs = 14 * dayMs;
const gaugeLifeMs = 35 * dayMs;

/**
 * The signals of an account, strongest first: its own counters as they read now, and the triggers that fired lately, also
 * those of single users. Triggers whose conditions do not hold, or ask for what only a user has, are left out.
 */
export function standingSignals(
  facts: ExpansionFacts,
  playbook: Playbook,
  nowMs: number,
): readonly StandingSignal[] {
  const byTrigger = new Map<string, StandingSignal>();
  for (const spec of playbook.counters) {
    const signal = isReadable(spec) ? readSignal(spec, facts, playbook, nowMs) : undefined;
    if (signal !== undefined) {
      byTrigger.set(signal.triggerId, signal);
    }
  }
  for (const { signal, isReadable: readsNow } of firedSignals(facts, playbook, nowMs)) {
    const held = byTrigger.get(signal.triggerId);
    if (!readsNow) {
      byTrigger.set(signal.triggerId, signal);
    } else if (held !== undefined && held.progress >= 1) {
      // What the counter says now counts, and when it fired says how new it is.
      const timeMs = Math.max(held.timeMs ?? 0, signal.timeMs ?? 0);
      byTrigger.set(signal.triggerId, { ...held, timeMs });
    }
  }
  return [...byTrigger.values()].toSorted(
    (left, right) =>
      right.progress - left.progress ||
      (right.timeMs ?? 0) - (left.timeMs ?? 0) ||
      (left.triggerId < right.triggerId ? -1 : 1),
  );
}

/** How much of each limit the account uses, fullest first. A limit stands once, however many triggers read it. */
export function usagesOf(
  facts: ExpansionFacts,
  playbook: Playbook,
  nowMs: number,
): readonly Usage[] {
  const usages = new Map<string, Usage>();
  for (const spec of playbook.counters) {
    if (spec.kind === 'gauge' && spec.subject === 'account' && spec.by === undefined) {
      const reading = read(spec, facts, nowMs);
      if (reading?.kind === 'gauge' && reading.limit !== undefined && reading.limit > 0) {
        usages.set(spec.signal, { name: spec.signal, used: reading.value, limit: reading.limit });
      }
    }
  }
  return [...usages.values()].toSorted(
    (left, right) =>
      right.used / right.limit - left.used / left.limit || (left.name < right.name ? -1 : 1),
  );
}

/** Counters apart by a property, and those that only remember, say nothing of how near an account is. */
function isReadable(spec: CounterSpec): boolean {
  return (
    spec.subject === 'account' &&
    spec.by === undefined &&
    spec.kind !== 'first' &&
    spec.kind !== 'last'
  );
}

function read(spec: CounterSpec, facts: ExpansionFacts, nowMs: number): Reading | undefined {
  const held = facts.account.counters.get(spec);
  if (held === undefined) {
    return undefined;
  }
  const reading = readCounter(held, spec, nowMs, undefined);
  const isStale =
    reading.kind === 'gauge' &&
    (reading.timeMs === undefined || nowMs - reading.timeMs > gaugeLifeMs);
  return isStale ? undefined : reading;
}

/** The highest trigger of the counter that is reached, else the lowest of all. */
function readSignal(
  spec: CounterSpec,
  facts: ExpansionFacts,
  playbook: Playbook,
  nowMs: number,
): StandingSignal | undefined {
  const triggers = spec.triggers.filter(
    (trigger) => trigger.threshold > 0 && holds(trigger, facts, playbook),
  );
  const reading = triggers.length === 0 ? undefined : read(spec, facts, nowMs);
  if (reading === undefined) {
    return undefined;
  }
  const near = triggers.flatMap((trigger) => {
    const value = valueFor(trigger, reading);
    return value === undefined ? [] : [{ trigger, progress: value / trigger.threshold }];
  });
  const best = near.findLast(({ progress }) => progress >= 1) ?? near[0];
  return best === undefined || best.progress <= 0
    ? undefined
    : {
        triggerId: best.trigger.id,
        kind: best.trigger.signalKind,
        progress: Math.min(1, best.progress),
        text: inText(spec, best.trigger, reading),
        timeMs: reading.kind === 'gauge' ? reading.timeMs : undefined,
        offers: best.trigger.offers,
      };
}

function valueFor(trigger: TriggerSpec, reading: Reading): number | undefined {
  return reading.kind === 'gauge' && trigger.unit === 'share' ? reading.share : reading.value;
}

/** `ofUser`: what a condition on a user counts as; nobody acts now. */
function holds(
  trigger: TriggerSpec,
  facts: ExpansionFacts,
  playbook: Playbook,
  ofUser = false,
): boolean {
  return trigger.where.every((test) => {
    switch (test.of) {
      case 'plan':
        return passes(test, planOf(facts.account, undefined, playbook).id);
      case 'account':
        return passes(test, facts.account.traits.get(test.property)?.value);
      case 'user':
        return ofUser;
      default:
        return test.of satisfies never;
    }
  });
}

function inText(spec: CounterSpec, trigger: TriggerSpec, reading: Reading): string {
  const name = (spec.steps ?? [spec.signal]).join(', then ');
  const within = spec.windowMs === undefined ? '' : ` within ${inWords(spec.windowMs)}`;
  switch (reading.kind) {
    case 'gauge':
      return reading.limit === undefined || reading.share === undefined
        ? `${name} ${reading.value} (${trigger.threshold} matter)`
        : `${name} ${reading.value} of ${reading.limit} (${Math.floor(reading.share * 100 + 1e-9)} %)`;
    case 'weekly':
      return `${name} in ${reading.value} of the last ${reading.weeks} weeks (${trigger.threshold} matter)`;
    case 'trend':
      return `${name} ${Math.round(reading.value * 100)} % more${within} (${Math.round(trigger.threshold * 100)} % matter)`;
    case 'elapsed':
      return `${name} fast ${Math.round(reading.value * 100)} % of the time (${Math.round(trigger.threshold * 100)} % matter)`;
    default:
      return `${name} ${reading.value}${within} (${trigger.threshold} matter)`;
  }
}

/** The triggers that fired lately, oldest first, and whether their counters can be read now. */
function firedSignals(
  facts: ExpansionFacts,
  playbook: Playbook,
  nowMs: number,
): readonly { readonly signal: StandingSignal; readonly isReadable: boolean }[] {
  const triggers = new Map(
    playbook.counters.flatMap((spec) =>
      spec.triggers.map((trigger) => [trigger.id, { spec, trigger }] as const),
    ),
  );
  return facts.decisions
    .filter(({ decidedMs }) => nowMs - decidedMs < signalLifeMs)
    .toReversed()
    .flatMap(({ decidedMs, fired }) =>
      fired.flatMap(({ triggerId, signalKind, because }) => {
        const rule = triggers.get(triggerId);
        // The person who acted then met what the trigger asks of a user; plan and account must meet it still.
        if (rule === undefined || !holds(rule.trigger, facts, playbook, true)) {
          return [];
        }
        const signal = {
          triggerId,
          kind: signalKind,
          progress: 1,
          text: because,
          timeMs: decidedMs,
          offers: rule.trigger.offers,
        };
        return [{ signal, isReadable: isReadable(rule.spec) }];
      }),
    );
}
