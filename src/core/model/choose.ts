import type { Posterior } from './pooling.ts';
import { meanOf } from './pooling.ts';
import { drawBeta, randomOf } from './random.ts';
import { expectedValue, type Stakes } from './expected-value.ts';

/*
 * The choice among arms and silence (dm1 section 8): probability matching on the value of asking, with a floor under
 * silence and under each safe arm, and the exact probability of every outcome. Two streams of chance, of the decision's
 * id: the draws make the probabilities, the pick uses them. So the same decision is the same on any machine, and pi is the
 * probability of the choice given the record.
 */

/** The key of doing nothing; no arm may bear it. */
export const noneKey = 'none';

/** One offer on one channel, with what is believed and what is at stake. */
export interface Arm extends Stakes {
  readonly key: string;
  /** The offer: when there are more than eight arms, only the best channel of each offer stays. */
  readonly offer: string;
  readonly prompt: Posterior;
  readonly hold: Posterior;
  /** Arms of one family and signal share it, and with it the draw of the chance without asking. */
  readonly holdKey: string;
}

/** How much chance the choice keeps. */
export interface ChoiceSettings {
  /** Least probability of silence, and of each safe arm. */
  readonly epsNone: number;
  readonly epsArm: number;
  /** Posterior draws. */
  readonly draws: number;
  /**
   * 0 to 1: how much of its distance from the value at the means a drawn value keeps when it is told which arm wins. 1 is
   * probability matching, 0 takes the best guess (posterior reshaping, Chapelle & Li 2011). What is safe is told from whole draws.
   */
  readonly exploration: number;
}

/** What the choice made of one arm. */
export interface ArmChoice {
  readonly key: string;
  /** Value at the means of the posteriors. Undefined for an arm with bad input. */
  readonly meanValue: number | undefined;
  /** Share of draws in which it is worth more than nothing. */
  readonly pPlus: number;
  /** Share of draws in which it is worth most. */
  readonly win: number;
  readonly isSafe: boolean;
  readonly pi: number;
  /** A number that is missing, not finite or out of range makes an arm unsafe. */
  readonly isBadInput: boolean;
}

export interface Choice {
  /** In the order of their keys. */
  readonly arms: readonly ArmChoice[];
  readonly piNone: number;
  /** The number that picked, and whom: an arm's key or `none`. */
  readonly u01: number;
  readonly chosen: string;
}

export const maxArms = 8;
const leastSafePPlus = 0.05;

/** Chooses. The order of `arms` does not matter; their keys must differ from one another and from `none`. */
export function chooseArm(
  decisionId: string,
  arms: readonly Arm[],
  settings: ChoiceSettings,
): Choice {
  const sorted = arms.toSorted((left, right) => (left.key < right.key ? -1 : 1));
  const shortlist = shortlisted(sorted.filter(isUsable));
  const tallies = drawTallies(decisionId, shortlist, settings);
  const wins = new Map(
    shortlist.map((arm, at) => {
      const { positive, won } = tallies[at] ?? { positive: 0, won: 0 };
      return [arm.key, { pPlus: positive / settings.draws, win: won / settings.draws }];
    }),
  );
  const { pis, piNone } = propensities(wins, settings);
  const u01 = randomOf(`${decisionId}/pick`).u01();
  return {
    arms: sorted.map((arm): ArmChoice => {
      const { pPlus, win } = wins.get(arm.key) ?? { pPlus: 0, win: 0 };
      const isBadInput = !isUsable(arm);
      return {
        key: arm.key,
        meanValue: isBadInput ? undefined : meanValue(arm),
        pPlus,
        win,
        isSafe: pis.has(arm.key),
        pi: pis.get(arm.key) ?? 0,
        isBadInput,
      };
    }),
    piNone,
    u01,
    chosen: pick(sorted, pis, u01),
  };
}

/** The probabilities of every safe arm and of silence, from the shares of won draws. They add up to 1. */
export function propensities(
  wins: ReadonlyMap<string, { readonly pPlus: number; readonly win: number }>,
  settings: Pick<ChoiceSettings, 'epsNone' | 'epsArm'>,
): { readonly pis: ReadonlyMap<string, number>; readonly piNone: number } {
  const safe = [...wins].filter(([, { pPlus }]) => pPlus >= leastSafePPlus);
  if (safe.length === 0) {
    return { pis: new Map(), piNone: 1 };
  }
  const free = 1 - settings.epsNone - settings.epsArm * safe.length;
  const pis = new Map(safe.map(([key, { win }]) => [key, settings.epsArm + free * win]));
  const winNone = 1 - safe.reduce((sum, [, { win }]) => sum + win, 0);
  return { pis, piNone: settings.epsNone + free * winNone };
}

/** The value of an arm at the means of its posteriors. */
export function meanValue(arm: Arm): number {
  return expectedValue(meanOf(arm.prompt), meanOf(arm.hold), arm);
}

function isUsable(arm: Arm): boolean {
  const { prompt, hold, saleValue, churnAvoided, cost, fatigueFactor } = arm;
  return (
    [prompt.alpha, prompt.beta, hold.alpha, hold.beta].every(
      (shape) => Number.isFinite(shape) && shape > 0,
    ) &&
    [saleValue, churnAvoided, cost, fatigueFactor].every((amount) => Number.isFinite(amount)) &&
    fatigueFactor >= 0
  );
}

/** At most eight: the best channel of each offer, then the best offers. */
function shortlisted(arms: readonly Arm[]): readonly Arm[] {
  if (arms.length <= maxArms) {
    return arms;
  }
  const best = new Map<string, Arm>();
  for (const arm of arms) {
    const held = best.get(arm.offer);
    if (held === undefined || meanValue(arm) > meanValue(held)) {
      best.set(arm.offer, arm);
    }
  }
  const kept = new Set(
    [...best.values()]
      .toSorted((left, right) => meanValue(right) - meanValue(left))
      .slice(0, maxArms),
  );
  return arms.filter((arm) => kept.has(arm));
}

function drawTallies(
  decisionId: string,
  arms: readonly Arm[],
  { draws, exploration }: Pick<ChoiceSettings, 'draws' | 'exploration'>,
): readonly { readonly positive: number; readonly won: number }[] {
  const random = randomOf(`${decisionId}/draw`);
  const tallies = arms.map(() => ({ positive: 0, won: 0 }));
  // One draw of the chance without asking for all arms that share it, taken with the first of them.
  const sharedWith = arms.map((arm) => arms.findIndex((other) => other.holdKey === arm.holdKey));
  const holdDraws = new Float64Array(arms.length);
  const guesses = arms.map(meanValue);
  for (let draw = 0; draw < draws; draw += 1) {
    let bestValue = 0;
    let best = -1;
    for (let at = 0; at < arms.length; at += 1) {
      const arm = arms[at];
      if (arm === undefined) {
        break;
      }
      const promptChance = drawBeta(random, arm.prompt.alpha, arm.prompt.beta);
      const shared = sharedWith[at] ?? at;
      if (shared === at) {
        holdDraws[at] = drawBeta(random, arm.hold.alpha, arm.hold.beta);
      }
      const value = expectedValue(promptChance, holdDraws[shared] ?? 0, arm);
      const tally = tallies[at];
      if (value > 0 && tally !== undefined) {
        tally.positive += 1;
      }
      const guess = guesses[at] ?? 0;
      // The value is linear in both chances, so the mean stays and the variance is that of the draws times exploration squared.
      const kept = exploration === 1 ? value : guess + exploration * (value - guess);
      if (kept > bestValue) {
        bestValue = kept;
        best = at;
      }
    }
    const winner = tallies[best];
    if (winner !== undefined) {
      winner.won += 1;
    }
  }
  return tallies;
}

function pick(arms: readonly Arm[], pis: ReadonlyMap<string, number>, u01: number): string {
  let below = 0;
  for (const { key } of arms) {
    const pi = pis.get(key) ?? 0;
    below += pi;
    if (pi > 0 && u01 < below) {
      return key;
    }
  }
  return noneKey;
}
