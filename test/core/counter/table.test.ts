import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addSample, readCounter } from '../../../src/core/counter/counter.ts';
import type { Sample } from '../../../src/core/counter/sample.ts';
import { CounterTable, unknownMax } from '../../../src/core/counter/table.ts';
import { dayMs, hourMs, minuteMs } from '../../../src/core/duration.ts';
import { Fault } from '../../../src/core/fault.ts';
import { PackedReader, PackedWriter } from '../../../src/core/packed.ts';
import type { CounterSpec } from '../../../src/core/playbook.ts';
import { everySpec, sampleOf, samples, specOf, start, triggerOf } from './specs.ts';

function encoded(table: CounterTable): Uint8Array {
  const writer = new PackedWriter();
  table.encode(writer);
  return writer.finish();
}

function reread(table: CounterTable): CounterTable {
  return CounterTable.decode(new PackedReader(encoded(table)));
}

function counted(table: CounterTable, spec: CounterSpec, sample: Sample): CounterTable {
  const before = table.get(spec);
  const after = addSample(before, spec, sample);
  return after === before ? table : table.with(spec, after);
}

const hex = (table: CounterTable): string => Buffer.from(encoded(table)).toString('hex');
const counts = Array.from({ length: 1_000 }, (_, at) =>
  specOf({ kind: 'count', key: `rule ${at}` }),
);
const steps = samples.chain((all) =>
  fc
    .array(fc.record({ spec: fc.constantFrom(...everySpec), isReread: fc.boolean() }), {
      minLength: all.length,
      maxLength: all.length,
    })
    .map((picks) => picks.map((pick, at) => ({ ...pick, sample: all[at] ?? sampleOf(start) }))),
);

describe('a table of counters', () => {
  it('is the same, byte for byte, in whatever order it was filled and however often it was stored in between', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const inMemory = all.reduce(
          (table, { spec, sample }) => counted(table, spec, sample),
          CounterTable.empty,
        );
        const stored = all.toReversed().reduce((table, { spec, sample, isReread }) => {
          const next = counted(table, spec, sample);
          return isReread ? reread(next) : next;
        }, CounterTable.empty);
        expect(hex(stored)).toBe(hex(inMemory));
        for (const spec of everySpec) {
          expect(stored.get(spec)).toEqual(inMemory.get(spec));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('leaves the table before as it was', () => {
    const spec = specOf({ kind: 'count' });
    const one = counted(CounterTable.empty, spec, sampleOf(start));
    const two = counted(one, spec, sampleOf(start));
    expect(
      [CounterTable.empty, one, two].map(
        (table) => readCounter(table.get(spec), spec, start, undefined).value,
      ),
    ).toEqual([0, 1, 2]);
  });

  it('decodes only the counters that are asked for, and copies the others as they are', () => {
    const known = specOf({ kind: 'count', key: 'known' });
    const broken = specOf({ kind: 'gauge', key: 'broken' });
    const writer = new PackedWriter();
    const slots = new PackedWriter();
    for (const { id } of [known, broken].toSorted((left, right) => left.id - right.id)) {
      slots.u32(id);
      // A count ever: no entries, one cell of bucket 0 with 7. As a gauge this is nonsense.
      slots.bytes(Uint8Array.from([1, 1, 0, 7]));
    }
    writer.bytes(slots.finish());
    const table = CounterTable.decode(new PackedReader(writer.finish()));
    const after = counted(table, known, sampleOf(start));
    expect(readCounter(after.get(known), known, start, undefined).value).toBe(8);
    expect(() => after.get(broken)).toThrow(Fault);
    expect(Buffer.from(encoded(after)).includes(Buffer.from([1, 1, 0, 7]))).toBe(true);
  });

  it('touches a counter among 1,000 without losing the others', () => {
    const full = reread(
      counts.reduce((table, spec) => counted(table, spec, sampleOf(start)), CounterTable.empty),
    );
    fc.assert(
      fc.property(fc.subarray(counts, { maxLength: 5 }), (touched) => {
        const after = reread(
          touched.reduce((table, spec) => counted(table, spec, sampleOf(start)), full),
        );
        const twice = counts.filter(
          (spec) => readCounter(after.get(spec), spec, start, undefined).value === 2,
        );
        expect(twice).toEqual(touched);
        expect(encoded(after)).toHaveLength(encoded(full).length);
      }),
      { numRuns: 20 },
    );
  });

  it('merges two histories counter by counter, whichever comes first', () => {
    fc.assert(
      fc.property(steps, fc.nat(120), (all, cut) => {
        const fill = (part: typeof all): CounterTable =>
          part.reduce(
            (table, { spec, sample }) => counted(table, spec, sample),
            CounterTable.empty,
          );
        const [left, right] = [fill(all.slice(0, cut)), reread(fill(all.slice(cut)))];
        expect(hex(left.merge(right, everySpec))).toBe(hex(fill(all)));
        expect(hex(right.merge(left, everySpec))).toBe(hex(fill(all)));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps one history, the same from both sides, of a counter that the playbook no longer knows', () => {
    const gone = specOf({ kind: 'count', key: 'gone' });
    const less = counted(CounterTable.empty, gone, sampleOf(start));
    const more = counted(less, gone, sampleOf(start));
    const merged = less.merge(more, []);
    expect(hex(more.merge(less, []))).toBe(hex(merged));
    expect(readCounter(merged.get(gone), gone, start, undefined).value).toBe(2);
  });

  it('carries at most 64 counters that the playbook no longer knows, and never drops one that it knows', () => {
    const full = counts
      .slice(0, 300)
      .reduce((table, spec) => counted(table, spec, sampleOf(start)), CounterTable.empty);
    const known = new Set(counts.slice(0, 100).map((spec) => spec.id));
    const left = reread(full.trimmed(known));
    const has = (spec: CounterSpec): boolean =>
      readCounter(left.get(spec), spec, start, undefined).value === 1;
    expect(counts.slice(0, 100).every(has)).toBe(true);
    expect(counts.slice(100, 300).filter(has)).toHaveLength(unknownMax);
    expect(full.trimmed(new Set(counts.map((spec) => spec.id)))).toBe(full);
  });

  it.each([
    ['a slot that ends too early', [6, 1, 0, 0, 0, 9, 1]],
    ['counters out of order', [12, 9, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0]],
  ])('throws the fault of an unreadable state for %s', (_what, bytes) => {
    const table = CounterTable.decode(new PackedReader(Uint8Array.from(bytes)));
    const spec = specOf({ kind: 'count', id: 20 });
    expect(() => encoded(counted(table, spec, sampleOf(start)))).toThrow(Fault);
  });

  it('packs 6 counters with 30 events into 170 bytes', () => {
    const specs = [
      specOf({ kind: 'count', windowMs: 48 * hourMs, triggers: [triggerOf(2)] }),
      specOf({ kind: 'count', windowMs: 7 * dayMs, triggers: [triggerOf(3)] }),
      specOf({ kind: 'count' }),
      specOf({ kind: 'count', windowMs: 30 * dayMs, triggers: [triggerOf(10)] }),
      specOf({ kind: 'distinct', windowMs: 7 * dayMs, value: 'user', triggers: [triggerOf(4)] }),
      specOf({
        kind: 'gauge',
        value: 'used',
        triggers: [
          triggerOf(0.9, { unit: 'share', rearmBelow: 0.8 }),
          triggerOf(1, { unit: 'share', rearmBelow: 0.95 }),
        ],
      }),
    ];
    // Five events each, some hours apart, to the millisecond.
    const events = Array.from({ length: 30 }, (_, at) => ({
      spec: specs[at % 6] ?? specOf({ kind: 'count' }),
      sample: sampleOf(start + at * (47 * minuteMs + 12_345), {
        tie: 2 ** 52 + at,
        value: specs[at % 6]?.kind === 'gauge' ? 6 + Math.floor(at / 6) : `user-${at % 3}`,
        limit: 10,
      }),
    }));
    const table = events.reduce(
      (held, { spec, sample }) => counted(held, spec, sample),
      CounterTable.empty,
    );
    expect(
      readCounter(
        table.get(specs[5] ?? specOf({ kind: 'gauge' })),
        specs[5] ?? specOf({ kind: 'gauge' }),
        start,
        undefined,
      ).value,
    ).toBe(10);
    expect(encoded(table).length).toBeLessThanOrEqual(170);
  });
});
