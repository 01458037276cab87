import { lasts } from '../account/context.ts';
import { contextRefusal } from '../guardrail/context-refusal.ts';
import { gateRefusal } from '../guardrail/offer-refusal.ts';
import { pacingRefusal } from '../guardrail/refusal-of.ts';
import type { Refusal } from '../guardrail/refusal.ts';
import type { Playbook } from '../playbook.ts';
import { isEducation } from '../prompt/family.ts';
import type { Prompt } from '../prompt/prompt.ts';
import type { PersonState } from './state.ts';

/**
 * Why a prompt that an account decided may not go to this person after all: an opt-out or a ticket told elsewhere, a dead
 * address, caps and cooldown over all accounts, prices dismissed in other accounts.
 */
export function personRefusal(
  person: PersonState,
  prompt: Prompt,
  playbook: Playbook,
  nowMs: number,
): Refusal | undefined {
  const { guardrails } = playbook;
  const others = person.touches.filter((touch) => touch.decisionId !== prompt.decisionId);
  return (
    contextRefusal(person.context, guardrails, nowMs) ??
    (prompt.channel === 'sendgrid' && lasts(person.context, 'no_email')
      ? { reason: 'circumstance' as const, circumstance: 'no_email' as const }
      : undefined) ??
    pacingRefusal(
      { per: 'user', touches: others, followsId: prompt.followsId },
      guardrails,
      nowMs,
    ) ??
    (isEducation(prompt.family) || prompt.followsId !== undefined
      ? undefined
      : gateRefusal(others, prompt.userId, prompt.reopens, playbook, nowMs))
  );
}
