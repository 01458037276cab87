import type { AskingCounts, AskingRates } from '../model/rates.ts';
import { askingRatesOf, type PromptLook } from '../model/rates.ts';
import { type Learned, priorOf } from '../model/learned.ts';
import { meanOf, type Posterior } from '../model/pooling.ts';
import type { AccountSize } from '../model/size.ts';
import type { Belief, Cell } from '../model/snapshot.ts';
import type { Offer, Playbook } from '../playbook.ts';
import type { Channel } from '../prompt/prompt.ts';
import type { SignalKind } from './record.ts';

/** An offer on a channel, raised by a kind of signal: all that a belief depends on. */
export interface Asked {
  readonly offer: Offer;
  readonly channel: Channel;
  readonly signalKind: SignalKind;
}

/** What is believed of the chances, asked and not asked, and from how much. */
export interface Beliefs {
  readonly prompt: Belief;
  readonly hold: Belief;
  /** Arms with the same key share the chance without asking. */
  readonly holdKey: string;
}

/** What was counted of a lesson whose use no signal shows: its chances are the playbook's and do not move. */
const noEvidence = { n: 0, y: 0, evidence: { n: 0, y: 0 } };

/** The beliefs about one offer in accounts of a size. With nothing counted their means are the playbook's chances. */
export function beliefsOf(
  one: Asked,
  learned: Learned,
  playbook: Playbook,
  size: AccountSize | undefined,
): Beliefs {
  const { offer, signalKind } = one;
  const hold = holdCellOf(one, size);
  const { kappaCell } = playbook.learning;
  if (!isMeasured(offer)) {
    const priors = offer.priors ?? playbook.economics.education;
    return {
      prompt: { ...betaOf(priors.prompt, kappaCell), ...noEvidence },
      hold: { ...betaOf(priors.hold, kappaCell), ...noEvidence },
      holdKey: `${offer.family}|${signalKind}|${offer.id}`,
    };
  }
  const held = learned.snapshot.belief(hold);
  const prompt = learned.snapshot.belief(promptCellOf(one, size));
  const configured = priorOf(playbook)(hold);
  if (offer.priors === undefined || offer.priors.hold === configured) {
    return { prompt, hold: held, holdKey: `${offer.family}|${signalKind}` };
  }
  // Holds are counted for the family. An offer with a chance of its own takes the ratio that was learned over to it.
  const mean = Math.min(0.9, (meanOf(held) / configured) * offer.priors.hold);
  return {
    prompt,
    hold: { ...held, ...betaOf(mean, held.alpha + held.beta) },
    holdKey: `${offer.family}|${signalKind}|${offer.id}`,
  };
}

/** What asking led to so far, as chances. */
export function learnedRates(one: Asked, learned: Learned): AskingRates {
  const counts = learned.asking.get(`${one.offer.id}|${one.channel}`) ?? noPrompts;
  return askingRatesOf(lookOf(one.offer, one.channel), counts);
}

/** How a prompt appears: what it costs depends on it. */
export function lookOf(offer: Pick<Offer, 'form'>, channel: Channel): PromptLook {
  if (channel === 'sendgrid') {
    return 'email';
  }
  return offer.form === 'banner' ? 'banner' : 'modal';
}

/** Where a prompt is counted. */
export function promptCellOf(
  { offer, channel, signalKind }: Asked,
  size: AccountSize | undefined,
): Cell {
  return { arm: 'prompt', offer: offer.id, signal: signalKind, channel, size };
}

/** Where it is counted that nobody was asked. */
export function holdCellOf({ offer, signalKind }: Asked, size: AccountSize | undefined): Cell {
  return { arm: 'hold', family: offer.family, signal: signalKind, size };
}

/** Whether something tells what came of it: a purchase, or the use of what it teaches. Of other lessons nothing is learned. */
export function isMeasured({ sells }: Offer): boolean {
  return sells.kind !== 'education' || sells.adoptedBy !== undefined;
}

const noPrompts: AskingCounts = { prompts: 0, dismissed: 0, optedOut: 0, tickets: 0 };

function betaOf(mean: number, weight: number): Posterior {
  return { alpha: weight * mean, beta: weight * (1 - mean) };
}
