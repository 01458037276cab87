import fc from 'fast-check';
import { expect, it } from 'vitest';
import { unitOf } from '../../src/core/input.ts';
import { fromWire, toWire, type WireInput, wireSize } from '../../src/inbox/wire.ts';
import { anyInput, trackOf } from './arbitrary-input.ts';

function throughJson(wire: WireInput): WireInput {
  return JSON.parse(JSON.stringify(wire));
}

it('brings every input of every kind through a job unchanged', () => {
  fc.assert(
    fc.property(anyInput, (input) => {
      const back = fromWire(throughJson(toWire(input)));
      expect(back).toEqual(input);
      expect(unitOf(back)).toEqual(unitOf(input));
    }),
    { numRuns: 500 },
  );
});

it('keeps a property named __proto__ a property', () => {
  const input = trackOf('m1');
  if (input.kind !== 'event') {
    throw new Error('an event was expected');
  }
  const properties = JSON.parse('{"__proto__":1,"constructor":2}');
  const back = fromWire(throughJson(toWire({ ...input, event: { ...input.event, properties } })));
  expect(JSON.stringify(back.kind === 'event' && back.event.properties)).toBe(
    '{"__proto__":1,"constructor":2}',
  );
});

it('takes less than 200 bytes for an ordinary event with ids of 36 characters', () => {
  const uuid = '3f2b8c1e-6d4a-4b7e-9f10-2c5d8e7a1b90';
  const json = JSON.stringify(toWire(trackOf(uuid, 'acme', 'user-1234')));
  expect(json.length).toBeLessThan(200);
});

it('does not copy the properties', () => {
  const input = trackOf('m1');
  const wire = toWire(input);
  expect(wire.k === 'e' && input.kind === 'event' && wire.p === input.event.properties).toBe(true);
});

it('guesses the size of an event within half and double of its JSON', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ maxLength: 20 }), fc.stringMatching(/^[a-z]{0,200}$/u)),
      (properties) => {
        const input = trackOf('3f2b8c1e-6d4a-4b7e-9f10-2c5d8e7a1b90');
        if (input.kind === 'event') {
          const wire = toWire({ ...input, event: { ...input.event, properties } });
          const bytes = Buffer.byteLength(JSON.stringify(wire));
          expect(wireSize(wire)).toBeGreaterThan(bytes / 2);
          expect(wireSize(wire)).toBeLessThan(bytes * 2);
        }
      },
    ),
  );
});
