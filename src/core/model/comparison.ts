import { dayMs } from '../duration.ts';
import type { Playbook } from '../playbook.ts';
import { isEducation } from '../prompt/family.ts';
import {
  clipped,
  defaultAlpha,
  defaultMinBuyers,
  type EnrolledUnit,
  excludesZero,
  type Lift,
  liftOf,
  type LiftLook,
  type LiftSettings,
  neededUnits,
} from './lift.ts';
import { type MixBias, mixBiases, mixBiasInWords } from './account-mix.ts';
import { effectPerMoment } from './moments.ts';
import { weighedEpisodes } from './weighed-episodes.ts';
import type { EnrolledAccount, HorizonResult, LearningFact } from './step.ts';

/*
 * The lift report (dm1 section 10): accounts that are asked against accounts that are left alone. Enters: who takes part,
 * what became of them, the log. Leaves: numbers with always-valid intervals, or that there is not enough to tell. Always
 * holds: no interval before both groups have five buyers; only accounts whose 30 days are over count.
 */

/** What the comparison is made of. */
export interface ComparisonData {
  readonly enrolled: readonly (EnrolledAccount & { readonly result: HorizonResult | undefined })[];
  readonly facts: readonly LearningFact[];
  /** Prompts that reached people, since their offers were last enabled. */
  readonly prompts: number;
}

/** What the prompts brought, as far as it can be told. */
export interface Comparison {
  /** Accounts that take part, and those of them whose 30 days are over. */
  readonly accounts: number;
  readonly analysed: number;
  readonly holdoutShare: number;
  /** Share of accounts that bought. */
  readonly conversions: Lift;
  /** Change of the monthly income by account, in units of currency. */
  readonly income: Lift;
  /** Share of accounts that are leaving. */
  readonly churn: Lift;
  /** What one moment of asking adds. Known earlier, and not the lift. */
  readonly perMoment: LiftLook | undefined;
  readonly promptsPerExtraConversion: number | undefined;
  /** Cells whose counters compare different accounts, the worst first: what is learned there is off. */
  readonly biases: readonly MixBias[];
  /** Accounts that it takes to prove a rise from 5 % to 10 %; undefined where nobody is left alone. */
  readonly needed: number | undefined;
}

const rise = { from: 0.05, to: 0.1 };
/** Intervals are narrowest at the accounts of 90 days, foretold from the first 30, before which no result is known. */
const firstMs = 30 * dayMs;
const leastExpected = 50;

/** Compares, as of `nowMs`, the accounts of the playbook's present experiment. */
export function compare(data: ComparisonData, playbook: Playbook, nowMs: number): Comparison {
  const { salt } = playbook.learning;
  const enrolled = data.enrolled.filter((one) => one.salt === salt);
  const over = enrolled.flatMap((one) =>
    one.result === undefined ? [] : [{ ...one, result: one.result }],
  );
  const startMs = Math.min(...enrolled.map(({ timeMs }) => timeMs));
  const first = enrolled.filter(({ timeMs }) => timeMs < startMs + firstMs).length;
  const expectedUnits = Math.max(leastExpected, 3 * first);
  const settings = { expectedUnits, alpha: defaultAlpha, minBuyers: defaultMinBuyers };
  const units = (outcome: (one: (typeof over)[number]) => number): readonly EnrolledUnit[] =>
    over.map((one) => ({
      unit: one.unit,
      t: one.timeMs,
      isTreated: !one.isHoldout,
      outcome: outcome(one),
      covariate: undefined,
    }));
  const cap = 10 * medianPrice(playbook);
  const conversions = liftOf(
    units(({ result }) => (result.hasBought ? 1 : 0)),
    { ...settings, outcome: 'rate' },
  );
  const heldShare = enrolled.filter(({ isHoldout }) => isHoldout).length / enrolled.length;
  const holdoutShare = enrolled.length === 0 ? (playbook.learning.holdoutShare ?? 0.2) : heldShare;
  return {
    accounts: enrolled.length,
    analysed: over.length,
    holdoutShare,
    conversions,
    income: afterGate(
      conversions,
      // What an account paid before explains much of what it pays after (CUPED).
      units(({ result }) => clipped(result.mrrChange, cap)).map((unit, at) => ({
        ...unit,
        covariate: over[at]?.mrr,
      })),
      { ...settings, outcome: 'amount' },
    ),
    churn: afterGate(
      conversions,
      units(({ result }) => (result.hasLeft ? 1 : 0)),
      { ...settings, outcome: 'rate' },
    ),
    perMoment: effectPerMoment(
      // To use what a lesson teaches is no purchase.
      weighedEpisodes(data.facts, nowMs).filter(({ family }) => !isEducation(family)),
      expectedUnits,
      defaultAlpha,
    ),
    promptsPerExtraConversion: promptsPerExtra(conversions, data.prompts),
    biases: mixBiases(data.facts, nowMs),
    needed:
      holdoutShare > 0 && holdoutShare < 1
        ? neededUnits(rise.from, rise.to, holdoutShare)
        : undefined,
  };
}

/** Why the whole hub must pause itself (dm1 section 11); undefined: nothing proves that it does harm. */
export function harmOfAll({ churn, income }: Comparison): string | undefined {
  if (income.last !== undefined && excludesZero(income.last) && income.last.difference < 0) {
    return `accounts that are asked bring ${(-income.last.difference).toFixed(2)} a month less than those that are left alone`;
  }
  return churn.last !== undefined && excludesZero(churn.last) && churn.last.difference > 0
    ? `${(churn.last.difference * 100).toFixed(1)} % more of the accounts that are asked are leaving`
    : undefined;
}

/** The comparison in sentences, for people who decide by it. */
export function comparisonInWords(made: Comparison): readonly string[] {
  const { accounts, analysed, conversions, income, needed, perMoment } = made;
  const bias = mixBiasInWords(made.biases);
  const share = (value: number): string => `${(value * 100).toFixed(1)} %`;
  const signed = (value: number, text: string): string => `${value < 0 ? '-' : '+'}${text}`;
  const { holdout, treated } = conversions;
  const look = conversions.last;
  const lift =
    needed === undefined
      ? 'No lift can be measured: every account is treated alike, so there is nothing to compare with.'
      : look === undefined
        ? `Not enough data: both groups need ${defaultMinBuyers} buyers first. To prove a rise from 5 % to 10 %, about ${needed} accounts are needed.`
        : `Asking adds ${signed(look.difference, share(Math.abs(look.difference)))} buyers, give or take ${share(look.radius)}${excludesZero(look) ? '' : ': that may still be nothing'}.`;
  return [
    `${accounts} account${accounts === 1 ? '' : 's'} take part, ${share(made.holdoutShare)} of them left alone; of ${analysed} the 30 days are over.`,
    `Bought: ${treated.buyers} of ${treated.n} that are asked, ${holdout.buyers} of ${holdout.n} left alone.`,
    lift,
    ...(income.last === undefined
      ? []
      : [
          `Income: ${signed(income.last.difference, Math.abs(income.last.difference).toFixed(2))} a month by account, give or take ${income.last.radius.toFixed(2)}.`,
        ]),
    `Leaving: ${made.churn.treated.buyers} of those that are asked, ${made.churn.holdout.buyers} of those left alone.`,
    perMoment === undefined
      ? 'Effect per moment: not enough data yet.'
      : `Effect per moment (an early sign, not the lift): ${signed(perMoment.difference, share(Math.abs(perMoment.difference)))}, give or take ${share(perMoment.radius)}, from ${perMoment.n} accounts.`,
    ...(made.promptsPerExtraConversion === undefined
      ? []
      : [`${made.promptsPerExtraConversion.toFixed(1)} prompts for each extra buyer.`]),
    ...(bias === undefined ? [] : [bias]),
  ];
}

/** The gate is one of buyers, whatever is compared: where only losses are made, nobody gains anything. */
function afterGate(
  conversions: Lift,
  units: readonly EnrolledUnit[],
  settings: LiftSettings,
): Lift {
  const lift = liftOf(units, { ...settings, minBuyers: 0 });
  return conversions.last === undefined
    ? { ...lift, last: undefined, firstExclusion: undefined }
    : lift;
}

function promptsPerExtra({ last, treated }: Lift, prompts: number): number | undefined {
  const extra = last === undefined ? 0 : last.difference * treated.n;
  return extra > 0 && prompts > 0 ? prompts / extra : undefined;
}

function medianPrice({ plans }: Playbook): number {
  const prices = [...plans.values()]
    .map(({ monthlyPriceCents }) => monthlyPriceCents / 100)
    .toSorted((left, right) => left - right);
  return prices[Math.floor((prices.length - 1) / 2)] ?? 0;
}
