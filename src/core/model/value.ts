/*
 * What asking is worth against doing nothing (dm1 section 6), with the chances left open: they are means in a report and
 * draws in a choice. Money in units of the playbook's currency.
 */

/** The parts of an arm's value that no chance changes. */
export interface Stakes {
  /** What a sale is worth, and the churn that it avoids. */
  readonly saleValue: number;
  readonly churnAvoided: number;
  /** The price of asking. */
  readonly cost: number;
  /** What fatigue leaves of the effect, 0 to 1. */
  readonly fatigueFactor: number;
}

/** `EV = phi (p1 - p0) (V + churn avoided) - cost`. Doing nothing is worth 0. */
export function expectedValue(promptChance: number, holdChance: number, stakes: Stakes): number {
  const uplift = stakes.fatigueFactor * (promptChance - holdChance);
  return uplift * (stakes.saleValue + stakes.churnAvoided) - stakes.cost;
}

/** By how much teaching raises the chance of the sale it prepares, where nothing else is known. */
export const defaultLiftNext = 0.03;

/**
 * Education as an arm of the same choice: its "conversion" is the first use of the feature, and that is worth a part of
 * the dearest sale that the topic prepares. `askingCost` is the bracket of the offers.
 */
export function educationStakes(
  liftNext: number,
  preparedValues: readonly number[],
  askingCost: number,
  fatigueFactor: number,
): Stakes {
  return {
    saleValue: liftNext * Math.max(0, ...preparedValues),
    churnAvoided: 0,
    cost: askingCost,
    fatigueFactor,
  };
}
