/*
 * How much of the answer can have arrived (dm1 section 5.1, after Vernade, Cappe and Perchet 2017): a share of
 * conversions by whole days since the prompt, started from a guess and corrected by the delays seen.
 */

/** Pseudo conversions that the guessed curve is worth. */
const priorWeight = 20;
/** Days by which the guessed delay has fallen to 1/e. */
const guessedScaleDays = 4;

/** Prompt conversions by start day and whole days until the conversion: counters of one family. */
export interface LagCount {
  readonly day: number;
  readonly lag: number;
  readonly count: number;
}

/** The share of conversions that has arrived so many days after the prompt, 0 to 1. */
export type DelayCurve = (days: number) => number;

/** `G0`: the curve before anything was seen. A window of 0 days knows no delay. */
export function guessedDelay(windowDays: number): DelayCurve {
  return (days) => {
    if (days >= windowDays) {
      return 1;
    }
    return days <= 0
      ? 0
      : (1 - Math.exp(-days / guessedScaleDays)) / (1 - Math.exp(-windowDays / guessedScaleDays));
  };
}

/**
 * `G`: the guess and the delays of finished windows together; of unfinished ones only the early conversions are there, so
 * they would pull the curve up. Within a day conversions are spread evenly: half of the day's count at its half.
 */
export function delayCurve(
  lags: readonly LagCount[],
  windowDays: number,
  today: number,
): DelayCurve {
  const guessed = guessedDelay(windowDays);
  const counts: number[] = [];
  let total = 0;
  for (const { day, lag, count } of lags) {
    if (day <= today - windowDays && lag >= 0) {
      counts[lag] = (counts[lag] ?? 0) + count;
      total += count;
    }
  }
  return (days) => {
    if (days <= 0 || days >= windowDays) {
      return guessed(days);
    }
    const whole = Math.floor(days);
    let arrived = (counts[whole] ?? 0) * (days - whole);
    for (let lag = 0; lag < whole; lag += 1) {
      arrived += counts[lag] ?? 0;
    }
    return (priorWeight * guessed(days) + arrived) / (priorWeight + total);
  };
}
