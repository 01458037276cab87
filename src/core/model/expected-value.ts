import type { Economics } from '../playbook.ts';
import { educationWeight, expectedWeight } from './fatigue.ts';
import type { AskingRates } from './rates.ts';

/*
 * What asking is worth against doing nothing: the arithmetic of decision model dm1, section 6. Money in units of the
 * playbook's currency, probabilities 0 to 1, lengths in days or months as named. Pure; the vectors of section 15 are its
 * tests.
 */

/** Chances of buying within the window, asked and not asked, 0 to 1. */
export interface Chances {
  readonly prompt: number;
  readonly hold: number;
}

/** The parts of an offer's value that no chance changes. */
export interface Stakes {
  /** `V` of `saleValue`. */
  readonly saleValue: number;
  /** The churn that a sale avoids. */
  readonly churnAvoided: number;
  /** The price of asking; below 0 where asking brings something of its own. */
  readonly cost: number;
  /** What fatigue leaves of the effect, 0 to 1. */
  readonly fatigueFactor: number;
}

/** `phi (p1 - p0)`: what asking adds to the chance of buying, -1 to 1; below 0 where asking harms. */
export function upliftOf(promptChance: number, holdChance: number, factor: number): number {
  return factor * (promptChance - holdChance);
}

/**
 * `EV = phi (p1 - p0) (V + churn avoided) - cost`, for chances that are means in a report and draws in a choice. Doing
 * nothing is worth 0.
 */
export function expectedValue(promptChance: number, holdChance: number, stakes: Stakes): number {
  const uplift = upliftOf(promptChance, holdChance, stakes.fatigueFactor);
  return uplift * (stakes.saleValue + stakes.churnAvoided) - stakes.cost;
}

/** Months of income, each worth less by the chance that the customer has left: `(1 - q^n) / (1 - q)`, q = 1 - churn. */
function discountedMonths(months: number, monthlyChurn: number): number {
  return monthlyChurn === 0 ? months : (1 - (1 - monthlyChurn) ** months) / monthlyChurn;
}

/** `V`: what a sale is worth over `valueMonths`, for a price change of `deltaMrr` a month. */
export function saleValue(deltaMrr: number, economics: Economics): number {
  return (
    deltaMrr * economics.margin * discountedMonths(economics.valueMonths, economics.monthlyChurn)
  );
}

/** `R`: what the account is worth over `lifeMonths`, at `mrr` a month. */
export function accountValue(mrr: number, economics: Economics): number {
  return mrr * economics.margin * discountedMonths(economics.lifeMonths, economics.monthlyChurn);
}

/**
 * Chances of buying at a sign of a strength from 0 to 1 (docs/decisions/0009): what asking adds is scaled by 0.5 + strength,
 * so a middling sign of 0.5 leaves the chances as they are. Buying unasked is as likely as before.
 */
export function strengthened({ prompt, hold }: Chances, strength: number): Chances {
  const scaled = prompt + (prompt - hold) * (strength - 0.5);
  return { prompt: Math.min(1, Math.max(0, scaled)), hold };
}

/** What makes an account leave more easily than others. */
export interface ChurnRisk {
  /** 85 % of a limit is used, or more. */
  readonly isUnderLimitPressure: boolean;
  /** Usage fell to half or less within four weeks. */
  readonly hasUsageHalved: boolean;
}

/**
 * `h`: chance that the account leaves within the attribution window; 1.5 times the monthly churn under limit pressure, twice
 * where usage has halved (dm1 section 5.4).
 */
export function churnInWindow(risk: ChurnRisk, economics: Economics): number {
  const times = risk.hasUsageHalved ? 2 : risk.isUnderLimitPressure ? 1.5 : 1;
  const monthly = Math.min(0.5, economics.monthlyChurn * times);
  return 1 - (1 - monthly) ** (economics.attributionDays / 30);
}

/**
 * The price of asking: patience, opt-outs, tickets, churn that the fatigue brings, and the slot itself. `customerValue` is
 * `accountValue`, `fatigue` is `userFatigue`.
 */
export function askingCost(
  rates: AskingRates,
  customerValue: number,
  fatigue: number,
  economics: Economics,
  isEducation = false,
): number {
  const weight = isEducation ? educationWeight : expectedWeight(rates.dismiss);
  const churnPerUnit =
    ((economics.monthlyChurn / 30) * economics.churnPerFatigue * economics.fatigueHalfLifeDays) /
    Math.LN2;
  return (
    rates.dismiss * economics.costDismiss +
    rates.optOut * economics.costOptOut +
    rates.ticket * economics.costTicket +
    churnPerUnit * weight * customerValue * (1 + fatigue / 2) +
    economics.slotPrice
  );
}
