import fc from 'fast-check';
import { type Counter, addSample, emptyCounter } from '../../../src/core/counter/counter.ts';
import { decodeCounter, encodeCounter } from '../../../src/core/counter/counter-codec.ts';
import type { Sample } from '../../../src/core/counter/sample.ts';
import { dayMs, hourMs } from '../../../src/core/duration.ts';
import { hash32 } from '../../../src/core/hash.ts';
import { PackedReader, PackedWriter } from '../../../src/core/packed.ts';
import type { CounterSpec, TriggerSpec } from '../../../src/core/playbook.ts';
import { crossings } from '../../../src/core/trigger/crossing.ts';

/** 2026-11-17 00:00 UTC. */
export const start = 1_794_873_600_000;

/** A counter of the playbook; what a test does not name is as plain as can be. */
export function specOf(part: Partial<CounterSpec> & Pick<CounterSpec, 'kind'>): CounterSpec {
  const key = part.key ?? `signal|${part.kind}|account|${part.windowMs ?? 'ever'}|${part.by ?? ''}`;
  return {
    id: hash32(key),
    key,
    signal: 'signal',
    subject: 'account',
    windowMs: undefined,
    by: undefined,
    value: undefined,
    limit: undefined,
    triggers: [],
    ...part,
  };
}

/** A trigger named by its threshold. */
export function triggerOf(threshold: number, part: Partial<TriggerSpec> = {}): TriggerSpec {
  return {
    id: `at-${threshold}`,
    signalKind: 'limit',
    threshold,
    unit: 'value',
    rearmBelow: threshold,
    period: undefined,
    where: [],
    quotes: new Map(),
    reopens: false,
    offers: [],
    maxAgeMs: dayMs,
    ...part,
  };
}

/** A sample at a time; `tie` tells samples of one millisecond apart. */
export function sampleOf(timeMs: number, part: Partial<Sample> = {}): Sample {
  return {
    timeMs,
    tie: 0,
    by: undefined,
    value: undefined,
    limit: undefined,
    period: undefined,
    ...part,
  };
}

/** Consistently: of the last three times. */
const fastPace = { atMostMs: hourMs, ofLast: 3 };

/** One spec of every kind and way to count, with triggers where they change the state. */
export const everySpec: readonly CounterSpec[] = [
  specOf({ kind: 'count', windowMs: 3 * hourMs, triggers: [triggerOf(4)] }),
  specOf({ kind: 'count' }),
  specOf({ kind: 'count', windowMs: 2 * dayMs, by: 'course' }),
  specOf({ kind: 'sum', windowMs: 7 * dayMs, value: 'minutes' }),
  specOf({ kind: 'sum', by: 'course', value: 'minutes' }),
  specOf({ kind: 'sum', windowMs: 30 * dayMs, by: 'course', value: 'minutes' }),
  specOf({ kind: 'distinct', windowMs: 2 * dayMs, value: 'user' }),
  specOf({ kind: 'distinct', value: 'user' }),
  specOf({
    kind: 'gauge',
    value: 'used',
    triggers: [
      triggerOf(0.5, { unit: 'share', rearmBelow: 0.4 }),
      triggerOf(0.9, { unit: 'share', rearmBelow: 0.8 }),
      triggerOf(1, { unit: 'share', rearmBelow: 0.95 }),
      triggerOf(8, { unit: 'value', rearmBelow: 5 }),
    ],
  }),
  specOf({ kind: 'first' }),
  specOf({ kind: 'first', value: 'plan' }),
  specOf({ kind: 'last', value: 'plan' }),
  specOf({ kind: 'sessions', windowMs: 2 * dayMs, gapMs: hourMs / 2 }),
  specOf({ key: 'by id', kind: 'sessions', windowMs: 2 * dayMs, value: 'sessionid' }),
  specOf({ kind: 'sequence', windowMs: 2 * dayMs, steps: ['a', 'b', 'a', 'c'] }),
  specOf({ kind: 'elapsed', windowMs: 7 * dayMs, steps: ['a', 'b'], pace: fastPace }),
  specOf({ kind: 'elapsed', steps: ['a', 'c'], pace: fastPace }),
  specOf({ kind: 'weekly', weeks: 4 }),
  specOf({ kind: 'ratio', windowMs: 2 * dayMs, steps: ['a', 'b'], min: 2 }),
  specOf({ kind: 'ratio', steps: ['b', 'c'], min: 2 }),
  specOf({ kind: 'pace', windowMs: 14 * dayMs, value: 'used' }),
  specOf({ kind: 'trend', windowMs: 2 * dayMs, trend: { againstMs: 7 * dayMs, min: 2 } }),
];

/** Samples that crowd around window edges, share milliseconds, and miss values; every `tie` is used once. */
export const samples: fc.Arbitrary<readonly Sample[]> = fc
  .array(
    fc.record({
      timeMs: fc.oneof(
        fc.integer({ min: start - 3 * hourMs, max: start }),
        fc.integer({ min: start - 40 * dayMs, max: start }),
        fc.constantFrom(
          start,
          start - 3 * hourMs,
          start - 3 * hourMs + 1,
          start - 2 * dayMs,
          start - 7 * dayMs,
        ),
      ),
      signal: fc.constantFrom('a', 'a', 'b', 'c', 'd'),
      by: fc.constantFrom('algebra', 'biology', 'chemistry', '', undefined),
      value: fc.oneof(
        fc.integer({ min: -3, max: 12 }),
        fc.double({ min: -2e9, max: 2e9, noNaN: true }),
        fc.constantFrom('ana', 'ben', '7.5', '', undefined),
      ),
      limit: fc.constantFrom(10, 100, 0, -1, undefined),
      period: fc.constantFrom('2026-10', '2026-11', undefined),
    }),
    { maxLength: 120 },
  )
  .map((drawn) => drawn.map((sample, at) => ({ ...sample, tie: (at * 7_919) % 1_009 })));

/** The counter of samples in their order. */
export function counterOf(spec: CounterSpec, all: readonly Sample[]): Counter {
  return all.reduce((counter, sample) => addSample(counter, spec, sample), emptyCounter(spec));
}

/** A counter's bytes as hex, to compare. */
export function bytesOf(counter: Counter, spec: CounterSpec): string {
  const writer = new PackedWriter();
  encodeCounter(counter, spec, writer);
  return Buffer.from(writer.finish()).toString('hex');
}

/** Adds samples one after another, stored and read back in between; gives the ids that each made fire. */
export function run(
  spec: CounterSpec,
  all: readonly Sample[],
  nowMs = (sample: Sample) => sample.timeMs,
): readonly (readonly string[])[] {
  let counter: Counter = emptyCounter(spec);
  return all.map((sample) => {
    const before = counter;
    const after = addSample(before, spec, sample);
    counter = decodeCounter(new PackedReader(Buffer.from(bytesOf(after, spec), 'hex')), spec);
    return crossings(spec, before, after, sample, nowMs(sample)).map((trigger) => trigger.id);
  });
}
