import type { Prompt } from '../../src/core/prompt/prompt.ts';

/** Remembers this many prompts; about 1 MB. One that is dropped is only waited for once more. */
const rememberedMax = 10_000;

/**
 * Between two looks of one process that are closer than this, no other process has asked: a delivery job waits five
 * seconds before each look, so a request of somebody else in between takes ten (src/jobs/delivery.ts). Should that wait
 * ever grow, absences are no longer believed, which is the safe side.
 */
const unbrokenMs = 9000;

/**
 * Since when prompts have been missing in the Email Logs. A prompt is asked for before it is first missed, and never
 * after it has expired, so an absence is believed `settleMs` after the earlier of the two. Remembers in this process
 * only: after a restart, or when other workers looked meanwhile and may have asked, it waits anew.
 */
export function createAbsences(settleMs: number) {
  const missed = new Map<string, { readonly firstMs: number; readonly lastMs: number }>();
  return {
    /** It was just missing again: has it been for long enough? */
    isCredible(prompt: Prompt, nowMs: number): boolean {
      const { decisionId } = prompt;
      const before = missed.get(decisionId);
      const isUnbroken = before !== undefined && nowMs - before.lastMs <= unbrokenMs;
      const firstMs = isUnbroken ? before.firstMs : nowMs;
      missed.delete(decisionId);
      missed.set(decisionId, { firstMs, lastMs: nowMs });
      const oldest = missed.size > rememberedMax ? missed.keys().next().value : undefined;
      if (oldest !== undefined) {
        missed.delete(oldest);
      }
      return nowMs >= Math.min(firstMs, prompt.expiresMs) + settleMs;
    },
    /** It is asked for now: what was missed before tells nothing any more. */
    forget(decisionId: string): void {
      missed.delete(decisionId);
    },
  };
}
