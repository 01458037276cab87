import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryOf, type Failure, troubleOf } from '../../../destinations/intercom/failure.ts';

function answered(status: number, retryAfterMs?: number): Failure {
  return {
    kind: 'answered',
    status,
    retryAfterMs,
    code: 'some_code',
    message: undefined,
    link: undefined,
  };
}

const anyFailure: fc.Arbitrary<Failure> = fc.oneof(
  fc
    .tuple(fc.integer({ min: 300, max: 599 }), fc.option(fc.nat(100_000), { nil: undefined }))
    .map(([status, wait]) => answered(status, wait)),
  fc.constantFrom<Failure>(
    { kind: 'not_sent' },
    { kind: 'no_answer' },
    { kind: 'not_understood', status: 200 },
  ),
);

describe('deliveryOf', () => {
  it('never calls a failure accepted, and never a contact call unknown, because it shows nothing', () => {
    fc.assert(
      fc.property(anyFailure, (failure) => {
        expect(deliveryOf(failure, 'event').kind).not.toBe('accepted');
        expect(['unavailable', 'refused']).toContain(deliveryOf(failure, 'contact').kind);
      }),
    );
  });

  it('calls an event unknown whenever Intercom may have taken it', () => {
    for (const failure of [
      answered(500),
      answered(599),
      answered(408),
      answered(409),
      { kind: 'no_answer' } as const,
    ]) {
      expect(deliveryOf(failure, 'event')).toEqual({ kind: 'unknown' });
    }
  });

  it('calls an event unavailable when it surely was not sent', () => {
    expect(deliveryOf({ kind: 'not_sent' }, 'event').kind).toBe('unavailable');
  });
});

describe('troubleOf', () => {
  it('is one sentence for what a person must mend, and nothing for what passes by itself', () => {
    for (const status of [400, 401, 402, 403, 404, 405, 410, 422]) {
      expect(troubleOf(answered(status), 'event')).toMatch(/^[A-Z].*\.$/u);
    }
    for (const status of [408, 409, 429, 500, 503]) {
      expect(troubleOf(answered(status), 'event')).toBeUndefined();
    }
  });
});
