import type { DelayCurve } from './delay.ts';

/** Episodes of one cell that started on a day (UTC), and how many of them converted in their window. Whole numbers. */
export interface DayCount {
  readonly day: number;
  readonly n: number;
  readonly y: number;
}

/** What a cell's history is worth today: `n` trials of which `y` converted. Fractions, because evidence fades. */
export interface Evidence {
  readonly n: number;
  readonly y: number;
}

/** How evidence is read: the window, how it fades, and how much of an answer has arrived. */
export interface Reading {
  readonly today: number;
  readonly windowDays: number;
  /** Days after which evidence weighs half; Infinity: it never fades. */
  readonly halfLifeDays: number;
  readonly curve: DelayCurve;
}

/**
 * Effective counts (dm1 section 5.2). An open episode is the fraction of a trial that could have answered by now, so there
 * is no list of pending ones and no timer. Days after `today` have not happened and count nothing. The order of `days`
 * does not matter beyond rounding.
 */
export function evidenceOf(days: readonly DayCount[], reading: Reading): Evidence {
  let n = 0;
  let y = 0;
  for (const count of days) {
    const age = reading.today - count.day;
    if (age >= 0) {
      const fading = 2 ** (-age / reading.halfLifeDays);
      const answered = age >= reading.windowDays ? 1 : reading.curve(age + 0.5);
      n += count.n * answered * fading;
      y += count.y * fading;
    }
  }
  return { n, y };
}
