import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dayMs } from '../../../src/core/duration.ts';
import { whenInWords } from '../../../src/core/prompt/when.ts';

const friday = Date.parse('2026-11-20T15:00Z');

it.each([
  ['the same afternoon', '2026-11-20T16:00Z', 'UTC', 'today'],
  ['a moment that has not come yet', '2026-11-20T14:00Z', 'UTC', 'today'],
  ['after the next midnight', '2026-11-21T00:00Z', 'UTC', 'yesterday'],
  ['an hour later where midnight is between', '2026-11-20T16:00Z', 'Asia/Shanghai', 'yesterday'],
  ['nine hours later where midnight is not yet', '2026-11-21T01:00Z', 'America/New_York', 'today'],
  ['two days later', '2026-11-22T09:00Z', 'UTC', 'on Friday'],
  ['six days later', '2026-11-26T09:00Z', 'UTC', 'on Friday'],
  ['a week later', '2026-11-27T09:00Z', 'UTC', '7 days ago'],
  ['three weeks later, in another month', '2026-12-11T09:00Z', 'UTC', '21 days ago'],
  ['in another year', '2027-01-01T09:00Z', 'UTC', '42 days ago'],
])('says when it was to who reads it %s', (_, readAt, zone, words) => {
  expect(whenInWords(friday, Date.parse(readAt), zone)).toBe(words);
});

it('names the weekday as the platform names it where the person is', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2032, 0, 1) }),
      fc.integer({ min: 2, max: 6 }),
      fc.constantFrom('UTC', 'America/New_York', 'Pacific/Kiritimati', 'Asia/Kolkata'),
      (timeMs, days, zone) => {
        const weekday = new Intl.DateTimeFormat('en', { timeZone: zone, weekday: 'long' });
        const words = whenInWords(timeMs, timeMs + days * dayMs, zone);
        // A change of the clock may put the reader a calendar day to either side.
        fc.pre(words.startsWith('on '));
        expect(words).toBe(`on ${weekday.format(timeMs)}`);
      },
    ),
  );
});
