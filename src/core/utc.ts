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

/** The UTC calendar date of a time. */
export function civilDate(timeMs: number): {
  readonly year: number;
  readonly month: number;
  readonly day: number;
} {
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

function pad(number: number, width: number): string {
  return String(number).padStart(width, '0');
}
