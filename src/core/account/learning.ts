import { dayMs, dayOf } from '../duration.ts';
import { sha256Hex } from '../hash.ts';
import type { Effect, Input } from '../input.ts';
import {
  creditConversion,
  type EpisodeState,
  type EpisodesMoved,
  isFirstOfWindow,
  nextRetirementMs,
  retireEpisodes,
  reverseConversion,
} from '../model/episode.ts';
import type { LearningStep } from '../model/step.ts';
import type { Playbook } from '../playbook.ts';
import { isOut } from '../prompt/life.ts';
import type { Touch } from '../prompt/touch.ts';
import { lasts } from './context.ts';
import type { AccountLearning, Enrolment } from './learning-state.ts';
import { planOf } from './plan-of.ts';
import { purchasedMs } from './purchases.ts';
import type { AccountState } from './state.ts';

/*
 * What an account adds to the learning of all (dm1 sections 4, 10 and 13): conversions go to the window they lie in, an
 * enrolled account reports once what became of it, prompts report what they led to. Enters: what the account was told.
 * Leaves: its new state and steps with ids, which the counters take once. Always holds: neither the order nor the
 * repetition of what is told changes a counter.
 */

/** From the enrolment of an account until it is looked at what became of it (dm1 section 10). */
export const horizonMs = 30 * dayMs;
/** For so long an account takes part once. */
export const enrolmentMs = 180 * dayMs;

/** A purchase that an account was told of, or a use of what a lesson teaches. */
export interface Purchase {
  readonly family: string;
  readonly timeMs: number;
}

/** An account moved by learning. */
export interface Learnt {
  readonly account: AccountState;
  readonly effects: readonly Effect[];
}

/** The name of an account in what is common to all: nobody can tell from it who it is. */
export function unitOfAccount(accountId: string): string {
  return sha256Hex('unit', accountId).slice(0, 16);
}

/** Credits purchases to the windows they lie in, each once. Where nothing is learned, nothing is kept. */
export function creditPurchases(
  accountId: string,
  account: AccountState,
  purchases: readonly Purchase[],
  playbook: Playbook,
  nowMs: number,
): Learnt {
  const isLearning = playbook.learning.mode === 'learn' || account.learning.episodes.length > 0;
  if (purchases.length === 0 || !isLearning) {
    return { account, effects: [] };
  }
  const unit = unitOfAccount(accountId);
  let { learning } = account;
  const steps: LearningStep[] = [];
  for (const one of purchases) {
    const credited = creditConversion(learning, one);
    const retired = retireEpisodes(credited.state, nowMs);
    steps.push(factOf('bought', unit, one), ...credited.increments, ...retired.increments);
    learning = {
      ...learning,
      ...retired.state,
      enrolment: withBought(learning.enrolment, one),
    };
  }
  return withReversal(unit, { ...account, learning }, steps);
}

/**
 * Credits uses of what lessons teach, each to the window it lies in, once; the account is a user of the feature from then
 * on, and no window opens again for its lessons (docs/decisions/0012). A feature may be used a thousand times a day, so
 * that nothing is kept of a use but the fact, and nothing is logged but the first one of a window.
 */
export function creditUses(
  accountId: string,
  account: AccountState,
  uses: readonly Purchase[],
  playbook: Playbook,
): Learnt {
  const isLearning = playbook.learning.mode === 'learn' || account.learning.episodes.length > 0;
  if (uses.length === 0 || !isLearning) {
    return { account, effects: [] };
  }
  const unit = unitOfAccount(accountId);
  let { learning } = account;
  const steps: LearningStep[] = [];
  for (const one of uses) {
    if (isFirstOfWindow(learning, one)) {
      const credited = creditConversion(learning, one);
      steps.push(factOf('bought', unit, one), ...credited.increments);
      learning = { ...learning, ...credited.state };
    }
    if (!learning.used.has(one.family)) {
      learning = { ...learning, used: new Set([...learning.used, one.family]) };
    }
  }
  return {
    account: learning === account.learning ? account : { ...account, learning },
    effects: steps.map(tallied),
  };
}

/** A downgrade or money given back: takes the conversion back that it followed within a window, whichever was told first. */
export function creditDowngrade(accountId: string, account: AccountState): Learnt {
  return withReversal(unitOfAccount(accountId), account, []);
}

function withReversal(unit: string, account: AccountState, steps: readonly LearningStep[]): Learnt {
  const timeMs = account.purchases.downgradedMs;
  const family = 'upgrade';
  const { state, reversed } =
    timeMs === undefined
      ? { state: account.learning, reversed: undefined }
      : reverseConversion(account.learning, { family, timeMs });
  const all =
    reversed === undefined || timeMs === undefined
      ? steps
      : [...steps, factOf('reversed', unit, { family, timeMs })];
  return {
    account:
      reversed === undefined
        ? account
        : { ...account, learning: { ...account.learning, ...state } },
    effects: all.map(tallied),
  };
}

/**
 * The purchases that lie between two states of an account: those it was told of by name, and a plan above the one before,
 * which its traits tell.
 */
export function planStep(
  before: AccountState,
  after: AccountState,
  playbook: Playbook,
): readonly Purchase[] {
  if (before.purchases.plansSeen === after.purchases.plansSeen) {
    return [];
  }
  const timeMs = purchasedMs(after, 'upgrade', playbook);
  return timeMs === undefined || timeMs === purchasedMs(before, 'upgrade', playbook)
    ? []
    : [{ family: 'upgrade', timeMs }];
}

/** Lets go of windows that are over; their delays are counted now (docs/decisions/0005). */
export function retire(accountId: string, account: AccountState, nowMs: number): Learnt {
  const moved = retireEpisodes(account.learning, nowMs);
  return {
    account: { ...account, learning: { ...account.learning, ...moved.state } },
    effects: [
      ...moved.increments.map(tallied),
      ...retirementTimer(accountId, '', moved.state, nowMs),
    ],
  };
}

/** The timer at which an episode of the account will be over next; `decisionId` names the decision that asks for it. */
export function retirementTimer(
  accountId: string,
  decisionId: string,
  state: EpisodeState,
  nowMs: number,
): readonly Effect[] {
  const nextMs = nextRetirementMs(state);
  if (nextMs === undefined) {
    return [];
  }
  const dueMs = Math.max(nowMs, nextMs);
  // Named by the account and the time: whoever asks for the same time asks for the same timer.
  const id = `retires.${unitOfAccount(accountId)}.${nextMs}`;
  return [timer('retires', id, accountId, decisionId, dueMs)];
}

/** When it will be looked at what became of an enrolled account. */
export function horizonTimer(accountId: string, enrolment: Enrolment): Effect {
  const dueMs = enrolment.timeMs + horizonMs;
  const id = `horizon.${enrolment.decisionId}`;
  return timer('horizon', id, accountId, enrolment.decisionId, dueMs);
}

/** What became of an enrolled account; nothing where another enrolment has begun meanwhile. */
export function horizonReached(
  accountId: string,
  account: AccountState,
  decisionId: string,
  playbook: Playbook,
): readonly Effect[] {
  const { enrolment } = account.learning;
  if (enrolment === undefined || enrolment.decisionId !== decisionId) {
    return [];
  }
  const { bought, mrr, timeMs } = enrolment;
  const windowMs = playbook.economics.attributionDays * dayMs;
  const isReversed = (family: string, boughtMs: number): boolean => {
    const downgradedMs = account.purchases.downgradedMs ?? 0;
    return family === 'upgrade' && downgradedMs > boughtMs && downgradedMs <= boughtMs + windowMs;
  };
  const kept = [...bought].filter(([family, boughtMs]) => !isReversed(family, boughtMs));
  const hasLeft = lasts(account.context, 'cancelling');
  const { paid, plan } = planOf(account, undefined, playbook);
  // What is really paid has the add-ons in it.
  const addons = kept.reduce((sum, [family]) => sum + addonPrice(family, playbook), 0);
  const now = paid ?? (plan === undefined ? mrr : plan.monthlyPriceCents / 100) + addons;
  return [
    tallied({
      id: `result.${decisionId}`,
      of: 'results',
      day: dayOf(timeMs),
      unit: unitOfAccount(accountId),
      timeMs,
      result: {
        hasBought: kept.length > 0,
        mrrChange: hasLeft ? -mrr : now - mrr,
        hasLeft,
      },
    }),
  ];
}

/** What the prompts of an account led to between two states: each once per prompt. */
export function outcomesOf(before: readonly Touch[], after: readonly Touch[]): readonly Effect[] {
  if (before === after) {
    return [];
  }
  return after.flatMap((touch) => {
    const held = before.find(({ decisionId }) => decisionId === touch.decisionId);
    const is = (test: (one: Touch) => boolean): boolean =>
      touch !== held && test(touch) && (held === undefined || !test(held));
    return [
      ...(is(({ state }) => isOut(state)) ? [outcome(touch, 'prompts')] : []),
      ...(is(({ at }) => at.clicked !== undefined) ? [outcome(touch, 'clicked')] : []),
      ...(is(({ at }) => at.dismissed !== undefined) ? [outcome(touch, 'dismissed')] : []),
      ...(is(({ hasComplaint }) => hasComplaint) ? [outcome(touch, 'tickets')] : []),
    ];
  });
}

/** The person wants no more prompts, because of this one. */
export function optedOutBy(touch: Touch): Effect {
  return outcome(touch, 'optedOut');
}

/** A step as an effect. */
export function tallied(step: LearningStep): Effect {
  return { kind: 'tally', step };
}

/** The account after its windows moved, with what is to be counted. */
export function withEpisodes(account: AccountState, moved: EpisodesMoved): AccountState {
  const learning: AccountLearning = { ...account.learning, ...moved.state };
  return { ...account, learning };
}

function outcome(touch: Touch, what: 'prompts' | 'clicked' | 'dismissed' | 'optedOut' | 'tickets') {
  const { channel, decisionId, offerId, timeMs } = touch;
  const id = `out.${decisionId}.${what}`;
  return tallied({ id, of: 'outcomes', day: dayOf(timeMs), offer: offerId, channel, what });
}

function factOf(kind: 'bought' | 'reversed', unit: string, { family, timeMs }: Purchase) {
  const id = `${kind}.${unit}.${family}.${timeMs}`;
  return {
    id,
    of: 'facts',
    day: dayOf(timeMs),
    fact: { kind, unit, family, timeMs },
  } as const satisfies LearningStep;
}

function withBought(
  enrolment: Enrolment | undefined,
  { family, timeMs }: Purchase,
): Enrolment | undefined {
  if (
    enrolment === undefined ||
    timeMs <= enrolment.timeMs ||
    timeMs > enrolment.timeMs + horizonMs ||
    timeMs >= (enrolment.bought.get(family) ?? Number.POSITIVE_INFINITY)
  ) {
    return enrolment;
  }
  return { ...enrolment, bought: new Map(enrolment.bought).set(family, timeMs) };
}

function addonPrice(family: string, { offers }: Playbook): number {
  const offer = [...offers.values()].find((one) => one.family === family);
  return offer?.sells.kind === 'addon' ? offer.sells.monthlyPriceCents / 100 : 0;
}

function timer(
  what: 'retires' | 'horizon',
  id: string,
  accountId: string,
  decisionId: string,
  dueMs: number,
): Effect {
  const input: Input & { readonly kind: 'timer' } = {
    kind: 'timer',
    what,
    id,
    dedupeDay: dayOf(dueMs),
    receivedMs: dueMs,
    accountId,
    userId: '',
    decisionId,
  };
  return { kind: 'timer', dueMs, input };
}
