import { civilDate } from '../utc.ts';

/** The calendar month of a time, UTC: `2026-11`. */
export function monthOf(timeMs: number): string {
  const { year, month } = civilDate(timeMs);
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`;
}
