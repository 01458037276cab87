import { dayMs } from '../duration.ts';
import type { Tally, TallyShape } from './tally.ts';

const weekMs = 7 * dayMs;
const weeks = 4;

/**
 * How totals of weeks are kept: a cell of seven days each (Thursday to Wednesday, UTC, as days are counted from 1970) and the
 * newest event by itself. Small, because every account may have one.
 */
export const weeklyTotalsShape: TallyShape = {
  windowMs: weeks * weekMs,
  bucketMs: weekMs,
  recentMax: 1,
  cellsMax: weeks + 2,
};

/** The totals of the last four whole weeks before `nowMs`, newest first. The week that has begun is none of them. */
export function weeklyTotals({ cells, recent }: Tally, nowMs: number): readonly number[] {
  const current = Math.floor(nowMs / weekMs);
  const totals = Array.from({ length: weeks }, () => 0);
  const add = (bucket: number, amount: number): void => {
    const ago = current - bucket - 1;
    if (ago >= 0 && ago < weeks) {
      totals[ago] = (totals[ago] ?? 0) + amount;
    }
  };
  for (const { bucket, positive } of cells) {
    add(bucket, positive);
  }
  for (const { amount, timeMs } of recent) {
    add(Math.floor(timeMs / weekMs), amount);
  }
  return totals;
}
