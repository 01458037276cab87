import type { MovedCounter } from '../account/add-event.ts';
import { newestMsOf, readCounter } from '../counter/counter.ts';
import type { Reading } from '../counter/reading.ts';
import { inWords } from '../duration.ts';
import type { Event, Scalar } from '../event/event.ts';
import type { CounterSpec, TriggerSpec } from '../playbook.ts';
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
  measured(readCounter(after, spec, readMs, sample.by), trigger, spec, quote);
  if (spec.windowMs !== undefined) {
    quote('window', inWords(spec.windowMs));
  }
  quote('group', sample.by);
  for (const [name, path] of trigger.quotes) {
    quote(name, propertyOf(event, path));
  }
  return evidence;
}

function measured(
  reading: Reading,
  trigger: TriggerSpec,
  spec: CounterSpec,
  quote: (name: string, value: Scalar | undefined) => void,
): void {
  switch (reading.kind) {
    case 'gauge':
      quote('used', reading.value);
      quote(
        'threshold',
        trigger.unit === 'share' ? percentOf(trigger.threshold) : trigger.threshold,
      );
      if (reading.limit !== undefined) {
        quote('limit', reading.limit);
        quote('remaining', Math.max(0, reading.limit - reading.value));
        quote('percent', reading.share === undefined ? undefined : percentOf(reading.share));
      }
      return;
    case 'count':
    case 'distinct':
    case 'sessions':
      quote('count', reading.value);
      quote('threshold', trigger.threshold);
      return;
    case 'sum':
      quote('total', reading.value);
      quote('threshold', trigger.threshold);
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

/** `started, then finished`. */
function stepsInWords({ steps, signal }: CounterSpec): string {
  return (steps ?? [signal]).join(', then ');
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
      return `${spec.signal} ${of} happened ${evidence['count']} times ${within}${group}, ${trigger.threshold} were needed`;
    case 'distinct':
      return `${spec.signal} ${of} had ${evidence['count']} different values ${within}, ${trigger.threshold} were needed`;
    case 'sum':
      return `${spec.signal} ${of} came to ${evidence['total']} ${within}${group}, ${trigger.threshold} were needed`;
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
