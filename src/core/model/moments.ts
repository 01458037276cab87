import { alwaysValidRadius, enrolmentOrder, type LiftLook } from './lift.ts';

/** One episode with the recorded probability that the account was asked at all. */
export interface WeighedEpisode {
  readonly unit: string;
  readonly t: number;
  readonly isPrompted: boolean;
  readonly isConverted: boolean;
  /** Above 0 and below 1. */
  readonly pi: number;
}

/**
 * The early indicator (dm1 section 10): what one moment of asking adds, from many more episodes than there are accounts.
 * Episodes of an account are summed, because they belong together. It is the "effect per moment", never the "lift". Undefined
 * below two accounts.
 */
export function effectPerMoment(
  episodes: readonly WeighedEpisode[],
  expectedUnits: number,
  alpha: number,
): LiftLook | undefined {
  const byUnit = new Map<string, { readonly unit: string; readonly t: number; sum: number }>();
  for (const one of episodes) {
    const share = one.isPrompted ? 1 / one.pi : -1 / (1 - one.pi);
    const held = byUnit.get(one.unit) ?? { unit: one.unit, t: one.t, sum: 0 };
    held.sum += one.isConverted ? share : 0;
    byUnit.set(one.unit, held);
  }
  const sums = enrolmentOrder([...byUnit.values()]).map(({ sum }) => sum);
  const n = sums.length;
  if (n < 2) {
    return undefined;
  }
  const mean = sums.reduce((total, sum) => total + sum, 0) / n;
  const variance = sums.reduce((total, sum) => total + (sum - mean) ** 2, 0) / (n - 1);
  return {
    n,
    difference: mean,
    radius: alwaysValidRadius(Math.sqrt(variance), n, expectedUnits, alpha),
  };
}
