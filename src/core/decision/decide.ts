import type { Economics, Offer, Playbook } from '../playbook.ts';
import type { PlanInForce } from '../account/plan-of.ts';
import type { Touch } from '../prompt/touch.ts';
import {
  accountValue,
  askingCost,
  churnInWindow,
  fatigueFactor,
  modalRates,
  saleValue,
  userFatigue,
} from './expected-value.ts';
import type { CandidateArithmetic, SignalKind } from './record.ts';

/** An offer that passed every guardrail, with the trigger that raised it. */
export interface Eligible {
  readonly offer: Offer;
  readonly triggerId: string;
  readonly signalKind: SignalKind;
  /** Usage at 85 % of a limit or above: the account leaves more easily. */
  readonly isUnderLimitPressure: boolean;
}

/** What the arithmetic looks at besides the offers. */
export interface DecisionContext {
  readonly plan: PlanInForce;
  readonly touches: readonly Touch[];
  readonly userId: string;
  readonly nowMs: number;
}

/**
 * Works out every eligible offer against doing nothing (worth 0), best first. An offer raised by several triggers stands
 * once, by the trigger that makes it worth most. The order of `eligible` does not matter.
 */
export function appraise(
  eligible: readonly Eligible[],
  context: DecisionContext,
  playbook: Playbook,
): readonly CandidateArithmetic[] {
  const best = new Map<string, CandidateArithmetic>();
  for (const candidate of eligible.map((one) => arithmeticOf(one, context, playbook))) {
    const held = best.get(candidate.offerId);
    if (held === undefined || isBefore(candidate, held)) {
      best.set(candidate.offerId, candidate);
    }
  }
  return [...best.values()].toSorted((left, right) => (isBefore(left, right) ? -1 : 1));
}

/** The offer worth most, or undefined: nothing is worth 0, and wins against whatever is not worth more. */
export function choose(
  candidates: readonly CandidateArithmetic[],
): CandidateArithmetic | undefined {
  const [first] = candidates;
  return first !== undefined && first.expectedValue > 0 ? first : undefined;
}

function isBefore(left: CandidateArithmetic, right: CandidateArithmetic): boolean {
  if (left.expectedValue !== right.expectedValue) {
    return left.expectedValue > right.expectedValue;
  }
  return `${left.offerId}|${left.triggerId}` < `${right.offerId}|${right.triggerId}`;
}

function arithmeticOf(
  one: Eligible,
  context: DecisionContext,
  playbook: Playbook,
): CandidateArithmetic {
  const { economics } = playbook;
  const mrr = monthlyPrice(context.plan, playbook);
  const priors = one.offer.priors ?? economics.priors[one.signalKind];
  const fatigue = userFatigue(context.touches, context.userId, context.nowMs, economics);
  const factor = fatigueFactor(fatigue, economics);
  const uplift = factor * (priors.prompt - priors.hold);
  const customerValue = accountValue(mrr, economics);
  const value = saleValue(deltaMrr(one.offer, mrr, playbook), economics);
  const churnAvoided = churnTerm(one, customerValue, economics);
  const cost = askingCost(modalRates, customerValue, fatigue, economics);
  return {
    offerId: one.offer.id,
    triggerId: one.triggerId,
    signalKind: one.signalKind,
    promptProbability: priors.prompt,
    holdProbability: priors.hold,
    fatigueFactor: factor,
    uplift,
    saleValue: value,
    churnAvoided,
    askingCost: cost,
    expectedValue: uplift * (value + churnAvoided) - cost,
  };
}

function churnTerm(one: Eligible, customerValue: number, economics: Economics): number {
  return (
    economics.rho[one.signalKind] *
    churnInWindow(one.isUnderLimitPressure, economics) *
    customerValue
  );
}

/** What the account pays a month: its plan's price, else the median of all plans (dm1 section 6, "Missing MRR"). */
function monthlyPrice(plan: PlanInForce, playbook: Playbook): number {
  return (plan.plan?.monthlyPriceCents ?? medianPriceCents(playbook)) / 100;
}

function medianPriceCents(playbook: Playbook): number {
  const prices = [...playbook.plans.values()]
    .map((plan) => plan.monthlyPriceCents)
    .toSorted((left, right) => left - right);
  return prices[Math.floor((prices.length - 1) / 2)] ?? 0;
}

function deltaMrr(offer: Offer, mrr: number, playbook: Playbook): number {
  if (offer.sells.kind === 'addon') {
    return offer.sells.monthlyPriceCents / 100;
  }
  const target = playbook.plans.get(offer.sells.plan)?.monthlyPriceCents ?? 0;
  // Never negative: an offer that is no step up was refused as not applicable before.
  return Math.max(0, target / 100 - mrr);
}
