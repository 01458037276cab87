import type { MovedCounter } from '../account/add-event.ts';
import { newestMsOf, readCounter } from '../counter/counter.ts';
import type { Reading } from '../counter/reading.ts';
import { dayMs, inWords } from '../duration.ts';
import type { Event, Scalar } from '../event/event.ts';
import { type CounterSpec, isAgainstLimit, type TriggerSpec } from '../playbook.ts';
import { propertyOf } from '../signal/signals-of.ts';
import { roughTime } from './rough-time.ts';

/** What copy can quote of a trigger's measurement, by the names of docs/playbook.md. A value that is not known is not there. */
export type Evidence = Readonly<Record<string, Scalar>>;

/** Collects the evidence of a trigger that fired. */
export function evidenceOf(
  trigger: TriggerSpec,
  moved: MovedCounter,
  event: Event,
  nowMs: number,
): Evidence {
  const { spec, after, sample } = moved;
  const evidence: Record<string, Scalar> = {};
  const quote = (name: string, value: Scalar | undefined): void => {
    if (value !== undefined) {
      evidence[name] = value;
    }
  };
  // A trend is what it was at the newest event, which made it fire.
  const readMs = spec.kind === 'trend' ? (newestMsOf(after) ?? nowMs) : nowMs;
  measured(readCounter(after, spec, readMs, sample.by), trigger, moved, quote);
  if (isAgainstLimit(spec)) {
    const used = Number(evidence['count'] ?? evidence['total']);
    quote('used', used);
    againstLimit(used, sample.limit, quote);
  }
  if (spec.windowMs !== undefined && spec.kind !== 'pace') {
    quote('window', inWords(spec.windowMs));
  }
  quote('group', sample.by);
  for (const [name, path] of trigger.quotes) {
    quote(name, propertyOf(event, path));
  }
  return evidence;
}

type Quote = (name: string, value: Scalar | undefined) => void;

function measured(
  reading: Reading,
  trigger: TriggerSpec,
  { spec, daysLeft }: MovedCounter,
  quote: Quote,
): void {
  // As it is written in the playbook: a share in percent.
  const threshold = trigger.unit === 'share' ? percentOf(trigger.threshold) : trigger.threshold;
  switch (reading.kind) {
    case 'gauge':
      quote('used', reading.value);
      quote('threshold', threshold);
      againstLimit(reading.value, reading.limit, quote);
      quote('days_left', daysLeft);
      return;
    case 'count':
    case 'distinct':
    case 'sessions':
      quote('count', reading.value);
      quote('threshold', threshold);
      return;
    case 'sum':
      quote('total', reading.value);
      quote('threshold', threshold);
      return;
    case 'ratio':
      quote('count', reading.part);
      quote('total', reading.whole);
      quote('percent', percentOf(reading.value));
      quote('threshold', threshold);
      return;
    case 'pace':
      quote('used', reading.used);
      againstLimit(reading.used ?? 0, reading.limit, quote);
      quote('days_left', reading.daysLeft);
      quote('atMost', inWords(dayMs / trigger.threshold));
      return;
    case 'seats':
      quote('count', reading.value);
      quote('members', spec.roles === undefined ? reading.count : undefined);
      quote('role', spec.roles?.join(' or '));
      quote('threshold', threshold);
      return;
    case 'roleShare':
      quote('count', reading.count);
      quote('members', reading.members);
      quote('percent', percentOf(reading.count / reading.members));
      quote('role', spec.roles?.join(' or '));
      quote('threshold', threshold);
      if (spec.windowMs !== undefined) {
        quote('before', percentOf(reading.before));
        quote('growth', percentOf(reading.value));
      }
      return;
    case 'sequence':
      quote('count', reading.value);
      quote('threshold', trigger.threshold);
      quote('steps', spec.steps?.length);
      return;
    case 'elapsed':
      quote('count', reading.count);
      quote('share', percentOf(reading.value));
      quote('threshold', percentOf(trigger.threshold));
      if (reading.tookMs !== undefined && spec.pace !== undefined) {
        quote('took', roughTime(reading.tookMs));
        quote('atMost', inWords(spec.pace.atMostMs));
        quote('ofLast', spec.pace.ofLast);
      }
      return;
    case 'trend':
      quote('count', reading.count);
      quote('before', reading.before);
      quote('growth', percentOf(reading.value));
      quote('threshold', percentOf(trigger.threshold));
      quote('against', spec.trend === undefined ? undefined : inWords(spec.trend.againstMs));
      return;
    case 'weekly':
      quote('count', reading.value);
      quote('threshold', trigger.threshold);
      quote('weeks', reading.weeks);
      quote('weekday', reading.weekday);
      return;
    case 'first':
    case 'last':
      quote('value', reading.said);
      return;
    default:
      reading satisfies never;
  }
}

/** A full or an empty quota is a value, not a missing one: nothing left is 0. */
function againstLimit(used: number, limit: number | undefined, quote: Quote): void {
  if (limit === undefined) {
    return;
  }
  quote('limit', limit);
  quote('remaining', Math.max(0, limit - used));
  const share = limit > 0 ? used / limit : Number.NaN;
  quote('percent', Number.isFinite(share) ? percentOf(share) : undefined);
}

/** `started, then finished`. */
function stepsInWords(spec: CounterSpec): string {
  return stepsOf(spec).join(', then ');
}

function stepsOf({ steps, signal }: CounterSpec): readonly string[] {
  return steps ?? [signal];
}

/** `4 were needed`, or with a limit `which is 90 % of 10 and reached 90 %`. */
function needed(trigger: TriggerSpec, evidence: Evidence): string {
  return trigger.unit === 'share'
    ? `which is ${evidence['percent']} % of ${evidence['limit']} and reached ${evidence['threshold']} %`
    : `${trigger.threshold} were needed`;
}

/** A share as whole percent, rounded down: 99.9 % used is never announced as 100. */
function percentOf(share: number): number {
  // A share such as 0.29 is 28.999999999999996 hundredths.
  return Math.floor(share * 100 + 1e-9);
}

/** What made the trigger fire, in words with numbers: `reports_used is 10 of 10 (100 %) and reached 100 %`. */
export function becauseOf(trigger: TriggerSpec, moved: MovedCounter, evidence: Evidence): string {
  const { spec } = moved;
  const within = spec.windowMs === undefined ? 'ever' : `within ${inWords(spec.windowMs)}`;
  const group = evidence['group'] === undefined ? '' : ` for ${String(evidence['group'])}`;
  const of = spec.subject === 'user' ? 'of the user' : 'of the account';
  switch (spec.kind) {
    case 'gauge': {
      const limit =
        evidence['limit'] === undefined
          ? ''
          : ` of ${evidence['limit']} (${evidence['percent'] ?? '?'} %)`;
      const threshold =
        trigger.unit === 'share' ? `${evidence['threshold']} %` : String(evidence['threshold']);
      return `${spec.signal} ${of} is ${evidence['used']}${limit} and reached ${threshold}`;
    }
    case 'count':
      return `${spec.signal} ${of} happened ${evidence['count']} times ${within}${group}, ${needed(trigger, evidence)}`;
    case 'distinct':
      return `${spec.signal} ${of} had ${evidence['count']} different values ${within}, ${needed(trigger, evidence)}`;
    case 'sum':
      return `${spec.signal} ${of} came to ${evidence['total']} ${within}${group}, ${needed(trigger, evidence)}`;
    case 'ratio':
      return `${stepsOf(spec).join(' for ')} ${of} happened ${evidence['count']} for ${evidence['total']} times ${within} (${evidence['percent']} %) and reached ${evidence['threshold']} %`;
    case 'pace':
      return `${spec.signal} ${of} is ${evidence['used']} of ${evidence['limit']} and reaches it in ${evidence['days_left']} days at the present pace, ${evidence['atMost']} were needed`;
    case 'seats': {
      const who =
        evidence['role'] === undefined ? 'members' : `members who are ${evidence['role']}`;
      return spec.windowMs === undefined
        ? `the account has ${evidence['count']} ${who}, ${trigger.threshold} were needed`
        : `the account has ${evidence['count']} new ${who} ${within}, ${trigger.threshold} were needed`;
    }
    case 'roleShare': {
      const rose =
        spec.windowMs === undefined
          ? `and reached ${evidence['threshold']} %`
          : `after ${evidence['before']} % ${inWords(spec.windowMs)} before, and rose by ${evidence['threshold']} points`;
      return `${evidence['count']} of ${evidence['members']} members are ${evidence['role']} (${evidence['percent']} %) ${rose}`;
    }
    case 'sessions':
      return `${spec.signal} ${of} came in ${evidence['count']} sessions ${within}, ${trigger.threshold} were needed`;
    case 'sequence':
      return `${stepsInWords(spec)} ${of} was gone through ${evidence['count']} times ${within}, ${trigger.threshold} were needed`;
    case 'elapsed':
      return `${stepsInWords(spec)} ${of} took at most ${evidence['atMost']} ${evidence['count']} of the last ${evidence['ofLast']} times (${evidence['share']} %) and reached ${evidence['threshold']} %`;
    case 'trend':
      return `${spec.signal} ${of} happened ${evidence['count']} times ${within}, ${evidence['growth']} % more than the ${evidence['before']} times ${evidence['against']} before, ${evidence['threshold']} % were needed`;
    case 'weekly': {
      const day =
        evidence['weekday'] === undefined ? '' : `, always on a ${String(evidence['weekday'])}`;
      return `${spec.signal} ${of} happened in ${evidence['count']} of the last ${evidence['weeks']} weeks${day}, ${trigger.threshold} were needed`;
    }
    case 'first':
      return `${spec.signal} ${of} happened for the first time`;
    case 'last':
      return `${spec.signal} ${of} is ${evidence['value']} now, ${trigger.threshold} were needed`;
    default:
      return spec.kind satisfies never;
  }
}
