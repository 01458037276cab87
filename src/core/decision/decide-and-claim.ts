import type { AccountState, ActiveMember } from '../account/state.ts';
import type { Addressee } from '../prompt/addressee.ts';
import { sha256Hex } from '../hash.ts';
import { quietUntilMs, zoneOf } from '../guardrail/quiet-hours.ts';
import { promiseBroken } from '../guardrail/promise.ts';
import type { Effect } from '../input.ts';
import { dayOf } from '../duration.ts';
import { partitionOf } from '../partition.ts';
import type { Prompt } from '../prompt/prompt.ts';
import { changeTouch, enter, newTouch, withTouch } from '../prompt/touch.ts';
import type { Fired } from '../trigger/fire.ts';
import { meanOf } from '../model/pooling.ts';
import { beliefsOf, learnedRates } from './beliefs.ts';
import { appraise, choose, type Eligible } from './decide.ts';
import { explanationOf } from './explanation.ts';
import { type Candidate, guard } from './guard.ts';
import {
  chooseByChance,
  learnedAt,
  learnsFrom,
  sizeAt,
  withoutLocked,
  withWindows,
} from './learn.ts';
import type { Moment } from './moment.ts';
import type {
  CandidateArithmetic,
  DecisionRecord,
  LearningRecord,
  RefusedOffer,
} from './record.ts';

/** What came of a moment: always a record, and a prompt at the most. */
export interface Decided {
  readonly account: AccountState;
  readonly record: DecisionRecord;
  readonly effects: readonly Effect[];
}

/**
 * guard -> decide -> claim. The prompt is claimed in the account's state by the same commit that decides it, so two events
 * cannot both pass the guardrails. `key` names the decision: the same key decides under the same id on any machine.
 */
export function decideAndClaim(moment: Moment, key: string): Decided {
  const { candidates: guarded, refused } = guard(moment);
  const { free: candidates, locked } = learnsFrom(moment)
    ? withoutLocked(moment, guarded)
    : { free: guarded, locked: [] };
  const appraised = arithmetic(moment, candidates);
  const { left, waiting } = upgradeFirst(candidates, appraised);
  const id = decisionIdOf(moment.accountId, moment.actorId, key);
  const byChance =
    learnsFrom(moment) && left.length > 0
      ? chooseByChance(id, moment, candidates, left)
      : undefined;
  const chosen = byChance === undefined ? choose(left) : byChance.picked;
  const winner = candidates.find(
    (one) => one.offer.id === chosen?.offerId && one.triggerId === chosen.triggerId,
  );
  const all = [...refused, ...locked, ...waiting];
  const learning = byChance?.record;
  const learnt = (decided: Decided, isShown: boolean): Decided => {
    if (byChance === undefined) {
      return decided;
    }
    const after = withWindows(id, moment, decided.account, candidates, byChance, isShown);
    return { ...decided, account: after.account, effects: [...decided.effects, ...after.effects] };
  };
  if (winner === undefined || moment.to === undefined) {
    const record = recordOf(id, moment, all, left, undefined, undefined, learning);
    return learnt(silent(moment, record), false);
  }
  const { member } = moment.to;
  const prompt = promptOf(id, moment, winner, moment.to);
  const { account, nowMs, rules } = moment;
  const promise = promiseBroken(prompt, winner.offer, account, member, rules.playbook, nowMs);
  if (promise !== undefined) {
    const broken: RefusedOffer = {
      offerId: winner.offer.id,
      triggerId: winner.triggerId,
      refusal: { reason: 'promise_broken', promise },
    };
    return silent(moment, recordOf(id, moment, [broken, ...all], [], undefined, undefined));
  }
  const isLeftAlone = learning?.isHoldout === true;
  const waits = prompt.notBeforeMs > nowMs ? { notBeforeMs: prompt.notBeforeMs } : {};
  const record = isLeftAlone
    ? recordOf(id, moment, all, left, undefined, undefined, learning)
    : { ...recordOf(id, moment, all, left, chosen, winner.words, learning), ...waits };
  const isShown = rules.mode === 'live' && !isLeftAlone;
  return learnt(claimed(moment, record, winner, prompt, isShown), isShown);
}

function arithmetic(
  moment: Moment,
  candidates: readonly Candidate[],
): readonly CandidateArithmetic[] {
  const { account, nowMs, plan, rules, to } = moment;
  const { touches } = account;
  const { playbook } = rules;
  if (to === undefined) {
    return [];
  }
  const learned = playbook.learning.mode === 'learn' ? learnedAt(moment) : undefined;
  const size = sizeAt(moment);
  const believed =
    learned === undefined
      ? undefined
      : {
          chancesOf: (one: Eligible) => {
            const { hold, prompt } = beliefsOf(one, learned, playbook, size);
            return { prompt: meanOf(prompt), hold: meanOf(hold) };
          },
          ratesOf: (one: Eligible) => learnedRates(one, learned),
        };
  return appraise(candidates, { plan, touches, userId: to.userId, nowMs, believed }, playbook);
}

/** An add-on waits while a bigger plan is worth asking for (decision model dm1, section 7, rule 7). */
function upgradeFirst(
  candidates: readonly Candidate[],
  appraised: readonly CandidateArithmetic[],
): {
  readonly left: readonly CandidateArithmetic[];
  readonly waiting: readonly RefusedOffer[];
} {
  const kindOf = (offerId: string): string | undefined =>
    candidates.find((one) => one.offer.id === offerId)?.offer.sells.kind;
  const isUpgradeWorth = appraised.some(
    (one) => one.expectedValue > 0 && kindOf(one.offerId) === 'plan',
  );
  const mustWait = (one: CandidateArithmetic): boolean =>
    isUpgradeWorth && kindOf(one.offerId) === 'addon';
  return {
    left: appraised.filter((one) => !mustWait(one)),
    waiting: appraised.filter(mustWait).map(({ offerId, triggerId }) => ({
      offerId,
      triggerId,
      refusal: { reason: 'sequencing', why: 'upgrade_first' },
    })),
  };
}

/** Cross-sells that wait for their turn are remembered: they fire again when their signal comes and the way is free. */
function silent(moment: Moment, record: DecisionRecord): Decided {
  return { account: remembered(moment.account, moment, record), record, effects: [] };
}

function remembered(account: AccountState, moment: Moment, record: DecisionRecord): AccountState {
  const isWaiting = (triggerId: string): boolean =>
    record.refused.some(
      (one) => one.triggerId === triggerId && one.refusal.reason === 'sequencing',
    );
  let waiting: Map<string, number> | undefined;
  for (const { trigger } of moment.fired) {
    const since = account.waiting.get(trigger.id);
    if (isWaiting(trigger.id) ? since === undefined : since !== undefined) {
      waiting ??= new Map(account.waiting);
      if (since === undefined) {
        waiting.set(trigger.id, moment.nowMs);
      } else {
        waiting.delete(trigger.id);
      }
    }
  }
  return waiting === undefined ? account : { ...account, waiting };
}

function recordOf(
  decisionId: string,
  moment: Moment,
  refused: readonly RefusedOffer[],
  candidates: readonly CandidateArithmetic[],
  chosen: CandidateArithmetic | undefined,
  words: Readonly<Record<string, string>> | undefined,
  learning?: LearningRecord,
): DecisionRecord {
  const { accountId, actorId, cause, follows, nowMs, rules, to } = moment;
  return {
    decisionId,
    decidedMs: nowMs,
    accountId,
    userId: to?.userId,
    ...(to === undefined || actorId === undefined ? {} : { addressed: { as: to.as, actorId } }),
    playbookVersion: rules.playbook.version,
    mode: rules.mode,
    followsId: follows?.decisionId,
    cause,
    fired: moment.fired.map((one) => one.report),
    refused,
    candidates,
    chosen: chosen?.offerId,
    explanation: explanationOf(candidates, chosen, refused, learning),
    words,
    ...(learning === undefined ? {} : { learning }),
  };
}

/** Deterministic: the same key decides under the same id on any machine (dm1 section 8). Its partition comes first. */
function decisionIdOf(accountId: string, userId: string | undefined, key: string): string {
  const partition = partitionOf({ kind: 'account', id: accountId });
  return `${partition}-${sha256Hex(key, accountId, userId ?? '').slice(0, 32)}`;
}

function promptOf(
  decisionId: string,
  moment: Moment,
  winner: Candidate,
  { member, userId }: Addressee,
): Prompt {
  const { accountId, follows, nowMs, rules } = moment;
  const { guardrails } = rules.playbook;
  const isEmail = winner.channel === 'sendgrid';
  const notBeforeMs = isEmail
    ? quietUntilMs(nowMs, zoneOf(member, guardrails.quietHours), guardrails.quietHours)
    : nowMs;
  return {
    decisionId,
    accountId,
    userId,
    offerId: winner.offer.id,
    family: winner.offer.family,
    channel: winner.channel,
    form: winner.offer.form,
    followsId: follows?.decisionId,
    reopens: moment.fired.some((one) => one.trigger.id === winner.triggerId && one.trigger.reopens),
    surface: winner.offer.surface,
    decidedMs: nowMs,
    notBeforeMs,
    expiresMs: notBeforeMs + (isEmail ? guardrails.maxEmailAgeMs : guardrails.maxPromptAgeMs),
    words: winner.words,
    contact: contactOf(member),
  };
}

function claimed(
  moment: Moment,
  record: DecisionRecord,
  winner: Candidate,
  prompt: Prompt,
  isShown: boolean,
): Decided {
  const { account, follows, nowMs, rules } = moment;
  const { decisionId, userId } = prompt;
  const { offer } = winner;
  const mayFollow =
    follows === undefined &&
    record.chosen !== undefined &&
    offer.delivery === 'in_app_then_email' &&
    moment.to?.as !== 'asker';
  const fired = moment.fired.find((one) => one.trigger.id === winner.triggerId);
  const touch = newTouch({
    decisionId,
    userId,
    offerId: offer.id,
    family: offer.family,
    channel: prompt.channel,
    timeMs: nowMs,
    followsId: prompt.followsId,
    moment: mayFollow && fired !== undefined ? momentOf(fired, moment.cause.timeMs) : undefined,
  });
  const followed =
    follows === undefined
      ? account.touches
      : changeTouch(account.touches, follows.decisionId, (one) => ({
          ...enter(one, 'followed_up', nowMs),
          moment: undefined,
        }));
  const after = { ...account, touches: withTouch(followed, touch) };
  return {
    account: remembered(after, moment, record),
    record,
    // In shadow mode, and for an account that is left alone, it is claimed like any other and goes nowhere.
    effects: isShown
      ? [
          askEffect(prompt, moment.cause.receivedMs),
          closingTimer(prompt, rules.playbook.guardrails.openMs),
        ]
      : [],
  };
}

function momentOf(fired: Fired, eventMs: number) {
  const { because, evidence, triggerId } = fired.report;
  return { triggerId, because, evidence, eventMs };
}

function askEffect(prompt: Prompt, receivedMs: number): Effect {
  const id = `ask.${prompt.decisionId}`;
  return {
    kind: 'input',
    input: { id, dedupeDay: dayOf(prompt.decidedMs), receivedMs, kind: 'prompt_asked', prompt },
  };
}

/** When the prompt's time is over: what was seen was ignored then, and what was not seen never will be. */
function closingTimer(prompt: Prompt, openMs: number): Effect {
  const { accountId, decisionId, userId } = prompt;
  const dueMs = prompt.notBeforeMs + openMs;
  return {
    kind: 'timer',
    dueMs,
    input: {
      kind: 'timer',
      what: 'closes',
      id: `closes.${decisionId}`,
      dedupeDay: dayOf(dueMs),
      receivedMs: dueMs,
      accountId,
      userId,
      decisionId,
    },
  };
}

function contactOf(member: ActiveMember | undefined): Prompt['contact'] {
  const trait = (name: string): string | undefined => {
    const value = member?.traits.get(name)?.value;
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return { email: trait('email'), name: trait('name') ?? trait('firstname') };
}
