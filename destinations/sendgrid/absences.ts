import type { Prompt } from '../../src/core/prompt/prompt.ts';

/** Remembers this many prompts; about 1 MB. One that is dropped is only waited for once more. */
const rememberedMax = 10_000;

/**
 * Since when prompts have been missing in the Email Logs. A prompt is asked for before it is first missed, and never
 * after it has expired, so an absence is believed `settleMs` after the earlier of the two. Remembers in this process
 * only: a restart waits anew.
 */
export function createAbsences(settleMs: number) {
  const missedMs = new Map<string, number>();
  return {
    /** It was just missing again: has it been for long enough? */
    isCredible(prompt: Prompt, nowMs: number): boolean {
      const firstMs = missedMs.get(prompt.decisionId) ?? nowMs;
      missedMs.set(prompt.decisionId, firstMs);
      const oldest = missedMs.size > rememberedMax ? missedMs.keys().next().value : undefined;
      if (oldest !== undefined) {
        missedMs.delete(oldest);
      }
      return nowMs >= Math.min(firstMs, prompt.expiresMs) + settleMs;
    },
    /** It is asked for now: what was missed before tells nothing any more. */
    forget(decisionId: string): void {
      missedMs.delete(decisionId);
    },
  };
}
