import {
  enrolmentMs,
  horizonTimer,
  retirementTimer,
  tallied,
  unitOfAccount,
  withEpisodes,
} from '../account/learning.ts';
import { monthlyIncome } from '../account/income.ts';
import type { Enrolment } from '../account/learning-state.ts';
import type { AccountState } from '../account/state.ts';
import { dayMs, dayOf } from '../duration.ts';
import type { Effect } from '../input.ts';
import { type Arm, type Choice, chooseArm } from '../model/choose.ts';
import { isLocked, openEpisodes } from '../model/episode.ts';
import { holdoutShareOf, isHoldout } from '../model/holdout.ts';
import { type Learned, priorsOnly } from '../model/learned.ts';
import { meanOf } from '../model/pooling.ts';
import { type AccountSize, sizeOf } from '../model/size.ts';
import { type Cell, cellKey } from '../model/snapshot.ts';
import { type Beliefs, beliefsOf, holdCellOf, isMeasured, promptCellOf } from './beliefs.ts';
import type { Candidate } from './guard.ts';
import type { Moment } from './moment.ts';
import type { ArmRecord, CandidateArithmetic, LearningRecord, RefusedOffer } from './record.ts';

/*
 * decide -> assign, where the playbook lets the hub learn (dm1 sections 4, 8 and 10). Enters: the offers that passed every
 * guardrail, worked out by what is believed. Leaves: an offer or silence with the exact probability of each, whether the
 * account is left alone, and the windows in which it will be seen what came of it. Always holds: an account of the holdout
 * is shown nothing; windows of an account and family never overlap; the same moment decides the same on any machine.
 */

/** What chance made of a moment. */
export interface Chosen {
  /** The offer that was picked, also where the account is left alone. */
  readonly picked: CandidateArithmetic | undefined;
  readonly record: LearningRecord;
  /** Arms that were worth asking for in enough draws. Without any, silence was certain and teaches nothing. */
  readonly hasSafeArm: boolean;
}

/** Whether a moment is one to learn from. An e-mail that follows belongs to the window of its first prompt. */
export function learnsFrom({ follows, rules, to }: Moment): boolean {
  return rules.playbook.learning.mode === 'learn' && follows === undefined && to !== undefined;
}

/** What is believed at a moment. */
export function learnedAt({ nowMs, rules }: Moment): Learned {
  return rules.learned ?? priorsOnly(rules.playbook, nowMs);
}

/** The size of the account, by what it pays; undefined where the playbook does not tell sizes apart. */
export function sizeAt({ plan, rules }: Moment): AccountSize | undefined {
  return sizeOf(monthlyIncome(plan, rules.playbook), rules.playbook.learning.sizes);
}

/** Takes out offers of families whose last window is still open (dm1 section 7, rule 5). */
export function withoutLocked(
  moment: Moment,
  candidates: readonly Candidate[],
): { readonly free: readonly Candidate[]; readonly locked: readonly RefusedOffer[] } {
  const { account, nowMs, rules } = moment;
  const { attributionDays } = rules.playbook.economics;
  const isOpen = ({ offer }: Candidate): boolean =>
    isMeasured(offer) && isLocked(account.learning, offer.family, nowMs, attributionDays);
  return {
    free: candidates.filter((one) => !isOpen(one)),
    locked: candidates.filter(isOpen).map(({ offer, triggerId }) => ({
      offerId: offer.id,
      triggerId,
      refusal: {
        reason: 'window_open',
        family: offer.family,
        untilMs: windowEndMs(account, offer.family),
      },
    })),
  };
}

/** Chooses among `left`, the arithmetic of candidates that may be made now; at least one. */
export function chooseByChance(
  decisionId: string,
  moment: Moment,
  candidates: readonly Candidate[],
  left: readonly CandidateArithmetic[],
): Chosen {
  const { playbook } = moment.rules;
  const learned = learnedAt(moment);
  const size = sizeAt(moment);
  const arms = left.flatMap((sums): readonly WeighedArm[] => {
    const candidate = candidateOf(candidates, sums);
    return candidate === undefined
      ? []
      : [armOf(sums, candidate, beliefsOf(candidate, learned, playbook, size))];
  });
  const choice = chooseArm(decisionId, arms, playbook.learning);
  const hasSafeArm = choice.arms.some(({ isSafe }) => isSafe);
  const picked = arms.find(({ key }) => key === choice.chosen)?.sums;
  const isLeftAlone = isHeldOut(moment, learned);
  const best = Math.max(...choice.arms.map(({ meanValue }) => meanValue ?? 0));
  return {
    picked,
    hasSafeArm,
    record: {
      model: 'dm1',
      snapshotId: learned.snapshot.id,
      isHoldout: isLeftAlone,
      arms: recordsOf(arms, choice),
      piNone: choice.piNone,
      u01: choice.u01,
      picked: choice.chosen,
      silence: silenceOf(picked !== undefined, isLeftAlone, hasSafeArm && best > 0),
      fatigueFactor: left[0]?.fatigueFactor ?? 1,
      mrr: monthlyIncome(moment.plan, playbook),
      isMrrImputed: moment.plan.paid === undefined,
      ...(size === undefined ? {} : { size }),
    },
  };
}

/**
 * Puts the moment into the account: its part in the comparison, and the windows in which it will be seen what came of it.
 * `isShown`: the picked offer goes to the person.
 */
export function withWindows(
  decisionId: string,
  moment: Moment,
  account: AccountState,
  candidates: readonly Candidate[],
  chosen: Chosen,
  isShown: boolean,
): { readonly account: AccountState; readonly effects: readonly Effect[] } {
  const { accountId, nowMs, rules } = moment;
  const enrolled = withEnrolment(decisionId, moment, account, chosen.record.isHoldout);
  if (!chosen.hasSafeArm) {
    return enrolled;
  }
  const asked = candidates.filter(
    (one) => hasToTell(one, account) && isWeighed(one, chosen.record),
  );
  const size = sizeAt(moment);
  const cells = isShown
    ? asked
        .filter(({ offer }) => offer.id === chosen.picked?.offerId)
        .map((one) => ({ family: one.offer.family, cell: promptCellOf(one, size) }))
    : firstOfFamilies(
        asked.map((one) => ({ family: one.offer.family, cell: holdCellOf(one, size) })),
      );
  const windowDays = rules.playbook.economics.attributionDays;
  const decision = { decisionId, startMs: nowMs, windowDays };
  const moved = openEpisodes(enrolled.account.learning, decision, cells);
  if (moved.increments.length === 0) {
    return enrolled;
  }
  const opened = tallied({
    id: `opened.${decisionId}`,
    of: 'facts',
    day: dayOf(nowMs),
    fact: {
      kind: 'opened',
      unit: unitOfAccount(accountId),
      ...decision,
      isHoldout: chosen.record.isHoldout,
      episodes: cells.map(({ family, cell }) => ({
        family,
        cell: cellKey(cell),
        pi: chanceOfAsking(chosen.record, family, isShown, rules.mode),
      })),
    },
  });
  return {
    account: withEpisodes(enrolled.account, moved),
    effects: [
      ...enrolled.effects,
      opened,
      ...moved.increments.map(tallied),
      ...retirementTimer(accountId, decisionId, moved.state, nowMs),
    ],
  };
}

type WeighedArm = Arm & {
  readonly sums: CandidateArithmetic;
  readonly family: string;
  readonly beliefs: Beliefs;
};

function armOf(sums: CandidateArithmetic, candidate: Candidate, beliefs: Beliefs): WeighedArm {
  return {
    sums,
    beliefs,
    family: candidate.offer.family,
    key: `${sums.offerId}|${sums.channel}`,
    offer: sums.offerId,
    prompt: beliefs.prompt,
    hold: beliefs.hold,
    holdKey: beliefs.holdKey,
    saleValue: sums.saleValue,
    churnAvoided: sums.churnAvoided,
    cost: sums.askingCost,
    fatigueFactor: sums.fatigueFactor,
  };
}

function recordsOf(arms: readonly WeighedArm[], choice: Choice): readonly ArmRecord[] {
  return choice.arms.flatMap((made): readonly ArmRecord[] => {
    const arm = arms.find(({ key }) => key === made.key);
    if (arm === undefined) {
      return [];
    }
    const { hold, prompt } = arm.beliefs;
    return [
      {
        key: made.key,
        family: arm.family,
        signal: arm.sums.signalKind,
        alpha1: prompt.alpha,
        beta1: prompt.beta,
        n1: prompt.n,
        y1: prompt.y,
        alpha0: hold.alpha,
        beta0: hold.beta,
        n0: hold.n,
        y0: hold.y,
        meanP1: meanOf(prompt),
        meanP0: meanOf(hold),
        saleValue: arm.saleValue,
        churnTerm: arm.churnAvoided,
        cost: arm.cost,
        meanEv: made.meanValue,
        pPlus: made.pPlus,
        isSafe: made.isSafe,
        pi: made.pi,
        isBadInput: made.isBadInput,
      },
    ];
  });
}

function silenceOf(
  isPicked: boolean,
  isLeftAlone: boolean,
  wasWorthAsking: boolean,
): LearningRecord['silence'] {
  if (isPicked) {
    return isLeftAlone ? 'holdout' : undefined;
  }
  return wasWorthAsking ? 'chance' : 'worth_less';
}

/** By the hash of its id; one that takes part as left alone stays so for its time, also when the share has fallen since. */
function isHeldOut(moment: Moment, learned: Learned): boolean {
  const { account, accountId, nowMs, rules } = moment;
  const { holdoutShare, salt } = rules.playbook.learning;
  const { enrolment } = account.learning;
  return (
    isHoldout(salt, accountId, holdoutShareOf(holdoutShare, learned.accounts)) ||
    (isCurrent(enrolment, salt, nowMs) && enrolment.isHoldout)
  );
}

function isCurrent(
  enrolment: Enrolment | undefined,
  salt: string,
  nowMs: number,
): enrolment is Enrolment {
  return (
    enrolment !== undefined && enrolment.salt === salt && nowMs - enrolment.timeMs < enrolmentMs
  );
}

/** An account takes part from its first moment at which something could have been offered. In shadow mode nobody is asked. */
function withEnrolment(
  decisionId: string,
  moment: Moment,
  account: AccountState,
  isLeftAlone: boolean,
): { readonly account: AccountState; readonly effects: readonly Effect[] } {
  const { accountId, nowMs, plan, rules } = moment;
  const { salt } = rules.playbook.learning;
  if (rules.mode === 'shadow' || isCurrent(account.learning.enrolment, salt, nowMs)) {
    return { account, effects: [] };
  }
  const enrolment: Enrolment = {
    decisionId,
    timeMs: nowMs,
    isHoldout: isLeftAlone,
    salt,
    mrr: plan.paid ?? (plan.plan?.monthlyPriceCents ?? 0) / 100,
    bought: new Map(),
  };
  const { mrr } = enrolment;
  const unit = unitOfAccount(accountId);
  return {
    account: { ...account, learning: { ...account.learning, enrolment } },
    effects: [
      tallied({
        id: `enrolled.${decisionId}`,
        of: 'enrolments',
        day: dayOf(nowMs),
        account: { unit, timeMs: nowMs, isHoldout: isLeftAlone, salt, mrr },
      }),
      horizonTimer(accountId, enrolment),
    ],
  };
}

function candidateOf(
  candidates: readonly Candidate[],
  sums: CandidateArithmetic,
): Candidate | undefined {
  return candidates.find(
    (one) => one.offer.id === sums.offerId && one.triggerId === sums.triggerId,
  );
}

/** A candidate that was an arm of the choice: not one that waits for its turn. */
function isWeighed({ channel, offer, signalKind }: Candidate, { arms }: LearningRecord): boolean {
  return arms.some(({ key, signal }) => key === `${offer.id}|${channel}` && signal === signalKind);
}

/**
 * How probable it was that the account was asked. In shadow mode it never was: the moment shows what happens without asking,
 * and cannot be weighed as one that was left to chance.
 */
function chanceOfAsking(
  record: LearningRecord,
  family: string,
  isShown: boolean,
  mode: 'live' | 'shadow',
): number {
  if (mode === 'shadow') {
    return 0;
  }
  return isShown ? piOfFamily(record, family) : 1 - record.piNone;
}

/** Whether it will be seen what came of it. Who uses a feature already cannot show whether its lesson works. */
function hasToTell({ offer }: Candidate, { learning }: AccountState): boolean {
  return isMeasured(offer) && !learning.used.has(offer.family);
}

/** One window for each family, in the cell of its first offer. */
function firstOfFamilies(
  cells: readonly { readonly family: string; readonly cell: Cell }[],
): readonly { readonly family: string; readonly cell: Cell }[] {
  return [...new Set(cells.map(({ family }) => family))].flatMap(
    (family) => cells.find((one) => one.family === family) ?? [],
  );
}

function piOfFamily({ arms }: LearningRecord, family: string): number {
  return arms.reduce((sum, arm) => sum + (arm.family === family ? arm.pi : 0), 0);
}

function windowEndMs({ learning }: AccountState, family: string): number {
  const ends = learning.episodes
    .filter((held) => held.family === family)
    .map(({ startMs, windowDays }) => startMs + windowDays * dayMs);
  return Math.max(0, ...ends);
}
