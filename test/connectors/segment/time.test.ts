import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toEpochMs } from '../../../connectors/segment/time.ts';

const noon = Date.UTC(2026, 10, 20, 10, 11, 12);

describe('times as customers send them', () => {
  it.each([
    ['2026-11-20T10:11:12Z', noon],
    ['2026-11-20T10:11:12.345Z', noon + 345],
    ['2026-11-20T10:11:12.345678Z', noon + 345],
    ['2026-11-20T10:11:12.3Z', noon + 300],
    ['2026-11-20T10:11:12,345Z', noon + 345],
    ['2026-11-20T10:11:12', noon],
    ['2026-11-20 10:11:12', noon],
    ['2026-11-20 10:11:12.123456', noon + 123],
    ['2026-11-20 10:11:12 UTC', noon],
    ['2026-11-20T12:11:12+02', noon],
    ['2026-11-20T12:11:12+0200', noon],
    ['2026-11-20T12:11:12+02:00', noon],
    ['2026-11-20T05:41:12-04:30', noon],
    ['2026-11-20T10:11:12.123456+00:00', noon + 123],
    ['20261120T101112Z', noon],
    ['20261120T101112.345Z', noon + 345],
    ['2026-11-20T10:11', noon - 12_000],
    ['2026-11-20', Date.UTC(2026, 10, 20)],
    ['20261120', Date.UTC(2026, 10, 20)],
    ['2026-2-02T10:11:12Z', Date.UTC(2026, 1, 2, 10, 11, 12)],
    ['2028-02-29T00:00:00.000Z', Date.UTC(2028, 1, 29)],
    ['2026-12-31T23:59:60Z', Date.UTC(2027, 0, 1)],
    ['  2026-11-20T10:11:12Z ', noon],
    ['Fri, 20 Nov 2026 10:11:12 GMT', noon],
    ['Fri Nov 20 2026 12:11:12 GMT+0200 (CEST)', noon],
    ['Nov 20, 2026 10:11:12', noon],
    [noon, noon],
    [noon / 1000, noon],
    [noon / 1000 + 0.5, noon + 500],
    [String(noon), noon],
    [String(noon / 1000), noon],
    [noon + 0.7, noon],
  ])('reads %j', (value, ms) => {
    expect(toEpochMs(value)).toBe(ms);
  });

  it.each([
    'yesterday',
    '',
    'foo 1',
    '2026',
    '2026-13-01T00:00:00.000Z',
    '2026-02-29T00:00:00.000Z',
    '2026-11-31',
    '2026-11-20T24:00:00.000Z',
    '2026-11-20T10:60:00.000Z',
    '2026-11-20T1x:00:00.000Z',
    '0001-01-01T00:00:00Z',
    '1970-01-01T00:00:00.000Z',
    '1999-12-31T23:59:59.999Z',
    '2100-01-01T00:00:00.000Z',
    'Fri, 42 Nov 2026 10:11:12 GMT',
    0,
    -5,
    2026,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e300,
    null,
    undefined,
    true,
    {},
    ['2026-11-20'],
  ])('does not read %j', (value) => {
    expect(toEpochMs(value)).toBeUndefined();
  });

  it('reads every time that JavaScript writes as that time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2100, 0, 1) - 1 }),
        (ms) => {
          expect(toEpochMs(new Date(ms).toISOString())).toBe(ms);
        },
      ),
    );
  });

  it('reads a time without a zone the same in every zone of the server', () => {
    const zone = process.env['TZ'];
    try {
      for (const tz of ['America/New_York', 'Asia/Tokyo', 'UTC']) {
        process.env['TZ'] = tz;
        expect(
          ['2026-11-20T10:11:12', '2026-11-20 10:11:12', 'Nov 20 2026 10:11:12'].map(toEpochMs),
        ).toEqual([noon, noon, noon]);
      }
    } finally {
      if (zone === undefined) {
        delete process.env['TZ'];
      } else {
        process.env['TZ'] = zone;
      }
    }
  });

  it('gives a whole number or nothing for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d:TZ+. -]{0,30}$/u)), (text) => {
        const ms = toEpochMs(text);
        expect(ms === undefined || Number.isSafeInteger(ms)).toBe(true);
      }),
    );
  });
});
