import type { Offer, Playbook } from '../playbook.ts';
import { addedIncome, monthlyIncome } from '../account/income.ts';
import type { PlanInForce } from '../account/plan-of.ts';
import type { Touch } from '../prompt/touch.ts';
import type { Channel } from '../prompt/prompt.ts';
import { dayMs } from '../duration.ts';
import {
  accountValue,
  askingCost,
  type Chances,
  type ChurnRisk,
  churnInWindow,
  expectedValue,
  saleValue,
  type Stakes,
  strengthened,
  upliftOf,
} from '../model/expected-value.ts';
import { fatigueFactor, userFatigue } from '../model/fatigue.ts';
import { type AskingRates, guessedRates } from '../model/rates.ts';
import { lookOf } from './beliefs.ts';
import type { CandidateArithmetic, SignalKind } from './record.ts';

/** An offer that passed every guardrail, with the trigger that raised it. */
export interface Eligible extends ChurnRisk {
  readonly offer: Offer;
  readonly channel: Channel;
  /** A lesson: the offer that it takes the place of. */
  readonly prepares?: Offer | undefined;
  readonly triggerId: string;
  readonly signalKind: SignalKind;
  /** How strong a sign the trigger is, 0 to 1. */
  readonly strength: number;
}

/** What the arithmetic looks at besides the offers. */
export interface DecisionContext {
  readonly plan: PlanInForce;
  readonly touches: readonly Touch[];
  readonly userId: string;
  readonly nowMs: number;
  /** Where outcomes count: chances and rates as they are believed. Undefined: the playbook's own. */
  readonly believed?:
    | {
        chancesOf(one: Eligible): Chances;
        ratesOf(one: Eligible): AskingRates;
      }
    | undefined;
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
  return one.offer.sells.kind === 'education'
    ? lessonOf(one, context, playbook)
    : saleOf(one, context, playbook);
}

function saleOf(one: Eligible, context: DecisionContext, playbook: Playbook): CandidateArithmetic {
  const { economics } = playbook;
  const chances =
    context.believed?.chancesOf(one) ??
    strengthened(one.offer.priors ?? economics.priors[one.signalKind], one.strength);
  const { cost, customerValue, fatigueFactor: factor } = askingOf(one, context, playbook);
  const worth = saleValue(addedIncome(one.offer, context.plan, playbook), economics);
  // An e-mail takes no place on the screen.
  const place = one.channel === 'sendgrid' ? 0 : economics.slotShare * worth;
  return summed(one, chances, {
    fatigueFactor: factor,
    cost: cost + place,
    saleValue: worth,
    churnAvoided: economics.rho[one.signalKind] * churnInWindow(one, economics) * customerValue,
  });
}

/**
 * A lesson is worth what a user of its feature buys more often (dm1 section 6). One that takes the place of an offer also brings
 * that a price may be named again: the chance that the person engages, times what that offer is worth once the gate has
 * opened (docs/decisions/0008); it comes off the price of asking. One that a trigger raises itself prepares whatever names it.
 */
function lessonOf(
  one: Eligible,
  context: DecisionContext,
  playbook: Playbook,
): CandidateArithmetic {
  const { education } = playbook.economics;
  const later = {
    ...context,
    nowMs: context.nowMs + Math.max(playbook.guardrails.dismissalGate.askAgainAfterMs, 7 * dayMs),
  };
  const next =
    one.prepares === undefined
      ? undefined
      : arithmeticOf({ ...one, offer: one.prepares, prepares: undefined }, later, playbook);
  const gain = next === undefined ? 0 : education.engage * Math.max(0, next.expectedValue);
  const { cost, fatigueFactor: factor } = askingOf(one, context, playbook);
  const chances = context.believed?.chancesOf(one) ?? one.offer.priors ?? education;
  return summed(one, chances, {
    fatigueFactor: factor,
    saleValue:
      education.liftNext * (next?.saleValue ?? preparedValue(one.offer, context, playbook)),
    churnAvoided: 0,
    cost: cost - gain,
  });
}

/** The largest sale among the offers whose ladders lead to a lesson: dm1's `maxV`. */
function preparedValue(lesson: Offer, { plan }: DecisionContext, playbook: Playbook): number {
  const values = [...playbook.offers.values()]
    .filter(({ education, softer }) => softer === lesson.id || education === lesson.id)
    .map((offer) => saleValue(addedIncome(offer, plan, playbook), playbook.economics));
  return Math.max(0, ...values);
}

/** What any prompt to this person costs, whatever it offers. */
function askingOf(
  one: Eligible,
  { believed, nowMs, plan, touches, userId }: DecisionContext,
  playbook: Playbook,
): Pick<Stakes, 'cost' | 'fatigueFactor'> & { readonly customerValue: number } {
  const { economics } = playbook;
  const customerValue = accountValue(monthlyIncome(plan, playbook), economics);
  const fatigue = userFatigue(touches, userId, nowMs, economics);
  const rates = believed?.ratesOf(one) ?? guessedRates[lookOf(one.offer, one.channel)];
  const isEducation = one.offer.sells.kind === 'education';
  return {
    customerValue,
    cost: askingCost(rates, customerValue, fatigue, economics, isEducation),
    fatigueFactor: fatigueFactor(fatigue, economics),
  };
}

function summed(one: Eligible, chances: Chances, stakes: Stakes): CandidateArithmetic {
  const { prompt, hold } = chances;
  return {
    offerId: one.offer.id,
    channel: one.channel,
    triggerId: one.triggerId,
    signalKind: one.signalKind,
    promptProbability: prompt,
    holdProbability: hold,
    fatigueFactor: stakes.fatigueFactor,
    uplift: upliftOf(prompt, hold, stakes.fatigueFactor),
    saleValue: stakes.saleValue,
    churnAvoided: stakes.churnAvoided,
    askingCost: stakes.cost,
    expectedValue: expectedValue(prompt, hold, stakes),
  };
}
