import { dayMs } from '../duration.ts';

/** One prompt in the memory of an account or a person: what caps, cooldowns and fatigue look at. */
export interface Touch {
  readonly decisionId: string;
  readonly offerId: string;
  readonly userId: string;
  /** When it was decided, epoch ms. */
  readonly timeMs: number;
  /** `asked`: on its way; `sent`: the channel took it, or may have. Both count against every cap. */
  readonly state: 'asked' | 'sent';
}

/** The newest touches kept; the playbook cannot ask for a cap above 60, so nothing that counts is ever lost. */
export const touchesMax = 64;

/** Older touches weigh less than 2 % (half-life 21 days) and lie outside every cap window. */
export const touchRetentionMs = 120 * dayMs;

/** Adds a touch, or replaces the one of the same decision. Oldest first. */
export function withTouch(touches: readonly Touch[], touch: Touch): readonly Touch[] {
  const kept = touches.filter(
    (held) => held.decisionId !== touch.decisionId && touch.timeMs - held.timeMs < touchRetentionMs,
  );
  return [...kept, touch]
    .toSorted(
      (left, right) => left.timeMs - right.timeMs || compare(left.decisionId, right.decisionId),
    )
    .slice(-touchesMax);
}

/** Gives the slot back: the prompt surely never reached anybody. */
export function withoutTouch(touches: readonly Touch[], decisionId: string): readonly Touch[] {
  return touches.filter((held) => held.decisionId !== decisionId);
}

/** Notes that the channel took it. Nothing changes when the touch is gone. */
export function withTouchSent(touches: readonly Touch[], decisionId: string): readonly Touch[] {
  return touches.map((held) =>
    held.decisionId === decisionId ? { ...held, state: 'sent' } : held,
  );
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
