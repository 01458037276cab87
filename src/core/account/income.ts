import type { Offer, Playbook } from '../playbook.ts';
import type { PlanInForce } from './plan-of.ts';

/** What the account pays a month: as a trait says, else its plan's price, else the median of all plans (dm1 section 6). */
export function monthlyIncome({ paid, plan }: PlanInForce, playbook: Playbook): number {
  return paid ?? (plan?.monthlyPriceCents ?? medianPriceCents(playbook)) / 100;
}

/**
 * What the account would pay more a month, 0 and up; a lesson costs nothing. Who pays more or less than the list price of the
 * plan (seats, a discount) pays the step in the same proportion (docs/decisions/0011).
 */
export function addedIncome(
  { sells }: Pick<Offer, 'sells'>,
  inForce: PlanInForce,
  playbook: Playbook,
): number {
  const list = (inForce.plan?.monthlyPriceCents ?? 0) / 100;
  const proportion =
    inForce.paid !== undefined && inForce.paid > 0 && list > 0 ? inForce.paid / list : 1;
  switch (sells.kind) {
    case 'addon':
      return (proportion * sells.monthlyPriceCents) / 100;
    case 'education':
      return 0;
    case 'plan': {
      const target = (playbook.plans.get(sells.plan)?.monthlyPriceCents ?? 0) / 100;
      const present = inForce.plan === undefined ? monthlyIncome(inForce, playbook) : list;
      return Math.max(0, proportion * (target - present));
    }
    default:
      return sells satisfies never;
  }
}

function medianPriceCents(playbook: Playbook): number {
  const prices = [...playbook.plans.values()]
    .map((plan) => plan.monthlyPriceCents)
    .toSorted((left, right) => left - right);
  return prices[Math.floor((prices.length - 1) / 2)] ?? 0;
}
