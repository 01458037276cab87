import { isOut, isWaiting } from '../prompt/life.ts';
import type { FrequencyCap, Guardrails, Subject } from '../playbook.ts';
import type { Touch } from '../prompt/touch.ts';
import type { Refusal } from './refusal.ts';

/** What the pacing guardrails look at: all prompts of one account, or all prompts of one person. */
export interface Pacing {
  readonly per: Subject;
  /** The prompts that count for this subject. */
  readonly touches: readonly Touch[];
  /** The in-app prompt that an e-mail follows: the same conversation, so the cooldown does not part them. Caps count both. */
  readonly followsId?: string | undefined;
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
  const counting = pacing.touches.filter(counts);
  return (
    cooldownRefusal(
      pacing.per,
      counting.filter((touch) => touch.decisionId !== pacing.followsId),
      guardrails.cooldownMs[pacing.per],
      nowMs,
    ) ?? capRefusal(pacing.per, counting, guardrails.caps, nowMs)
  );
}

/** A prompt on its way, or out. What surely reached nobody is as if it had not been. */
function counts(touch: Touch): boolean {
  return isWaiting(touch.state) || isOut(touch.state);
}

function cooldownRefusal(
  per: Subject,
  touches: readonly Touch[],
  cooldownMs: number,
  nowMs: number,
): Refusal | undefined {
  const newestMs = Math.max(...touches.map((touch) => touch.timeMs));
  const untilMs = newestMs + cooldownMs;
  return nowMs < untilMs ? { reason: 'cooldown', per, untilMs } : undefined;
}

function capRefusal(
  per: Subject,
  touches: readonly Touch[],
  caps: readonly FrequencyCap[],
  nowMs: number,
): Refusal | undefined {
  for (const cap of caps) {
    if (cap.per !== per) {
      continue;
    }
    const within = touches
      .map((touch) => touch.timeMs)
      .filter((timeMs) => timeMs > nowMs - cap.withinMs)
      .toSorted((left, right) => right - left);
    const limiting = within[cap.max - 1];
    if (limiting !== undefined) {
      const { max, withinMs } = cap;
      return { reason: 'frequency_cap', per, max, withinMs, untilMs: limiting + withinMs };
    }
  }
  return undefined;
}

/**
 * The account's open prompt, if any: one at a time. Open is what waits, and what went out and has got no answer yet, for
 * `openMs` after its decision.
 */
export function openPromptRefusal(
  touches: readonly Touch[],
  openMs: number,
  nowMs: number,
): Refusal | undefined {
  const open = touches.findLast(
    (touch) =>
      nowMs < touch.timeMs + openMs &&
      (isWaiting(touch.state) || ['sent', 'unknown', 'seen'].includes(touch.state)),
  );
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
