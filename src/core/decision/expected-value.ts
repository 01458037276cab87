import { dayMs } from '../duration.ts';
import type { Economics } from '../playbook.ts';
import type { Touch } from '../prompt/touch.ts';

/*
 * The arithmetic of decision model dm1, sections 5.4 and 6. Money in units of the playbook's currency, probabilities 0
 * to 1, lengths in days or months as named. Pure; the vectors of section 15 are its tests.
 */

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

/** Chances of buying within the window, asked and not asked. */
interface Chances {
  readonly prompt: number;
  readonly hold: number;
}

/**
 * Chances of buying at a sign of a strength from 0 to 1 (docs/decisions/0009): what asking adds is scaled by 0.5 + strength,
 * so a middling sign of 0.5 leaves the chances as they are. Buying unasked is as likely as before.
 */
export function strengthened({ prompt, hold }: Chances, strength: number): Chances {
  const scaled = prompt + (prompt - hold) * (strength - 0.5);
  return { prompt: Math.min(1, Math.max(0, scaled)), hold };
}

/** How much a prompt tires: shown .4, clicked .2, dismissed 1, with a complaint 3, a lesson .15, converted 0 (section 2). */
export function touchWeight(touch: Touch): number {
  if (touch.hasComplaint) {
    return 3;
  }
  if (touch.at.dismissed !== undefined) {
    return 1;
  }
  if (touch.state === 'converted' || touch.state === 'refused' || touch.state === 'expired') {
    return 0;
  }
  if (touch.family.startsWith('education:')) {
    return educationWeight;
  }
  return touch.at.clicked === undefined ? 0.4 : 0.2;
}

/** A lesson tires less than a price. */
const educationWeight = 0.15;

/** A touch as fatigue sees it. */
export interface WeighedTouch {
  readonly weight: number;
  readonly ageDays: number;
}

/** Sum of weights, each halved every `halfLifeDays`. */
export function fatigueOf(touches: readonly WeighedTouch[], halfLifeDays: number): number {
  return touches.reduce(
    (sum, { weight, ageDays }) => sum + weight * 2 ** (-ageDays / halfLifeDays),
    0,
  );
}

/** `F`: fatigue of a user, plus one quarter of that of the account's other users. */
export function userFatigue(
  touches: readonly Touch[],
  userId: string,
  nowMs: number,
  economics: Economics,
): number {
  const weighed = (mine: boolean): WeighedTouch[] =>
    touches
      .filter((touch) => (touch.userId === userId) === mine)
      .map((touch) => ({
        weight: touchWeight(touch),
        ageDays: Math.max(0, nowMs - touch.timeMs) / dayMs,
      }));
  const { fatigueHalfLifeDays } = economics;
  return (
    fatigueOf(weighed(true), fatigueHalfLifeDays) +
    fatigueOf(weighed(false), fatigueHalfLifeDays) / 4
  );
}

/** `phi`: what fatigue leaves of a prompt's effect, 0 to 1. */
export function fatigueFactor(fatigue: number, economics: Economics): number {
  return Math.exp(-economics.fatigueLambda * fatigue);
}

/** `h`: chance that the account leaves within the attribution window; 1.5 times the monthly churn under limit pressure. */
export function churnInWindow(isUnderLimitPressure: boolean, economics: Economics): number {
  const monthly = Math.min(0.5, economics.monthlyChurn * (isUnderLimitPressure ? 1.5 : 1));
  return 1 - (1 - monthly) ** (economics.attributionDays / 30);
}

/** Chances of a dismissal, an opt-out and a ticket per prompt. */
export interface AskingRates {
  readonly dismiss: number;
  readonly optOut: number;
  readonly ticket: number;
}

/** Rates of an in-app modal with no data of our own (section 5.4): the dearest in-app form, so the careful guess. */
export const modalRates: AskingRates = { dismiss: 0.45, optOut: 0.002, ticket: 0.001 };

/** The same for a banner, which stands in nobody's way, and for an e-mail, which cannot be dismissed (section 5.4). */
export const bannerRates: AskingRates = { dismiss: 0.15, optOut: 0.001, ticket: 0.001 };
export const emailRates: AskingRates = { dismiss: 0, optOut: 0.002, ticket: 0.001 };

/** The price of asking: patience, opt-outs, tickets, churn that the fatigue brings, and the slot itself. */
export function askingCost(
  rates: AskingRates,
  customerValue: number,
  fatigue: number,
  economics: Economics,
  isEducation = false,
): number {
  const weight = isEducation ? educationWeight : 0.4 + 0.6 * rates.dismiss;
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
