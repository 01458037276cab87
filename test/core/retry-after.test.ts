import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryAfterMsOf } from '../../src/core/retry-after.ts';

describe('retryAfterMsOf', () => {
  const nowMs = 1_793_966_400_000;
  const headers = (all: Readonly<Record<string, string>>) => (name: string) => all[name] ?? null;

  it.each([
    ['seconds', 429, { 'retry-after': '7' }, 7000],
    ['an HTTP date', 429, { 'retry-after': new Date(nowMs + 9000).toUTCString() }, 9000],
    ['the end of the window', 429, { 'x-ratelimit-reset': '1793966404' }, 4000],
    [
      'seconds before the window',
      429,
      { 'retry-after': '2', 'x-ratelimit-reset': '1793966404' },
      2000,
    ],
    ['a window that has ended', 429, { 'x-ratelimit-reset': '1793966000' }, 0],
    ['more than an hour', 429, { 'retry-after': '86400' }, 3_600_000],
    ['nothing', 429, {}, undefined],
    ['nonsense', 429, { 'retry-after': 'soon' }, undefined],
    [
      'the window of an answer that is no 429',
      503,
      { 'x-ratelimit-reset': '1793966404' },
      undefined,
    ],
    ['seconds of a 503', 503, { 'retry-after': '30' }, 30_000],
  ])('reads %s', (_what, status, all, wait) => {
    expect(retryAfterMsOf(status, headers(all), nowMs)).toBe(wait);
  });

  it('reads any second as the date that a vendor would send', () => {
    const second = fc.integer({ min: 0, max: 253_402_300_799 });
    fc.assert(
      fc.property(second, fc.integer({ min: 0, max: 3600 }), (atS, waitS) => {
        const sent = new Date((atS + waitS) * 1000).toUTCString();
        fc.pre(sent.length === 29);
        expect(retryAfterMsOf(503, headers({ 'retry-after': sent }), atS * 1000)).toBe(
          waitS * 1000,
        );
      }),
    );
  });
});
