import type { FrequencyCap, Guardrails, Subject } from '../playbook.ts';
import type { Touch } from '../prompt/touch.ts';
import type { Refusal } from './refusal.ts';

/** What the pacing guardrails look at: all prompts of one account, or all prompts of one person. */
export interface Pacing {
  readonly per: Subject;
  /** The prompts that count for this subject. */
  readonly touches: readonly Touch[];
}

/**
 * Why this subject may get no prompt at `nowMs`: cooldown first, then the caps. Undefined: it may. A touch in the future
 * (a clock that went back) counts as now, so that doubt keeps silent.
 */
export function pacingRefusal(
  pacing: Pacing,
  guardrails: Guardrails,
  nowMs: number,
): Refusal | undefined {
  return (
    cooldownRefusal(pacing, guardrails.cooldownMs[pacing.per], nowMs) ??
    capRefusal(pacing, guardrails.caps, nowMs)
  );
}

function cooldownRefusal(pacing: Pacing, cooldownMs: number, nowMs: number): Refusal | undefined {
  const newestMs = Math.max(...pacing.touches.map((touch) => touch.timeMs));
  const untilMs = newestMs + cooldownMs;
  return nowMs < untilMs ? { reason: 'cooldown', per: pacing.per, untilMs } : undefined;
}

function capRefusal(
  pacing: Pacing,
  caps: readonly FrequencyCap[],
  nowMs: number,
): Refusal | undefined {
  for (const cap of caps) {
    if (cap.per !== pacing.per) {
      continue;
    }
    const within = pacing.touches
      .map((touch) => touch.timeMs)
      .filter((timeMs) => timeMs > nowMs - cap.withinMs)
      .toSorted((left, right) => right - left);
    const limiting = within[cap.max - 1];
    if (limiting !== undefined) {
      const { max, withinMs } = cap;
      return {
        reason: 'frequency_cap',
        per: pacing.per,
        max,
        withinMs,
        untilMs: limiting + withinMs,
      };
    }
  }
  return undefined;
}

/** The account's open prompt, if any: one at a time. */
export function openPromptRefusal(
  touches: readonly Touch[],
  openMs: number,
  nowMs: number,
): Refusal | undefined {
  const open = touches.findLast((touch) => nowMs < touch.timeMs + openMs);
  return open === undefined ? undefined : { reason: 'prompt_open', decisionId: open.decisionId };
}

/** Too soon after a sign-up of the user or of the account. */
export function signupRefusal(
  signedUpMs: readonly (number | undefined)[],
  quietMs: number,
  nowMs: number,
): Refusal | undefined {
  const newest = signedUpMs.reduce<number | undefined>(
    (max, at) => (at !== undefined && (max === undefined || at > max) ? at : max),
    undefined,
  );
  if (newest === undefined || nowMs - newest >= quietMs) {
    return undefined;
  }
  return { reason: 'just_signed_up', sinceMs: Math.max(0, nowMs - newest), quietMs };
}
