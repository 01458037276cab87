import { hash32 } from '../hash.ts';
import { randomOf } from './random.ts';

/*
 * What another policy would have earned on the decisions that were taken (dm1 section 12): each counts by how much more
 * likely the other policy was to choose the same. One step only: it says nothing on changed caps, gates or locks. Where
 * the log cannot tell, there are reasons instead of numbers.
 */

/** One live decision under both policies. */
export interface LoggedChoice {
  readonly unit: string;
  /** Probability of what was chosen: as logged, and under the other policy. 0 to 1. */
  readonly pi: number;
  readonly piNew: number;
  readonly reward: number;
  /** The model's guess of the reward: of what was chosen, and of the other policy (sum over its arms). */
  readonly guess: { readonly chosen: number; readonly expected: number } | undefined;
}

export interface OpeSettings {
  readonly minEss: number;
  readonly maxWeight: number;
  /** Share of the other policy's probability on arms that were never tried. */
  readonly maxUntried: number;
  /** Resamples of the accounts for the intervals; 0: none are worked out. */
  readonly resamples: number;
}

export const opeDefaults: OpeSettings = {
  minEss: 100,
  maxWeight: 20,
  maxUntried: 0.01,
  resamples: 400,
};

/** A number with the middle 95 % of its resamples. */
export interface Estimate {
  readonly value: number;
  readonly low: number | undefined;
  readonly high: number | undefined;
}

export type Evaluation =
  | {
      readonly kind: 'evaluated';
      readonly ips: Estimate;
      readonly snips: Estimate;
      /** Doubly robust; undefined where a decision lacks a guess. */
      readonly dr: Estimate | undefined;
      readonly ess: number;
      readonly maxWeight: number;
    }
  | {
      readonly kind: 'refused';
      readonly reasons: readonly string[];
      readonly ess: number;
      /** Infinity where the other policy chooses what was never tried. */
      readonly maxWeight: number;
    };

/** Evaluates the other policy, or says why not. The order of the rows does not matter beyond rounding. */
export function evaluatePolicy(rows: readonly LoggedChoice[], settings: OpeSettings): Evaluation {
  const weights = rows.map(weightOf);
  const sum = total(weights);
  const squares = total(weights.map((weight) => weight * weight));
  const ess = Number.isFinite(sum) && squares > 0 ? (sum * sum) / squares : 0;
  const maxWeight = weights.reduce((most, weight) => Math.max(most, weight), 0);
  const reasons = reasonsAgainst(rows, ess, maxWeight, settings);
  if (reasons.length > 0) {
    return { kind: 'refused', reasons, ess, maxWeight };
  }
  const isGuessed = rows.every(({ guess }) => guess !== undefined);
  const sums = sumsByUnit(rows, weights);
  const whole = add(sums);
  const spread = resampled(sums, settings.resamples);
  const estimate = (value: (of: Sums) => number): Estimate => ({
    value: value(whole),
    ...middle(spread.map(value)),
  });
  return {
    kind: 'evaluated',
    ips: estimate(({ rows: n, gained }) => gained / n),
    snips: estimate(({ weight, gained }) => (weight > 0 ? gained / weight : 0)),
    dr: isGuessed ? estimate(({ rows: n, robust }) => robust / n) : undefined,
    ess,
    maxWeight,
  };
}

/** Which half of the accounts a unit is in, 0 or 1: guesses for one half are fitted on the other. */
export function foldOf(unit: string): 0 | 1 {
  return hash32(`fold:${unit}`) % 2 === 0 ? 0 : 1;
}

/** Fits on each half and lets the other half be guessed, so that no account helps to guess itself. */
export function crossFitted<Row extends { readonly unit: string }, Model>(
  rows: readonly Row[],
  fit: (rows: readonly Row[]) => Model,
  guess: (model: Model, row: Row) => LoggedChoice,
): readonly LoggedChoice[] {
  const half = (fold: 0 | 1): Model => fit(rows.filter(({ unit }) => foldOf(unit) === fold));
  const models = [half(1), half(0)] as const;
  return rows.map((row) => guess(models[foldOf(row.unit)], row));
}

function weightOf({ pi, piNew }: LoggedChoice): number {
  if (piNew === 0) {
    return 0;
  }
  return pi === 0 ? Number.POSITIVE_INFINITY : piNew / pi;
}

function reasonsAgainst(
  rows: readonly LoggedChoice[],
  ess: number,
  maxWeight: number,
  settings: OpeSettings,
): readonly string[] {
  if (rows.length === 0) {
    return ['there are no rows'];
  }
  const untried = rows.reduce((sum, { pi, piNew }) => sum + (pi === 0 ? piNew : 0), 0);
  const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;
  const reasons: string[] = [];
  if (untried / rows.length > settings.maxUntried) {
    reasons.push(
      `the new policy puts ${percent(untried / rows.length)} on choices that were never tried (pi 0), more than ${percent(settings.maxUntried)}`,
    );
  }
  if (maxWeight > settings.maxWeight) {
    const most = Number.isFinite(maxWeight) ? maxWeight.toFixed(1) : 'without bound';
    reasons.push(
      `one decision would weigh ${most}, more than ${settings.maxWeight}: the new policy chooses what was hardly ever tried`,
    );
  }
  // Beside a weight without bound no sample is effective, and its size says nothing.
  if (ess < settings.minEss && Number.isFinite(maxWeight)) {
    reasons.push(
      `the effective sample is ${ess.toFixed(1)} decisions, fewer than ${settings.minEss}`,
    );
  }
  if (reasons.length === 0 && maxWeight === 0) {
    reasons.push('the new policy chooses nothing that was chosen');
  }
  return reasons;
}

interface Sums {
  readonly rows: number;
  readonly weight: number;
  readonly gained: number;
  readonly robust: number;
}

function sumsByUnit(rows: readonly LoggedChoice[], weights: readonly number[]): readonly Sums[] {
  const byUnit = new Map<string, Sums[]>();
  for (const [at, { unit, reward, guess }] of rows.entries()) {
    const weight = weights[at] ?? 0;
    const robust = (guess?.expected ?? 0) + weight * (reward - (guess?.chosen ?? 0));
    const held = byUnit.get(unit) ?? [];
    held.push({ rows: 1, weight, gained: weight * reward, robust });
    byUnit.set(unit, held);
  }
  return [...byUnit]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, sums]) => add(sums));
}

function add(sums: readonly Sums[]): Sums {
  return {
    rows: total(sums.map(({ rows }) => rows)),
    weight: total(sums.map(({ weight }) => weight)),
    gained: total(sums.map(({ gained }) => gained)),
    robust: total(sums.map(({ robust }) => robust)),
  };
}

/** Whole accounts drawn with replacement: decisions of one account are not independent. */
function resampled(units: readonly Sums[], resamples: number): readonly Sums[] {
  const random = randomOf(`resample:${units.length}`);
  return Array.from({ length: resamples }, () => {
    const sum = { rows: 0, weight: 0, gained: 0, robust: 0 };
    for (let draw = 0; draw < units.length; draw += 1) {
      const unit = units[Math.floor(random.open01() * units.length)];
      if (unit !== undefined) {
        sum.rows += unit.rows;
        sum.weight += unit.weight;
        sum.gained += unit.gained;
        sum.robust += unit.robust;
      }
    }
    return sum;
  });
}

function middle(values: readonly number[]): Pick<Estimate, 'low' | 'high'> {
  const sorted = values.toSorted((left, right) => left - right);
  return {
    low: sorted[Math.floor(0.025 * (sorted.length - 1))],
    high: sorted[Math.ceil(0.975 * (sorted.length - 1))],
  };
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
