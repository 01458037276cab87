import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { decodeState, encodeState } from '../../src/store/header.ts';

const day = fc.record({
  day: fc.nat(65_535),
  expiresDay: fc.nat(65_535),
  count: fc.nat(2_000_000_000),
});

it('gives back the version, the days and the bytes of every state', () => {
  fc.assert(
    fc.property(
      fc.nat(4_294_967_295),
      fc.array(day, { maxLength: 300 }),
      fc.uint8Array(),
      (version, days, bytes) => {
        const decoded = decodeState(encodeState(version, days, bytes));
        expect(decoded.version).toBe(version);
        expect(decoded.days).toEqual(days);
        expect(Buffer.compare(decoded.bytes, bytes)).toBe(0);
      },
    ),
  );
});

it('puts the version into the first four bytes, where the commit script compares it', () => {
  const [first, second, third, fourth] = encodeState(0x01020304, [], new Uint8Array([9]));
  expect([first, second, third, fourth]).toEqual([4, 3, 2, 1]);
});

it('costs 5 bytes for a state without days and 5 for each quiet day', () => {
  const quiet = { day: 20_000, expiresDay: 20_008, count: 30 };
  expect(encodeState(1, [], new Uint8Array()).length).toBe(5);
  expect(encodeState(1, [quiet, quiet], new Uint8Array()).length).toBe(15);
});

it('refuses a header that was cut short, at any byte', () => {
  const whole = encodeState(7, [{ day: 1, expiresDay: 2, count: 300 }], new Uint8Array());
  for (let length = 0; length < whole.length; length += 1) {
    expect(() => decodeState(whole.subarray(0, length))).toThrow(Fault);
  }
});
