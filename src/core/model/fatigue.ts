import { dayMs } from '../duration.ts';
import type { Economics } from '../playbook.ts';
import { isEducation } from '../prompt/family.ts';
import type { Touch } from '../prompt/touch.ts';

/*
 * How tired of prompts a person is, and what that leaves of the next one (decision model dm1, sections 2 and 6). One unit
 * is a dismissal.
 */

/** A lesson tires less than a price. */
export const educationWeight = 0.15;
const shownWeight = 0.4;
const clickedWeight = 0.2;
const dismissedWeight = 1;
const complaintWeight = 3;

/** How much an offer will tire, with this chance of being dismissed, 0 to 1. */
export function expectedWeight(dismissed: number): number {
  return shownWeight + (dismissedWeight - shownWeight) * dismissed;
}

/** How much a prompt tired, by what became of it. Who bought is not tired, nor who never got it. */
function touchWeight(touch: Touch): number {
  if (touch.hasComplaint) {
    return complaintWeight;
  }
  if (touch.at.dismissed !== undefined) {
    return dismissedWeight;
  }
  if (touch.state === 'converted' || touch.state === 'refused' || touch.state === 'expired') {
    return 0;
  }
  if (isEducation(touch.family)) {
    return educationWeight;
  }
  return touch.at.clicked === undefined ? shownWeight : clickedWeight;
}

/** A touch as fatigue sees it. */
interface WeighedTouch {
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
