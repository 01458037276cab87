import type { ActiveMember } from '../account/state.ts';
import { hasUsageHalved } from '../account/usage.ts';
import { contextRefusal, errorsRefusal, testUserRefusal } from '../guardrail/context-refusal.ts';
import { dismissedRefusal, offerRefusal } from '../guardrail/offer-refusal.ts';
import { zoneOf } from '../guardrail/quiet-hours.ts';
import { openPromptRefusal, pacingRefusal, signupRefusal } from '../guardrail/refusal-of.ts';
import type { Refusal } from '../guardrail/refusal.ts';
import { sequencingRefusal } from '../guardrail/sequencing-refusal.ts';
import { valueMomentRefusal } from '../guardrail/value-moment.ts';
import type { Offer, Playbook } from '../playbook.ts';
import type { Channel } from '../prompt/prompt.ts';
import type { Touch } from '../prompt/touch.ts';
import { copyValues, traitValues } from '../prompt/values.ts';
import { whenInWords } from '../prompt/when.ts';
import { type Words, wordsOf } from '../prompt/words.ts';
import type { Fired } from '../trigger/fire.ts';
import type { Eligible } from './decide.ts';
import type { Moment } from './moment.ts';
import type { RefusedOffer } from './record.ts';

/** An offer that passed every guardrail, with its words. */
export interface Candidate extends Eligible {
  readonly words: Readonly<Record<string, string>>;
}

/** What may be chosen from, and why the rest may not. */
export interface Guarded {
  readonly candidates: readonly Candidate[];
  readonly refused: readonly RefusedOffer[];
}

/**
 * guard: narrows the offers of the fired triggers to those that may go out now. It comes before the choice, so a refused
 * offer never hides an allowed one. A refused offer may hand over to the next rung of its ladder: a softer offer after a
 * dismissal, a lesson while prices were dismissed too often.
 */
export function guard(moment: Moment): Guarded {
  const forAll = momentRefusal(moment);
  const candidates: Candidate[] = [];
  const refused: RefusedOffer[] = [];
  for (const fired of moment.fired) {
    for (const offerId of offersOf(moment, fired)) {
      climb(moment, fired, offerId, forAll, { candidates, refused });
    }
  }
  return { candidates, refused };
}

function offersOf({ follows }: Moment, fired: Fired): readonly string[] {
  return follows === undefined ? fired.trigger.offers : [follows.offerId];
}

/** Tries an offer, then what stands in for it. A ladder that leads back to itself ends there. */
function climb(
  moment: Moment,
  fired: Fired,
  firstId: string,
  forAll: Refusal | undefined,
  into: { readonly candidates: Candidate[]; readonly refused: RefusedOffer[] },
): void {
  const { offers } = moment.rules.playbook;
  const tried = new Set<string>();
  let offer = offers.get(firstId);
  let prepares: Offer | undefined;
  while (offer !== undefined && !tried.has(offer.id)) {
    tried.add(offer.id);
    const result: Candidate | Refusal = forAll ?? tryOffer(moment, fired, offer, prepares);
    if (!('reason' in result)) {
      into.candidates.push(result);
      return;
    }
    into.refused.push({ offerId: offer.id, triggerId: fired.trigger.id, refusal: result });
    const nextId = nextRung(moment, offer, result);
    prepares = offer.sells.kind === 'education' ? prepares : offer;
    offer = nextId === undefined ? undefined : offers.get(nextId);
  }
}

/** An e-mail follows its own prompt; it has no ladder. */
function nextRung({ follows }: Moment, offer: Offer, refusal: Refusal): string | undefined {
  if (follows !== undefined) {
    return undefined;
  }
  switch (refusal.reason) {
    case 'dismissal_gate':
      return offer.education;
    case 'dismissed':
      return refusal.of === 'offer' ? offer.softer : undefined;
    default:
      return undefined;
  }
}

/** What stands against any offer now. Doubt keeps silent. */
function momentRefusal(moment: Moment): Refusal | undefined {
  const { account, follows, nowMs, to } = moment;
  const { playbook, controls } = moment.rules;
  const { guardrails } = playbook;
  if (to === undefined) {
    return { reason: 'nobody_to_ask' };
  }
  const { member, userId } = to;
  if (moment.over !== undefined) {
    return { reason: 'moment_over', detail: moment.over };
  }
  const { touches } = account;
  const mine = touches.filter((touch) => touch.userId === userId);
  const others = touches.filter((touch) => touch.decisionId !== follows?.decisionId);
  const followsId = follows?.decisionId;
  return (
    testUserRefusal(userId, member, guardrails) ??
    (controls.paused === undefined
      ? undefined
      : { reason: 'paused' as const, why: controls.paused }) ??
    valueMomentRefusal(account, playbook, nowMs) ??
    signupRefusal([account.signedUpMs, member?.signedUpMs], guardrails.afterSignupMs, nowMs) ??
    contextRefusal(account.context, guardrails, nowMs) ??
    errorsRefusal(member, playbook, nowMs) ??
    openPromptRefusal(others, guardrails.openMs, nowMs) ??
    pacingRefusal({ per: 'user', touches: mine, followsId }, guardrails, nowMs) ??
    pacingRefusal({ per: 'account', touches, followsId }, guardrails, nowMs)
  );
}

/** The offer with its words, or why it cannot be made to this person of this account. */
function tryOffer(
  moment: Moment,
  fired: Fired,
  offer: Offer,
  prepares: Offer | undefined,
): Candidate | Refusal {
  const { account, nowMs, rules } = moment;
  const userId = moment.to?.userId ?? '';
  const { playbook } = rules;
  const channel = channelOf(moment, offer);
  const refusal =
    switchedOff(moment, offer) ??
    notApplicable(offer, moment.plan.plan, playbook) ??
    (moment.follows === undefined
      ? (offerRefusal(offer, account, userId, fired.trigger.reopens, playbook, nowMs) ??
        sequencingRefusal(offer, account, playbook, nowMs))
      : dismissedElsewhere(moment, offer, moment.follows)) ??
    addressRefusal(moment, channel);
  if (refusal !== undefined) {
    return refusal;
  }
  if (moment.to?.as === 'asker' && (offer.askAdmin === undefined || channel === 'sendgrid')) {
    return { reason: 'no_buyer' };
  }
  const words = wordsFor(moment, fired, offer, channel);
  if (words.kind === 'incomplete') {
    return { reason: 'copy_incomplete', missing: words.missing };
  }
  return {
    offer,
    channel,
    prepares,
    triggerId: fired.trigger.id,
    signalKind: fired.trigger.signalKind,
    strength: fired.report.strength,
    isUnderLimitPressure: fired.isUnderLimitPressure,
    hasUsageHalved: hasUsageHalved(account, playbook, nowMs),
    words: words.words,
  };
}

/**
 * What the person just dismissed is what the e-mail follows: that was judged when the e-mail was put on its way. A wish said
 * to another prompt of the offer or its family holds all the same.
 */
function dismissedElsewhere(
  { account, nowMs, rules, to }: Moment,
  offer: Offer,
  follows: Touch,
): Refusal | undefined {
  const others = account.touches.filter((touch) => touch.decisionId !== follows.decisionId);
  return dismissedRefusal(offer, others, to?.userId ?? '', rules.playbook, nowMs);
}

/** In-app first. An e-mail alone is for who has an address; the others see it in the product. */
function channelOf({ follows, to }: Moment, offer: Offer): Channel {
  if (follows !== undefined) {
    return 'sendgrid';
  }
  const isMailed = offer.delivery === 'email_alone' && to?.as !== 'asker' && hasAddress(to?.member);
  return isMailed ? 'sendgrid' : 'intercom';
}

function hasAddress(member: ActiveMember | undefined): boolean {
  const email = member?.traits.get('email')?.value;
  return typeof email === 'string' && email.includes('@');
}

function switchedOff({ rules }: Moment, offer: Offer): Refusal | undefined {
  const { controls } = rules;
  const why = controls.stopped.get(offer.id);
  if (why !== undefined) {
    return { reason: 'offer_stopped', why };
  }
  return offer.budget !== undefined && controls.spent.has(offer.id)
    ? { reason: 'budget_spent', ...offer.budget }
    : undefined;
}

function notApplicable(
  { sells }: Offer,
  inForce: Moment['plan']['plan'],
  playbook: Playbook,
): Refusal | undefined {
  if (sells.kind !== 'plan' || inForce === undefined) {
    return undefined;
  }
  const target = playbook.plans.get(sells.plan);
  if (target === undefined || target.monthlyPriceCents > inForce.monthlyPriceCents) {
    return undefined;
  }
  const detail = `the account is on plan ${inForce.id} already, and ${target.id} is no step up from it`;
  return { reason: 'not_applicable', detail };
}

function addressRefusal({ to }: Moment, channel: Channel): Refusal | undefined {
  return channel === 'sendgrid' && !hasAddress(to?.member) ? { reason: 'no_address' } : undefined;
}

function wordsFor(moment: Moment, fired: Fired, offer: Offer, channel: Channel): Words {
  const { account, accountId, cause, nowMs, plan, to } = moment;
  const { playbook } = moment.rules;
  const inApp = to?.as === 'asker' ? offer.askAdmin : offer.copy;
  const copy = channel === 'sendgrid' ? offer.email : inApp;
  if (copy === undefined) {
    return { kind: 'incomplete', missing: ['email'] };
  }
  const eventMs = moment.follows?.moment?.eventMs ?? cause.timeMs;
  const when = whenInWords(eventMs, nowMs, zoneOf(to?.member, playbook.guardrails.quietHours));
  const values = copyValues(
    fired.report,
    offer,
    plan,
    accountId,
    account.traits,
    to?.member,
    playbook,
    when,
  );
  return wordsOf(copy, { ...values, ...actorValues(moment) });
}

/** Who acted, where the words are for somebody else. */
function actorValues({ actor, actorId, to }: Moment): Readonly<Record<string, unknown>> {
  return to?.as === 'buyer' ? { actor: { ...traitValues(actor?.traits), id: actorId } } : {};
}
