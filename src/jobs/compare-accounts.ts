import { compare, type Comparison, comparisonInWords } from '../core/model/comparison.ts';
import type { LearningFact } from '../core/model/step.ts';
import type { Playbook } from '../core/playbook.ts';
import type { LearningStore, OutcomeCounts } from '../store/learning.ts';

/** The lift report: what `motisig lift` prints and `/api/lift` answers. */
export interface LiftReport {
  /** Sentences for people. */
  readonly summary: readonly string[];
  readonly comparison: Comparison;
  /** What came of the prompts, by offer and channel, since the offer was last enabled. */
  readonly offers: readonly OutcomeCounts[];
}

/** Reads what is known and compares. Throws `store_unreachable` when Redis does not answer. */
export async function compareAccounts(
  store: Pick<LearningStore, 'enrolled' | 'facts' | 'outcomes'>,
  playbook: Playbook,
  nowMs: number,
): Promise<LiftReport> {
  const facts: LearningFact[] = [];
  for await (const fact of store.facts()) {
    facts.push(fact);
  }
  const [enrolled, offers] = await Promise.all([store.enrolled(), store.outcomes()]);
  const prompts = offers.reduce((sum, one) => sum + one.prompts, 0);
  const comparison = compare({ enrolled, facts, prompts }, playbook, nowMs);
  const isFixed = playbook.learning.mode === 'fixed';
  return {
    summary: isFixed
      ? ['learning.mode is fixed: nobody is left alone, so no lift can be measured.']
      : comparisonInWords(comparison),
    comparison,
    offers,
  };
}
