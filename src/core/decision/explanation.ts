import { inWords } from '../duration.ts';
import { utc } from '../utc.ts';
import type { Refusal } from '../guardrail/refusal.ts';
import type { CandidateArithmetic, RefusedOffer } from './record.ts';

/** One sentence for people, made from the numbers of the decision only. */
export function explanationOf(
  candidates: readonly CandidateArithmetic[],
  chosen: CandidateArithmetic | undefined,
  refused: readonly RefusedOffer[],
): string {
  if (chosen !== undefined) {
    return `Asked for ${chosen.offerId}: ${sumsOf(chosen)}.`;
  }
  const [best] = candidates;
  if (best !== undefined) {
    return `Silence was worth more than ${best.offerId}: ${sumsOf(best)}.`;
  }
  const [first] = refused;
  return first === undefined
    ? 'Nothing to offer: the triggers that fired raise no offer.'
    : `Said nothing about ${first.offerId}: ${refusalInWords(first.refusal)}.`;
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
