import type { Evidence } from './counts.ts';

/*
 * Pooling by the ratio of observed to expected conversions (dm1 section 5.3, gamma-Poisson shrinkage): "this offer sells
 * 1.2 times what was expected" carries over to a cell that has seen little itself.
 */

/** Conversions seen and conversions that the configured means foretold, at one level of the chain without its child. */
export interface Level {
  readonly expected: number;
  readonly observed: number;
}

/** Chance of a conversion as Beta(alpha, beta). */
export interface Posterior {
  readonly alpha: number;
  readonly beta: number;
}

const leastMean = 1e-4;
const greatestMean = 0.9;

/** One step down the chain: the ratio of the level above, moved by what this level saw. `kappa`: pseudo conversions. */
export function pooledRatio(above: number, level: Level, kappa: number): number {
  return (kappa * above + level.observed) / (kappa + level.expected);
}

/** The ratio at the end of a chain of levels, root first; 1 above the root. */
export function chainRatio(levels: readonly Level[], kappa: number): number {
  return levels.reduce((above, level) => pooledRatio(above, level, kappa), 1);
}

/** A chance within what is believed before a cell has evidence of its own. */
export function plausible(chance: number): number {
  return Math.min(greatestMean, Math.max(leastMean, chance));
}

/** The posterior of a cell from its configured mean, the ratio of its surroundings and its own evidence. */
export function cellPosterior(
  configuredMean: number,
  ratio: number,
  evidence: Evidence,
  kappaCell: number,
): Posterior {
  const mean = plausible(configuredMean * ratio);
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
