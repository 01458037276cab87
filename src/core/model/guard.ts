/*
 * Stopping offers that do harm (dm1 section 11): a bet against "the bad event happens at most as often as allowed". Its
 * value may be looked at after every prompt: by Ville's inequality a harmless offer ever reaches 20 with chance 1/20 at
 * most. It depends only on the two counts, never on their order.
 */

/** What is counted against an offer, how often it may happen, and against which excesses is bet. */
export interface HarmMeasure {
  readonly allowedRate: number;
  /** Multiples of the allowed rate, each above 1 and with a product below 1. */
  readonly multipliers: readonly number[];
}

export const harmMeasures = {
  dismissed: { allowedRate: 0.6, multipliers: [1.15, 1.3, 1.5] },
  optedOut: { allowedRate: 0.005, multipliers: [2, 4, 8] },
  ticket: { allowedRate: 0.003, multipliers: [2, 4, 8] },
} as const satisfies Readonly<Record<string, HarmMeasure>>;

/** Below so many prompts nothing is stopped. */
export const leastPromptsToStop = 10;
/** The logarithm of 20. */
export const stopLogEvidence = Math.log(20);

/** `ln E` after `prompts` prompts with `harmed` bad events, at most as many. */
export function logEvidence(prompts: number, harmed: number, measure: HarmMeasure): number {
  const { allowedRate, multipliers } = measure;
  const logs = multipliers.map((multiple) => {
    const spared = (prompts - harmed) * Math.log((1 - multiple * allowedRate) / (1 - allowedRate));
    return harmed * Math.log(multiple) + spared;
  });
  const greatest = Math.max(...logs);
  const sum = logs.reduce((total, log) => total + Math.exp(log - greatest), 0);
  return greatest + Math.log(sum / logs.length);
}

/** Whether the offer is to be masked at once. Once true for so many bad events, true for more of them. */
export function mustStop(prompts: number, harmed: number, measure: HarmMeasure): boolean {
  return prompts >= leastPromptsToStop && logEvidence(prompts, harmed, measure) >= stopLogEvidence;
}
