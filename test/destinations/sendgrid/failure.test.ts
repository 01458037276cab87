import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryOf, type Failure, troubleOf } from '../../../destinations/sendgrid/failure.ts';

function answered(status: number, retryAfterMs?: number): Failure {
  return { kind: 'answered', status, retryAfterMs, field: 'from.email' };
}

describe('deliveryOf', () => {
  it('never calls a failure accepted, and repeats only what SendGrid refused before any work', () => {
    const anyStatus = fc.integer({ min: 300, max: 599 });
    const anyWait = fc.option(fc.nat(100_000), { nil: undefined });
    fc.assert(
      fc.property(anyStatus, anyWait, (status, wait) => {
        const { kind } = deliveryOf(answered(status, wait));
        expect(kind).not.toBe('accepted');
        if (status >= 500 && !(status === 503 && wait !== undefined)) {
          expect(kind).toBe('unknown');
        }
      }),
    );
  });

  it.each([
    [{ kind: 'not_sent' }, 'unavailable'],
    [{ kind: 'no_answer' }, 'unknown'],
    [{ kind: 'not_understood', status: 200 }, 'unknown'],
    [answered(408), 'unknown'],
    [answered(409), 'unknown'],
    [answered(400), 'refused'],
    [answered(413), 'refused'],
    [answered(401), 'unavailable'],
    [answered(403), 'unavailable'],
    [answered(429), 'unavailable'],
  ] as const)('%j is %s', (failure, kind) => {
    expect(deliveryOf(failure).kind).toBe(kind);
  });
});

describe('troubleOf', () => {
  it('is one sentence for what a person must mend, and nothing for what passes by itself', () => {
    for (const status of [302, 400, 401, 403, 404, 405, 413, 422]) {
      expect(troubleOf(answered(status))).toMatch(/^[A-Z].*\.$/u);
    }
    for (const status of [408, 409, 429, 500, 503]) {
      expect(troubleOf(answered(status))).toBeUndefined();
    }
    expect(troubleOf({ kind: 'no_answer' })).toBeUndefined();
  });
});
