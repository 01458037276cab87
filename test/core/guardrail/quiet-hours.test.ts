import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../../src/core/duration.ts';
import type { ActiveMember } from '../../../src/core/account/state.ts';
import { CounterTable } from '../../../src/core/counter/table.ts';
import { quietUntilMs, zoneOf } from '../../../src/core/guardrail/quiet-hours.ts';
import type { QuietHours } from '../../../src/core/playbook.ts';

const nights: QuietHours = {
  fromMinute: 20 * 60,
  untilMinute: 8 * 60,
  weekends: false,
  trait: 'timezone',
  fallback: 'UTC',
};

/** Zones that change the clock by an hour or by half of one, in both hemispheres, and some that never do. */
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
];

const clocks = new Map(
  zones.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'long',
      hour: '2-digit',
      minute: '2-digit',
    }),
  ]),
);

/** An oracle: whether a moment is quiet, from the platform's own words for the local time. */
function isQuiet(timeMs: number, zone: string, quiet: QuietHours): boolean {
  const text = clocks.get(zone)?.format(timeMs) ?? '';
  const [, day = '', hour = '', minute = ''] = /^(\w+)\D+(\d\d):(\d\d)$/u.exec(text) ?? [];
  const at = Number(hour) * 60 + Number(minute);
  const { fromMinute: from, untilMinute: until } = quiet;
  const isNight = from <= until ? from <= at && at < until : at >= from || at < until;
  return isNight || (quiet.weekends && ['Saturday', 'Sunday'].includes(day));
}

/** The first moment that is not quiet, found by looking at every minute. */
function firstLoud(timeMs: number, zone: string, quiet: QuietHours): number {
  let atMs = timeMs;
  while (isQuiet(atMs, zone, quiet)) {
    atMs = Math.floor(atMs / minuteMs) * minuteMs + minuteMs;
  }
  return atMs;
}

describe('quiet hours', () => {
  it.each([
    ['by day at once', 'UTC', '2026-11-24T12:34:56Z', '2026-11-24T12:34:56Z'],
    [
      'in the last minute of the day at once',
      'UTC',
      '2026-11-24T19:59:59Z',
      '2026-11-24T19:59:59Z',
    ],
    ['in the evening until the morning', 'UTC', '2026-11-24T20:00:00Z', '2026-11-25T08:00:00Z'],
    ['after midnight until the morning', 'UTC', '2026-11-24T03:10:20Z', '2026-11-24T08:00:00Z'],
    ['by the clock of New York', 'America/New_York', '2026-11-24T12:00Z', '2026-11-24T13:00Z'],
    ['where the day is half an hour off', 'Asia/Kolkata', '2026-11-24T15:00Z', '2026-11-25T02:30Z'],
    // The clock goes from 02:00 to 03:00 in the night to Sunday: the night is an hour shorter.
    ['over the change to summer time', 'Europe/Berlin', '2027-03-27T20:00Z', '2027-03-28T06:00Z'],
    // And from 03:00 back to 02:00: the night is an hour longer.
    ['over the change to winter time', 'Europe/Berlin', '2026-10-24T20:00Z', '2026-10-25T07:00Z'],
  ])('let an e-mail leave %s', (_, zone, at, leaves) => {
    expect(new Date(quietUntilMs(Date.parse(at), zone, nights)).toISOString()).toBe(
      new Date(leaves).toISOString(),
    );
  });

  it('never hold anything where they begin when they end', () => {
    const never = { ...nights, fromMinute: 480, untilMinute: 480 };
    expect(quietUntilMs(Date.parse('2026-11-24T08:00Z'), 'UTC', never)).toBe(
      Date.parse('2026-11-24T08:00Z'),
    );
  });

  it('hold over a weekend until Monday morning, also where the weekend has 47 hours', () => {
    const quiet = { ...nights, weekends: true };
    expect(quietUntilMs(Date.parse('2026-11-27T20:30Z'), 'UTC', quiet)).toBe(
      Date.parse('2026-11-30T08:00Z'),
    );
    const weekendsOnly = { ...quiet, fromMinute: 0, untilMinute: 0 };
    expect(quietUntilMs(Date.parse('2027-03-27T12:00Z'), 'Europe/Berlin', weekendsOnly)).toBe(
      Date.parse('2027-03-28T22:00Z'),
    );
  });

  it('end at the first minute that is not quiet, in any zone and around any change of the clock', () => {
    const somewhen = fc.oneof(
      fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2028, 0, 1) }),
      // Around the changes of Europe, America and Australia.
      ...[
        Date.UTC(2027, 2, 28, 1),
        Date.UTC(2026, 9, 25, 1),
        Date.UTC(2027, 2, 14, 7),
        Date.UTC(2026, 10, 1, 6),
        Date.UTC(2027, 3, 3, 15),
        Date.UTC(2026, 9, 3, 15, 30),
        Date.UTC(2026, 8, 6, 4),
      ].map((changeMs) =>
        fc.integer({ min: -3 * dayMs, max: dayMs }).map((apart) => changeMs + apart),
      ),
    );
    fc.assert(
      fc.property(
        somewhen,
        fc.constantFrom(...zones),
        // Hours as a playbook can say them; nothing that lasts the whole day.
        fc.integer({ min: 0, max: 1439 }),
        fc.integer({ min: 0, max: 1439 }),
        fc.boolean(),
        (timeMs, zone, fromMinute, untilMinute, weekends) => {
          const quiet = { ...nights, fromMinute, untilMinute, weekends };
          fc.pre((untilMinute - fromMinute + 1440) % 1440 <= 18 * 60);
          const untilMs = quietUntilMs(timeMs, zone, quiet);
          expect(new Date(untilMs).toISOString()).toBe(
            new Date(firstLoud(timeMs, zone, quiet)).toISOString(),
          );
          expect(isQuiet(untilMs, zone, quiet)).toBe(false);
        },
      ),
      { numRuns: 200 },
    );
  }, 60_000);
});

describe("a person's time zone", () => {
  const member = (timezone: string | number): ActiveMember => ({
    kind: 'active',
    counters: CounterTable.empty,
    traits: new Map([['timezone', { timeMs: hourMs, value: timezone }]]),
    anonymousHashes: [],
    signedUpMs: undefined,
    seat: undefined,
  });

  it.each([
    ['Asia/Tokyo', 'Asia/Tokyo'],
    ['Middle/Earth', 'UTC'],
    ['', 'UTC'],
    [9, 'UTC'],
  ])('is what the trait says where it is a zone: %j is read as %s', (said, zone) => {
    expect(zoneOf(member(said), nights)).toBe(zone);
  });

  it('is that of the playbook where nobody said one', () => {
    expect(zoneOf(undefined, { ...nights, fallback: 'Europe/Berlin' })).toBe('Europe/Berlin');
  });
});
