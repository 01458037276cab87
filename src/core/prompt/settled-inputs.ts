import { dayOf } from '../duration.ts';
import type { Input, PromptOutcome } from '../input.ts';
import type { Prompt } from './prompt.ts';

/** What account and person are told. The ids and the dedupe day are the same however often it is told. */
export function settledInputs(
  prompt: Prompt,
  outcome: PromptOutcome,
  nowMs: number,
): readonly Input[] {
  const { decisionId, userId, accountId } = prompt;
  return (['account', 'person'] as const).map((to) => ({
    kind: 'prompt_settled',
    id: `${decisionId}.settled.${to}`,
    dedupeDay: dayOf(prompt.decidedMs),
    receivedMs: nowMs,
    to,
    decisionId,
    userId,
    accountId,
    outcome,
  }));
}
