import type { Evidence } from './counts.ts';

/*
 * Pooling by the ratio of observed to expected conversions (dm1 section 5.3, gamma-Poisson shrinkage): "this offer sells
 * 1.2 times what was expected" carries over to a cell that has seen little itself.
 */

/**
 * What asking is expected to do in a cell. Where the configured chance is a prior by itself, all of it is `added`; where it is a
 * prior of what asking adds, `unasked` is what is believed to be bought without.
 */
export interface Expectation {
  readonly unasked: number;
  readonly added: number;
}

/** One level of the chain without its child, in conversions. */
export interface Level {
  /** What asking was expected to add, and what it did add: conversions seen less those expected without asking. */
  readonly expected: number;
  readonly observed: number;
  /** All that were expected, those without asking too. Equal to `expected` where these are none. */
  readonly foretold: number;
}

/** Chance of a conversion as Beta(alpha, beta). */
export interface Posterior {
  readonly alpha: number;
  readonly beta: number;
}

const leastMean = 1e-4;
const greatestMean = 0.9;

/**
 * One step down the chain: the ratio of the level above, moved by what this level saw. `kappa`: pseudo conversions. What is
 * bought without asking only adds noise to what asking adds, and the ratio above then weighs so much more: with a prior
 * variance of 1/kappa and a variance of `foretold`, the normal posterior mean is this.
 */
export function pooledRatio(above: number, level: Level, kappa: number): number {
  const { expected, foretold, observed } = level;
  const weight = expected > 0 ? kappa * (foretold / expected) : kappa;
  return (weight * above + observed) / (weight + expected);
}

/** The ratio at the end of a chain of levels, root first; 1 above the root. */
export function chainRatio(levels: readonly Level[], kappa: number): number {
  return levels.reduce((above, level) => pooledRatio(above, level, kappa), 1);
}

/** A chance within what is believed before a cell has evidence of its own. */
function plausible(chance: number): number {
  return Math.min(greatestMean, Math.max(leastMean, chance));
}

/** The posterior of a cell from what is expected of it, the ratio of its surroundings and its own evidence. */
export function cellPosterior(
  { added, unasked }: Expectation,
  ratio: number,
  evidence: Evidence,
  kappaCell: number,
): Posterior {
  const mean = plausible(unasked + added * ratio);
  return {
    alpha: kappaCell * mean + evidence.y,
    // A young cell may have more conversions than trials that could have answered.
    beta: kappaCell * (1 - mean) + Math.max(0, evidence.n - evidence.y),
  };
}

/** The mean of Beta(alpha, beta). */
export function meanOf(posterior: Posterior): number {
  return posterior.alpha / (posterior.alpha + posterior.beta);
}
