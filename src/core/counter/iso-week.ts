import { dayOf } from '../duration.ts';

/** The days of a week in the order of ISO 8601. */
const weekdays = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const;

/** 1970-01-01 was a Thursday, three days after the Monday that begins week 0. */
const daysBeforeEpoch = 3;

/** The ISO week (Monday to Sunday, UTC) of a time, counted from the one that holds 1970-01-01. */
export function weekOf(timeMs: number): number {
  return Math.floor((dayOf(timeMs) + daysBeforeEpoch) / 7);
}

/** The day of the ISO week, UTC: 0 for Monday to 6 for Sunday. */
export function weekdayOf(timeMs: number): number {
  return dayOf(timeMs) + daysBeforeEpoch - weekOf(timeMs) * 7;
}

/** The name of a day of the week: `Friday` for 4; undefined for no day. */
export function weekdayName(weekday: number): string | undefined {
  return weekdays[weekday];
}
