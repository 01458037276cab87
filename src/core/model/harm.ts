import { harmMeasures, type HarmMeasure, mustStop } from './guard.ts';
import type { AskingCounts, PromptLook } from './rates.ts';

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
