import type { Added } from '../account/add-event.ts';
import { type PlanInForce, planOf } from '../account/plan-of.ts';
import type { Rules } from '../account/advance.ts';
import type { AccountState, ActiveMember } from '../account/state.ts';
import type { Event } from '../event/event.ts';
import type { Refusal } from '../guardrail/refusal.ts';
import { openPromptRefusal, pacingRefusal, signupRefusal } from '../guardrail/refusal-of.ts';
import { valueMomentRefusal } from '../guardrail/value-moment.ts';
import { sha256Hex } from '../hash.ts';
import type { Effect } from '../input.ts';
import { partitionOf } from '../partition.ts';
import type { Offer, Playbook } from '../playbook.ts';
import type { Prompt } from '../prompt/prompt.ts';
import { type Addressee, addresseeOf } from '../prompt/addressee.ts';
import { withTouch } from '../prompt/touch.ts';
import { copyValues, traitValues } from '../prompt/values.ts';
import { wordsOf } from '../prompt/words.ts';
import type { Fired } from '../trigger/fire.ts';
import { appraise, choose, type Eligible } from './decide.ts';
import { explanationOf } from './explanation.ts';
import type { CandidateArithmetic, DecisionRecord, RefusedOffer } from './record.ts';

/** A moment at which triggers fired: everything the decision may look at. */
export interface Moment {
  readonly accountId: string;
  /** The user who acted; undefined for an anonymous visitor. */
  readonly actorId: string | undefined;
  readonly added: Added;
  readonly fired: readonly Fired[];
  readonly event: Event;
  readonly rules: Rules;
  readonly nowMs: number;
}

/** What came of it: always a record, and a prompt at the most. */
export interface Decided {
  readonly account: AccountState;
  readonly record: DecisionRecord;
  readonly effects: readonly Effect[];
  /** Members who might have been spoken to and were not loaded. */
  readonly missing: readonly string[];
}

/** The moment with the user whom a prompt would speak to; undefined for an anonymous visitor. */
interface Addressed extends Moment {
  readonly to: Addressee | undefined;
}

interface Candidate extends Eligible {
  readonly words: Readonly<Record<string, string>>;
}

/**
 * guard -> decide -> claim -> render. Guard comes first, so a refused offer never hides an allowed one; the words are
 * tried with it, so an offer whose copy lacks a value leaves room for another. The prompt is claimed in the account's
 * state by the same commit that decides it.
 */
export function decisionPoint(at: Moment): Decided {
  const { added, actorId, rules } = at;
  const addressing =
    actorId === undefined
      ? undefined
      : addresseeOf(actorId, added.actor, added.view, rules.playbook);
  const moment: Addressed = { ...at, to: addressing?.addressee };
  const missing = addressing?.missing ?? [];
  const plan = planOf(added.view.account, added.actor, rules.playbook);
  const { candidates, refused } = guard(moment, plan);
  const appraised =
    moment.to === undefined
      ? []
      : appraise(
          candidates,
          {
            plan,
            touches: moment.added.view.account.touches,
            userId: moment.to.userId,
            nowMs: moment.nowMs,
          },
          moment.rules.playbook,
        );
  const chosen = choose(appraised);
  const winner = candidates.find(
    (one) => one.offer.id === chosen?.offerId && one.triggerId === chosen.triggerId,
  );
  const record = recordOf(moment, refused, appraised, chosen, winner?.words);
  if (winner === undefined || moment.to === undefined) {
    return { account: added.view.account, record, effects: [], missing };
  }
  return { ...claim(moment, record, winner, moment.to), missing };
}

function guard(
  moment: Addressed,
  plan: PlanInForce,
): { readonly candidates: readonly Candidate[]; readonly refused: readonly RefusedOffer[] } {
  const forAll = momentRefusal(moment);
  const candidates: Candidate[] = [];
  const refused: RefusedOffer[] = [];
  for (const fired of moment.fired) {
    for (const offerId of fired.trigger.offers) {
      const offer = moment.rules.playbook.offers.get(offerId);
      if (offer === undefined) {
        continue;
      }
      const tried = forAll ?? tryOffer(moment, fired, offer, plan);
      if ('reason' in tried) {
        refused.push({ offerId, triggerId: fired.trigger.id, refusal: tried });
      } else {
        candidates.push(tried);
      }
    }
  }
  return { candidates, refused };
}

/** What stands against any offer now. Doubt keeps silent. */
function momentRefusal(moment: Addressed): Refusal | undefined {
  const { to, added, nowMs } = moment;
  const { playbook } = moment.rules;
  const { guardrails } = playbook;
  if (to === undefined) {
    return { reason: 'nobody_to_ask' };
  }
  const { touches, signedUpMs } = added.view.account;
  const mine = touches.filter((touch) => touch.userId === to.userId);
  return (
    valueMomentRefusal(added.view.account, playbook, nowMs) ??
    signupRefusal([signedUpMs, to.member?.signedUpMs], guardrails.afterSignupMs, nowMs) ??
    openPromptRefusal(touches, guardrails.openMs, nowMs) ??
    pacingRefusal({ per: 'user', touches: mine }, guardrails, nowMs) ??
    pacingRefusal({ per: 'account', touches }, guardrails, nowMs)
  );
}

/** The offer with its words, or why it cannot be made to this account. */
function tryOffer(
  moment: Addressed,
  fired: Fired,
  offer: Offer,
  plan: PlanInForce,
): Candidate | Refusal {
  const { playbook } = moment.rules;
  const detail = notApplicable(offer, plan, playbook);
  if (detail !== undefined) {
    return { reason: 'not_applicable', detail };
  }
  const copy = moment.to?.as === 'asker' ? offer.askAdmin : offer.copy;
  if (copy === undefined) {
    return { reason: 'no_buyer' };
  }
  const { account } = moment.added.view;
  const values = copyValues(
    fired.report,
    offer,
    plan,
    moment.accountId,
    account.traits,
    moment.to?.member,
    playbook,
  );
  const rendered = wordsOf({ ...offer, copy }, { ...values, ...actorValues(moment) });
  if (rendered.kind === 'incomplete') {
    return { reason: 'copy_incomplete', missing: rendered.missing };
  }
  return {
    offer,
    triggerId: fired.trigger.id,
    signalKind: fired.trigger.signalKind,
    isUnderLimitPressure: fired.isUnderLimitPressure,
    words: rendered.words,
  };
}

/** Who acted, where the words are for somebody else. */
function actorValues({ actorId, added, to }: Addressed): Readonly<Record<string, unknown>> {
  return to?.as === 'buyer' ? { actor: { ...traitValues(added.actor?.traits), id: actorId } } : {};
}

function notApplicable(offer: Offer, inForce: PlanInForce, playbook: Playbook): string | undefined {
  if (offer.sells.kind === 'addon' || inForce.plan === undefined) {
    return undefined;
  }
  const target = playbook.plans.get(offer.sells.plan);
  if (target === undefined || target.monthlyPriceCents > inForce.plan.monthlyPriceCents) {
    return undefined;
  }
  return `the account is on plan ${inForce.plan.id} already, and ${target.id} is no step up from it`;
}

function recordOf(
  moment: Addressed,
  refused: readonly RefusedOffer[],
  candidates: readonly CandidateArithmetic[],
  chosen: CandidateArithmetic | undefined,
  words: Readonly<Record<string, string>> | undefined,
): DecisionRecord {
  const { accountId, actorId, to, event, rules, nowMs } = moment;
  return {
    decisionId: decisionIdOf(accountId, actorId, event.messageId),
    decidedMs: nowMs,
    accountId,
    userId: to?.userId,
    ...(to === undefined || actorId === undefined ? {} : { addressed: { as: to.as, actorId } }),
    playbookVersion: rules.playbook.version,
    mode: rules.mode,
    cause: {
      messageId: event.messageId,
      name: event.name,
      timeMs: event.timeMs,
      receivedMs: event.receivedMs,
    },
    fired: moment.fired.map((one) => one.report),
    refused,
    candidates,
    chosen: chosen?.offerId,
    explanation: explanationOf(candidates, chosen, refused),
    words,
  };
}

/** Deterministic: the same message decides under the same id on any machine (dm1 section 8). Its partition comes first. */
function decisionIdOf(accountId: string, userId: string | undefined, messageId: string): string {
  const partition = partitionOf({ kind: 'account', id: accountId });
  return `${partition}-${sha256Hex(messageId, accountId, userId ?? '').slice(0, 32)}`;
}

function claim(
  moment: Addressed,
  record: DecisionRecord,
  winner: Candidate,
  { userId, member }: Addressee,
): Omit<Decided, 'missing'> {
  const { account } = moment.added.view;
  const { accountId, nowMs, rules } = moment;
  const { decisionId } = record;
  const offerId = winner.offer.id;
  const touches = withTouch(account.touches, {
    decisionId,
    offerId,
    userId,
    timeMs: nowMs,
    state: 'asked',
  });
  const prompt: Prompt = {
    decisionId,
    accountId,
    userId,
    offerId,
    channel: 'intercom',
    form: 'event',
    followsId: undefined,
    surface: winner.offer.surface,
    decidedMs: nowMs,
    expiresMs: nowMs + rules.playbook.guardrails.maxPromptAgeMs,
    words: winner.words,
    contact: contactOf(member),
  };
  return {
    account: { ...account, touches },
    record,
    effects: rules.mode === 'shadow' ? [] : [askEffect(prompt, moment.event.receivedMs)],
  };
}

function askEffect(prompt: Prompt, receivedMs: number): Effect {
  const id = `ask.${prompt.decisionId}`;
  return {
    kind: 'input',
    input: { id, dedupeDay: undefined, receivedMs, kind: 'prompt_asked', prompt },
  };
}

function contactOf(member: ActiveMember | undefined): Prompt['contact'] {
  const trait = (name: string): string | undefined => {
    const value = member?.traits.get(name)?.value;
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return { email: trait('email'), name: trait('name') ?? trait('firstname') };
}
