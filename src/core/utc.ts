import { dayMs } from './duration.ts';

/**
 * A time as `2026-11-17 15:20 UTC`, without the platform's clock or zone. Civil date from days: Howard Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
 */
export function utc(timeMs: number): string {
  const { year, month, day } = civilDate(timeMs);
  const minutes = Math.floor((timeMs - Math.floor(timeMs / dayMs) * dayMs) / 60_000);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)} ${pad(Math.floor(minutes / 60), 2)}:${pad(minutes % 60, 2)} UTC`;
}

/** A day of the calendar: month 1 to 12, day 1 to 31. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The UTC calendar date of a time. */
export function civilDate(timeMs: number): CivilDate {
  const days = Math.floor(timeMs / dayMs) + 719_468;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}

/** When a UTC date begins, epoch ms: `days_from_civil` of the same source, for years from 0. */
export function utcMs({ year, month, day }: CivilDate): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return (era * 146_097 + dayOfEra - 719_468) * dayMs;
}

function pad(number: number, width: number): string {
  return String(number).padStart(width, '0');
}
