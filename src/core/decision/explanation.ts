import type { Circumstance } from '../account/context.ts';
import { inWords } from '../duration.ts';
import { utc } from '../utc.ts';
import type { Refusal } from '../guardrail/refusal.ts';
import type { CandidateArithmetic, LearningRecord, RefusedOffer } from './record.ts';

/** One sentence for people, made from the numbers of the decision only. */
export function explanationOf(
  candidates: readonly CandidateArithmetic[],
  chosen: CandidateArithmetic | undefined,
  refused: readonly RefusedOffer[],
  learning?: LearningRecord,
): string {
  const evidence = evidenceOf(learning);
  if (chosen !== undefined) {
    return `Asked for ${chosen.offerId}: ${sumsOf(chosen)}.${evidence}`;
  }
  const [best] = candidates;
  if (best !== undefined && learning?.silence === 'holdout') {
    return `Left alone to compare with (holdout), though ${best.offerId} could have been offered: ${sumsOf(best)}.${evidence}`;
  }
  if (best !== undefined && learning?.silence === 'chance') {
    return `Silent on purpose (learning), though ${best.offerId} could have been offered: ${sumsOf(best)}.${evidence}`;
  }
  if (best !== undefined) {
    return `Silence was worth more than ${best.offerId}: ${sumsOf(best)}.`;
  }
  const [first] = refused;
  return first === undefined
    ? 'Nothing to offer: the triggers that fired raise no offer.'
    : `Said nothing about ${first.offerId}: ${refusalInWords(first.refusal)}.`;
}

/** How much of the numbers was seen; nothing where nothing learns. */
function evidenceOf(learning: LearningRecord | undefined): string {
  if (learning === undefined) {
    return '';
  }
  const arm =
    learning.arms.find(({ key }) => key === learning.picked) ??
    learning.arms.toSorted((left, right) => (right.meanEv ?? 0) - (left.meanEv ?? 0))[0];
  const seen = (arm?.n1 ?? 0) + (arm?.n0 ?? 0);
  return seen === 0
    ? ' No comparable episode was seen yet; the chances are those of the playbook.'
    : ` Based on ${seen} comparable episode${seen === 1 ? '' : 's'}.`;
}

function sumsOf(one: CandidateArithmetic): string {
  const lost = (1 - one.fatigueFactor) * 100;
  const fatigue = lost < 0.5 ? '' : `; recent prompts reduce the gain by ${lost.toFixed(0)} %`;
  return (
    `${percent(one.promptProbability)} buy if asked against ${percent(one.holdProbability)} if not${fatigue}; ` +
    `a sale is worth ${one.saleValue.toFixed(2)} plus ${one.churnAvoided.toFixed(2)} of churn avoided; ` +
    `asking costs ${one.askingCost.toFixed(2)}; so ${one.expectedValue >= 0 ? '+' : ''}${one.expectedValue.toFixed(2)}`
  );
}

function percent(probability: number): string {
  return `${(probability * 100).toFixed(1)} %`;
}

/** A refusal as a clause, lower case, without a full stop. Times are UTC. */
export function refusalInWords(refusal: Refusal): string {
  switch (refusal.reason) {
    case 'test_user':
      return 'the person is one of your own';
    case 'paused':
      return `the hub is paused (${refusal.why})`;
    case 'offer_stopped':
      return `the offer is stopped (${refusal.why})`;
    case 'budget_spent':
      return `the offer was made ${refusal.max} times within ${inWords(refusal.withinMs)}, all that its budget allows`;
    case 'support_ticket':
      return refusal.untilMs === undefined
        ? `a support ticket with priority is open since ${utc(refusal.openedMs)}`
        : `a support ticket was opened at ${utc(refusal.openedMs)}, and nothing is offered until ${utc(refusal.untilMs)}`;
    case 'circumstance':
      return circumstanceInWords(refusal.circumstance);
    case 'meeting_errors':
      return `the person met ${refusal.count} errors within ${inWords(refusal.withinMs)}`;
    case 'dismissed':
      return refusal.untilMs === undefined
        ? 'the person dismissed the offer for good'
        : `the person dismissed ${refusal.of === 'offer' ? 'the offer' : 'an offer of its kind'}, which rests until ${utc(refusal.untilMs)}`;
    case 'bought_lately':
      return `${refusal.family === 'upgrade' ? 'an upgrade' : 'it'} was bought, and none is offered again until ${utc(refusal.untilMs)}`;
    case 'dismissal_gate':
      return `prices were dismissed ${refusal.count} times by the ${refusal.per}, so education comes first`;
    case 'taught_lately':
      return `the same was taught lately, and not again until ${utc(refusal.untilMs)}`;
    case 'sequencing':
      return sequencingInWords[refusal.why];
    case 'moment_over':
      return `its reason no longer holds: ${refusal.detail}`;
    case 'no_address':
      return 'no e-mail address of the person is known';
    case 'promise_broken':
      return `it would break a promise (${refusal.promise}), which is a fault of the hub`;
    case 'nobody_to_ask':
      return 'the event names no user who could be asked';
    case 'no_buyer':
      return 'the user who acted cannot buy, no buyer of the account is known, and the offer has no askAdmin words';
    case 'value_moment_not_reached':
      return `the account has not reached its value moment (${refusal.signal} ${refusal.count} of ${refusal.atLeast})`;
    case 'just_signed_up':
      return `it signed up ${inWords(refusal.sinceMs)} ago, and nothing is offered in the first ${inWords(refusal.quietMs)}`;
    case 'prompt_open':
      return `another prompt is open (${refusal.decisionId})`;
    case 'cooldown':
      return `the ${refusal.per} was prompted lately and is left alone until ${utc(refusal.untilMs)}`;
    case 'frequency_cap':
      return `the ${refusal.per} has had ${refusal.max} prompt${refusal.max === 1 ? '' : 's'} within ${inWords(refusal.withinMs)}, the most allowed, until ${utc(refusal.untilMs)}`;
    case 'window_open':
      return `what came of the last moment of its kind is waited for until ${utc(refusal.untilMs)}`;
    case 'not_applicable':
      return refusal.detail;
    case 'copy_incomplete':
      return `the copy lacks ${refusal.missing.join(', ')}`;
    case 'erased':
      return 'the person asked to be forgotten';
    default:
      return refusal satisfies never;
  }
}

const sequencingInWords = {
  upgrade_first: 'a bigger plan is the greater need, and an add-on waits for it',
  upgraded_lately: 'the account upgraded lately, and an add-on waits until that has settled',
  limit_pressure: 'a limit is nearly used up, and an add-on waits for that',
  usage_unsteady: 'usage has not become steady since the upgrade, and an add-on waits for that',
} as const;

function circumstanceInWords(circumstance: Circumstance): string {
  switch (circumstance) {
    case 'opted_out':
      return 'the person wants no offers';
    case 'payment_failed':
      return 'a payment of the account failed';
    case 'cancelling':
      return 'a cancellation of the account is under way';
    case 'incident':
      return 'an incident of the product is going on';
    case 'no_email':
      return 'the person gets no e-mail (opted out, or the address is dead)';
    default:
      return circumstance satisfies never;
  }
}
