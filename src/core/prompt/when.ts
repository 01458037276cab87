import { localTime } from '../guardrail/quiet-hours.ts';

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/**
 * A past moment in the words of somebody who reads at `nowMs` in `zone`: `today`, `yesterday`, `on Friday` (within the last
 * six days), else `9 days ago`.
 */
export function whenInWords(timeMs: number, nowMs: number, zone: string): string {
  const then = localDay(timeMs, zone);
  const days = localDay(nowMs, zone) - then;
  if (days <= 0) {
    return 'today';
  }
  if (days === 1) {
    return 'yesterday';
  }
  // 1970-01-01 was a Thursday.
  return days < 7 ? `on ${weekdays[(then + 4) % 7]}` : `${days} days ago`;
}

/** Days since 1970-01-01 of the calendar day in the zone. */
function localDay(timeMs: number, zone: string): number {
  const [year = 0, month = 1, day = 1] = localTime(timeMs, zone).day.split('-').map(Number);
  return daysFromCivil(year, month, day);
}

/** Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`. */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
