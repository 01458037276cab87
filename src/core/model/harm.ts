import type { AskingCounts, PromptLook } from './rates.ts';

/*
 * The harm guard (dm1 section 11): stops offers that do harm. It is a bet against "the bad event happens at most as often
 * as allowed". Its value may be looked at after every prompt: by Ville's inequality a harmless offer ever reaches 20 with
 * chance 1/20 at most. It depends only on the two counts, never on their order. What narrows the offers of one moment is
 * another thing: the guardrails (src/core/guardrail, src/core/decision/guard.ts).
 */

/** What is counted against an offer, how often it may happen, and against which excesses is bet. */
export interface HarmMeasure {
  readonly allowedRate: number;
  /** Multiples of the allowed rate, each above 1 and with a product below 1. */
  readonly multipliers: readonly number[];
}

/** What harm is counted, and how much of it is allowed (dm1 section 11). */
export const harmMeasures = {
  dismissed: { allowedRate: 0.6, multipliers: [1.15, 1.3, 1.5] },
  optedOut: { allowedRate: 0.005, multipliers: [2, 4, 8] },
  ticket: { allowedRate: 0.003, multipliers: [2, 4, 8] },
} as const satisfies Readonly<Record<string, HarmMeasure>>;

/** Below so many prompts nothing is stopped. */
export const leastPromptsToStop = 10;
/** The logarithm of 20. */
const stopLogEvidence = Math.log(20);

/** `ln E` after `prompts` prompts with `harmed` bad events, at most as many. */
export function logEvidence(prompts: number, harmed: number, measure: HarmMeasure): number {
  const { allowedRate, multipliers } = measure;
  const logs = multipliers.map((multiple) => {
    // log1p: for rare events the ratio is so near to 1 that its logarithm would lose most digits.
    const perSpared = Math.log1p(-multiple * allowedRate) - Math.log1p(-allowedRate);
    return harmed * Math.log(multiple) + (prompts - harmed) * perSpared;
  });
  const greatest = Math.max(...logs);
  const sum = logs.reduce((total, log) => total + Math.exp(log - greatest), 0);
  return greatest + Math.log(sum / logs.length);
}

/** Whether the offer is to be masked at once. Once true for so many bad events, true for more of them. */
export function mustStop(prompts: number, harmed: number, measure: HarmMeasure): boolean {
  return prompts >= leastPromptsToStop && logEvidence(prompts, harmed, measure) >= stopLogEvidence;
}

/** Why the prompts of an offer on a channel do harm (dm1 section 11), in one clause; undefined: nothing says that they do. */
export function harmOf(look: PromptLook, counts: AskingCounts): string | undefined {
  const { prompts } = counts;
  // A prompt may be complained of twice; it harmed once.
  const is = (harmed: number, measure: HarmMeasure): boolean =>
    mustStop(prompts, Math.min(harmed, prompts), measure);
  if (is(counts.optedOut, harmMeasures.optedOut)) {
    return harmInWords(counts.optedOut, prompts, 'opted out', harmMeasures.optedOut);
  }
  if (is(counts.tickets, harmMeasures.ticket)) {
    return harmInWords(counts.tickets, prompts, 'complained', harmMeasures.ticket);
  }
  // Only a modal stands in the way: what is said of others is said without a dismissal.
  return look === 'modal' && is(counts.dismissed, harmMeasures.dismissed)
    ? harmInWords(counts.dismissed, prompts, 'dismissed it', harmMeasures.dismissed)
    : undefined;
}

function harmInWords(harmed: number, prompts: number, what: string, measure: HarmMeasure): string {
  const allowed = `${+(measure.allowedRate * 100).toFixed(1)} %`;
  return `${harmed} of ${prompts} people ${what}, more than ${allowed} can explain`;
}
