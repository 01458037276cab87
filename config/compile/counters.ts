import { defaultPaceMs } from '../../src/core/counter/pace.ts';
import { roleShareMin } from '../../src/core/counter/seats.ts';
import { defaultGapMs } from '../../src/core/counter/sessions.ts';
import { dayMs } from '../../src/core/duration.ts';
import { normalizePath } from '../../src/core/event/name.ts';
import { Fault } from '../../src/core/fault.ts';
import { hash32 } from '../../src/core/hash.ts';
import {
  type CounterKind,
  type CounterSpec,
  isOwnValue,
  type Playbook,
  type Subject,
  type TriggerSpec,
} from '../../src/core/playbook.ts';
import { measurementsOf, partsOf } from '../combined.ts';
import { daysLeftName, isShareOfLimit } from '../evidence.ts';
import type { PlaybookSource, SignalSource, TriggerSource } from '../schema.ts';
import { compileCombined, compilePart, signalsTogether } from './combined.ts';

/** `elapsed` looks at so many of the newest times when the playbook does not say. */
const ofLastDefault = 5;

/** With fewer of the whole there is no ratio when the playbook does not say. */
const ratioMin = 10;

/** A counter before its triggers are known: all that makes it that counter and no other. */
type Identity = Omit<CounterSpec, 'id' | 'key' | 'triggers'> & {
  /** Gauges: shares and values are marked apart, and so are limits with periods of different names. */
  readonly unit: TriggerSpec['unit'];
  readonly period: string | undefined;
};

/** The counters of a playbook, ordered by key, and the one of the value moment, which is among them. */
export interface Counters {
  readonly counters: readonly CounterSpec[];
  readonly combined: NonNullable<Playbook['combined']>;
  readonly valueMoment: Playbook['valueMoment'];
  readonly errors: Playbook['errors'];
  /** Weekly totals of what is used; undefined where the playbook names nothing. */
  readonly usage: CounterSpec | undefined;
}

/** Gives every trigger its counter. Triggers that count the same share one. */
export function compileCounters(source: PlaybookSource): Counters {
  const identities = new Map<string, Identity>();
  const triggers = new Map<string, TriggerSpec[]>();
  const note = (identity: Identity, specs: readonly TriggerSpec[]): string => {
    const key = keyOf(identity);
    identities.set(key, identity);
    triggers.set(key, [...(triggers.get(key) ?? []), ...specs]);
    return key;
  };
  const moment = source.valueMoment;
  const momentKey = note(countOf(moment.signal), []);
  const { errors } = source.context;
  const errorsKey =
    errors === undefined
      ? undefined
      : note({ ...countOf(errors.signal), subject: 'user', windowMs: errors.within }, []);
  const usage = source.guardrails.sequencing.usage;
  const usageKey = usage === undefined ? undefined : note(weeklyTotalsOf(usage), []);
  const newestKeys = new Map<string, string>();
  for (const [id, trigger] of Object.entries(source.triggers)) {
    for (const part of measurementsOf(trigger)) {
      const [named] = part.signals;
      const signal = named === undefined ? undefined : source.signals[named.signal];
      const specs = compilePart(id, trigger, part);
      if (named === undefined) {
        note(ofMembers(part.measure, part.trigger), specs);
      } else if (signal !== undefined) {
        const [first] = specs;
        const hasSteps = part.signals.length > 1;
        note(
          {
            ...identityOf(part.measure, named.signal, part.trigger, signal, first?.unit ?? 'value'),
            steps: hasSteps ? part.signals.map((step) => step.signal) : undefined,
          },
          specs,
        );
        if (part.measure === 'gauge' && quotesDaysLeft(source, trigger)) {
          const own = { ...part.trigger, within: undefined };
          note(identityOf('pace', named.signal, own, signal, 'value'), []);
        }
      }
    }
    const together = signalsTogether(trigger);
    if (together.length > 0) {
      newestKeys.set(id, note(newestOf(together, subjectOf(trigger)), []));
    }
  }
  const counters = [...identities]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, identity]) => specOf(key, identity, triggers.get(key) ?? []));
  refuseSharedIds(counters);
  const made = (key: string, where: string): CounterSpec => {
    const counter = counters.find((one) => one.key === key);
    if (counter === undefined) {
      const message = `${where}: its counter was not made. Name an existing signal.`;
      throw new Fault('config_invalid', 'never', message);
    }
    return counter;
  };
  return {
    counters,
    combined: compileCombined(source, counters, (id) =>
      counters.find((one) => one.key === newestKeys.get(id)),
    ),
    valueMoment: {
      counter: made(momentKey, 'valueMoment'),
      signal: moment.signal,
      atLeast: moment.atLeast,
    },
    errors:
      errors === undefined || errorsKey === undefined
        ? undefined
        : { counter: made(errorsKey, 'context.errors'), atLeast: errors.atLeast },
    usage: usageKey === undefined ? undefined : made(usageKey, 'guardrails.sequencing.usage'),
  };
}

function weeklyTotalsOf(signal: string): Identity {
  return {
    ...countOf(signal),
    windowMs: 28 * dayMs,
    isWeeklyTotal: true,
  };
}

/** When the newest event of several signals happened. */
function newestOf(signals: readonly string[], subject: Subject): Identity {
  const [first = ''] = signals;
  return { ...plain(first, subject), kind: 'last', steps: signals };
}

/** The user's where every measurement is the user's. */
function subjectOf(trigger: TriggerSource): Subject {
  return partsOf(trigger).every((part) => part.trigger.per === 'user') ? 'user' : 'account';
}

/** Copy that quotes `days_left` of a gauge needs the pace of its signal, though no trigger fires on it. */
function quotesDaysLeft(source: PlaybookSource, trigger: TriggerSource): boolean {
  const offers = trigger.offers.flatMap((id) => source.offers[id] ?? []);
  const texts = offers.flatMap(({ copy, email, askAdmin }): readonly string[] => [
    ...Object.values(copy),
    ...Object.values(email ?? {}),
    ...Object.values(askAdmin ?? {}),
  ]);
  return texts.some((text) => text.includes(daysLeftName));
}

function ofMembers(kind: CounterKind, trigger: TriggerSource): Identity {
  const roles = trigger.roleShare ?? trigger.seats;
  return {
    ...countOf('members'),
    kind,
    windowMs: trigger.within,
    roles: roles?.includes('all') === true ? undefined : roles?.toSorted(),
    min: kind === 'roleShare' ? (trigger.min ?? roleShareMin) : undefined,
  };
}

function countOf(signal: string): Identity {
  return plain(signal, 'account');
}

/** A count of everything, ever. */
function plain(signal: string, subject: Subject): Identity {
  return {
    signal,
    kind: 'count',
    subject,
    windowMs: undefined,
    by: undefined,
    value: undefined,
    limit: undefined,
    unit: 'value',
    period: undefined,
  };
}

function identityOf(
  kind: CounterKind,
  signalId: string,
  trigger: TriggerSource,
  signal: SignalSource,
  unit: TriggerSpec['unit'],
): Identity {
  const isGauge = kind === 'gauge';
  const isShare = isShareOfLimit(kind, trigger);
  const value = valueOf(kind, trigger, signal);
  return {
    signal: signalId,
    kind,
    subject: trigger.per,
    windowMs: kind === 'pace' ? (trigger.within ?? defaultPaceMs) : trigger.within,
    by: trigger.by === undefined ? undefined : normalizePath(trigger.by),
    value: value === undefined || isOwnValue(value) ? value : normalizePath(value),
    limit: isGauge || isShare || kind === 'pace' ? limitOf(signal) : undefined,
    gapMs: kind === 'sessions' && value === undefined ? (trigger.gap ?? defaultGapMs) : undefined,
    pace:
      trigger.atMost === undefined || kind !== 'elapsed'
        ? undefined
        : { atMostMs: trigger.atMost, ofLast: trigger.ofLast ?? ofLastDefault },
    trend: kind === 'trend' ? trendOf(trigger) : undefined,
    weeks: kind === 'weekly' ? weeksOf(trigger) : undefined,
    min: kind === 'ratio' ? (trigger.min ?? ratioMin) : undefined,
    unit: isGauge || isShare ? unit : 'value',
    period: trigger.period === undefined ? undefined : normalizePath(trigger.period),
  };
}

/** The property that a counter reads. The kinds that look only at when something happened read none. */
function valueOf(
  kind: CounterKind,
  trigger: TriggerSource,
  signal: SignalSource,
): string | undefined {
  switch (kind) {
    case 'count':
    case 'sequence':
    case 'elapsed':
    case 'weekly':
    case 'trend':
    case 'ratio':
    case 'seats':
    case 'roleShare':
      return undefined;
    case 'sessions':
      return trigger.sessionId;
    case 'sum':
    case 'distinct':
    case 'gauge':
    case 'pace':
    case 'first':
    case 'last':
      return trigger.of ?? signal.value;
    default:
      return kind satisfies never;
  }
}

/** Two weeks ago, and no growth of fewer than ten events, when the playbook does not say. */
function trendOf({ against = 14 * dayMs, min = 10 }: TriggerSource): CounterSpec['trend'] {
  return { againstMs: against, min };
}

/** Without a number: in each of the weeks, `atLeast: 4` is 4 of the last 4. */
function weeksOf({ weeks, atLeast }: TriggerSource): number {
  return weeks ?? Math.max(2, ...(atLeast ?? []).map((height) => height.amount));
}

function limitOf({ limit }: SignalSource): CounterSpec['limit'] {
  if (limit === undefined) {
    return undefined;
  }
  return {
    property: limit.property === undefined ? undefined : normalizePath(limit.property),
    trait: limit.trait === undefined ? undefined : normalizePath(limit.trait),
    planLimit: limit.plan,
    fixed: limit.fixed,
  };
}

/** `invite_sent|count|account|7d`; what is not the usual stands behind, such as `|by=courseid`. */
function keyOf(identity: Identity): string {
  const { signal, kind, subject, windowMs, by, value, limit, unit, period } = identity;
  const { gapMs, isWeeklyTotal, steps, pace, trend, weeks, roles, min } = identity;
  const words = [
    (steps ?? [signal]).join('>'),
    kind,
    subject,
    windowMs === undefined ? 'ever' : windowInWords(windowMs),
  ];
  if (value !== undefined) {
    words.push(`of=${value}`);
  }
  if (by !== undefined) {
    words.push(`by=${by}`);
  }
  if (limit !== undefined) {
    words.push(
      `limit=${[limit.property, limit.planLimit, limit.fixed].map((one) => one ?? '').join(',')}`,
    );
  }
  if (limit?.trait !== undefined) {
    words.push(`trait=${limit.trait}`);
  }
  if (roles !== undefined) {
    words.push(`roles=${roles.join(',')}`);
  }
  if (min !== undefined) {
    words.push(`min=${min}`);
  }
  if (gapMs !== undefined) {
    words.push(`gap=${windowInWords(gapMs)}`);
  }
  if (pace !== undefined) {
    words.push(`pace=${windowInWords(pace.atMostMs)},${pace.ofLast}`);
  }
  if (trend !== undefined) {
    words.push(`against=${windowInWords(trend.againstMs)},${trend.min}`);
  }
  if (weeks !== undefined) {
    words.push(`weeks=${weeks}`);
  }
  if (isWeeklyTotal === true) {
    words.push('by week');
  }
  if (unit === 'share') {
    words.push('share');
  }
  if (period !== undefined) {
    words.push(`period=${period}`);
  }
  return words.join('|');
}

function windowInWords(windowMs: number): string {
  const minutes = windowMs / 60_000;
  return minutes % 1440 === 0
    ? `${minutes / 1440}d`
    : minutes % 60 === 0
      ? `${minutes / 60}h`
      : `${minutes}m`;
}

function specOf(key: string, identity: Identity, triggers: readonly TriggerSpec[]): CounterSpec {
  const { unit: _unit, period, ...counter } = identity;
  return {
    id: hash32(key),
    key,
    ...counter,
    // The pace behind a gauge has no trigger that would name it.
    ...(counter.kind === 'pace' && period !== undefined ? { period } : {}),
    triggers: triggers.toSorted(
      (left, right) => left.threshold - right.threshold || (left.id < right.id ? -1 : 1),
    ),
  };
}

function refuseSharedIds(counters: readonly CounterSpec[]): void {
  const byId = new Map<number, string>();
  for (const { id, key } of counters) {
    const other = byId.get(id);
    if (other !== undefined) {
      const message = `the counters ${other} and ${key} have the same short name in stored state; rename the signal of one of them`;
      throw new Fault('config_invalid', 'never', message);
    }
    byId.set(id, key);
  }
}
