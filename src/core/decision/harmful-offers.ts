import { harmOf } from '../model/harm.ts';
import type { AskingCounts } from '../model/rates.ts';
import type { LearningFact } from '../model/step.ts';
import { worseThanSilence } from '../model/weighed-episodes.ts';
import type { Playbook } from '../playbook.ts';
import { lookOf } from './beliefs.ts';

/** An offer that does harm, with the proof in one clause. */
export interface HarmfulOffer {
  readonly offerId: string;
  readonly why: string;
}

/** What came of the prompts of one offer on one channel. */
export interface OfferOutcomes extends AskingCounts {
  readonly offer: string;
  readonly channel: string;
}

/** Offers whose prompts people dismiss, complain of or opt out at more than a harmless offer can explain (dm1 section 11). */
export function harmfulByReactions(
  outcomes: readonly OfferOutcomes[],
  { offers }: Playbook,
): readonly HarmfulOffer[] {
  return outcomes.flatMap((counts) => {
    const offer = offers.get(counts.offer);
    const why =
      offer === undefined
        ? undefined
        : harmOf(lookOf(offer, counts.channel === 'sendgrid' ? 'sendgrid' : 'intercom'), counts);
    return why === undefined ? [] : [{ offerId: counts.offer, why: `by ${counts.channel} ${why}` }];
  });
}

/** Offers that are proved to sell less than silence does, by the log as of `nowMs`. */
export function harmfulBySales(
  facts: readonly LearningFact[],
  { offers }: Playbook,
  nowMs: number,
): readonly HarmfulOffer[] {
  return [...worseThanSilence(facts, nowMs)].flatMap(([offerId, { difference }]) => {
    const what = { plan: 'buying', addon: 'buying', education: 'using what it teaches' };
    const kind = offers.get(offerId)?.sells.kind;
    const less = `${(-difference * 100).toFixed(1)} %`;
    return kind === undefined
      ? []
      : [{ offerId, why: `asking lowers the chance of ${what[kind]} by ${less}` }];
  });
}
