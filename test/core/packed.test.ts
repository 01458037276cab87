import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { PackedReader, PackedWriter } from '../../src/core/packed.ts';

const largest = Number.MAX_SAFE_INTEGER;
const edges = [
  0,
  1,
  63,
  64,
  127,
  128,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 49,
  2 ** 52,
  largest - 1,
  largest,
];

type Written =
  | { readonly kind: 'varint' | 'zigzag' | 'u32' | 'f64' | 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array };

const natural = fc.oneof(fc.maxSafeNat(), fc.nat(300), fc.constantFrom(...edges));
const written: fc.Arbitrary<Written> = fc.oneof(
  fc.record({ kind: fc.constant('varint' as const), value: natural }),
  fc.record({
    kind: fc.constant('zigzag' as const),
    value: fc.oneof(
      fc.maxSafeInteger(),
      fc.constantFrom(...edges, ...edges.slice(1).map((edge) => -edge)),
    ),
  }),
  fc.record({ kind: fc.constant('u32' as const), value: fc.integer({ min: 0, max: 2 ** 32 - 1 }) }),
  fc.record({ kind: fc.constant('f64' as const), value: fc.double() }),
  fc.record({
    kind: fc.constant('number' as const),
    value: fc.oneof(
      fc.maxSafeInteger(),
      fc.double().map((value) => value + 0),
    ),
  }),
  fc.record({ kind: fc.constant('string' as const), value: fc.string({ unit: 'grapheme' }) }),
  fc.record({ kind: fc.constant('bytes' as const), value: fc.uint8Array() }),
);

function pack(values: readonly Written[]): Uint8Array {
  const writer = new PackedWriter(4);
  for (const one of values) {
    switch (one.kind) {
      case 'string':
        writer.string(one.value);
        break;
      case 'bytes':
        writer.bytes(one.value);
        break;
      default:
        writer[one.kind](one.value);
    }
  }
  return writer.finish();
}

function unpack(
  bytes: Uint8Array,
  values: readonly Written[],
): readonly (string | number | Uint8Array)[] {
  const reader = new PackedReader(bytes);
  const read = values.map(({ kind }) => reader[kind]());
  expect(reader.isAtEnd).toBe(true);
  return read;
}

describe('packed bytes', () => {
  it('give back any values in any order', () => {
    fc.assert(
      fc.property(fc.array(written), (values) => {
        expect(unpack(pack(values), values)).toEqual(values.map(({ value }) => value));
      }),
      { numRuns: 300 },
    );
  });

  it('throw the fault of an unreadable state wherever they are cut off', () => {
    fc.assert(
      fc.property(
        fc.array(written, { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const whole = pack(values);
          const cut = whole.subarray(
            0,
            Math.min(Math.floor(share * whole.length), whole.length - 1),
          );
          expect(() => unpack(cut, values)).toThrow(Fault);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ['varint', 127, 1],
    ['varint', 2 ** 28 - 1, 4],
    ['varint', largest, 8],
    ['zigzag', -63, 1],
    ['zigzag', 1_794_873_600_000, 6],
    ['zigzag', -largest, 8],
    ['number', 10, 2],
    ['number', 0.5, 9],
  ] as const)('write the %s %d in %d bytes', (kind, value, length) => {
    expect(pack([{ kind, value }])).toHaveLength(length);
  });

  it.each([
    ['varint', -1],
    ['varint', 0.5],
    ['varint', 2 ** 53],
    ['varint', Number.NaN],
    ['zigzag', -(2 ** 53)],
    ['u32', 2 ** 32],
    ['u32', -1],
  ] as const)('refuse to hold the %s %d', (kind, value) => {
    expect(() => pack([{ kind, value }])).toThrow(RangeError);
  });

  it.each([
    ['a varint above 2^53', 'varint', [255, 255, 255, 255, 255, 255, 255, 16]],
    ['a varint without end', 'varint', [128, 128, 128, 128, 128, 128, 128, 128, 128, 1]],
    ['a zigzag above 2^53', 'zigzag', [255, 255, 255, 255, 255, 255, 255, 255, 15]],
    ['a number of an unknown form', 'number', [2, 0]],
    ['a text that is not UTF-8', 'string', [2, 195, 40]],
    ['a count of more items than there are bytes', 'count', [200, 1, 0, 0]],
  ] as const)('throw the fault of an unreadable state for %s', (_what, kind, bytes) => {
    const reader = new PackedReader(Uint8Array.from(bytes));
    expect(() => reader[kind]()).toThrow(
      expect.objectContaining({ code: 'state_unreadable', retry: 'never' }),
    );
  });

  it.each([0, 127, 128, 20_000])(
    'put the length before a part of %d bytes, as if it had been known',
    (length) => {
      const part = Uint8Array.from({ length }, (_, at) => at % 251);
      const [known, sized] = [new PackedWriter(8), new PackedWriter(8)];
      for (const writer of [known, sized]) {
        writer.string('before');
      }
      known.bytes(part);
      sized.sized(() => sized.append(part));
      for (const writer of [known, sized]) {
        writer.string('after');
      }
      expect(sized.finish()).toEqual(known.finish());
    },
  );

  it('keep a byte order mark and every other character of a text', () => {
    const value = '\ufeff Zoë 報告 \u0000 👩‍👩‍👧';
    expect(unpack(pack([{ kind: 'string', value }]), [{ kind: 'string', value }])).toEqual([value]);
  });
});
