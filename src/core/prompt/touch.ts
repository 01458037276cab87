import { dayMs } from '../duration.ts';
import type { Evidence } from '../trigger/evidence.ts';
import { type LifeState, mayBecome } from './life.ts';
import type { Channel } from './prompt.ts';

/** For how long a person wants none: this time, until the limit's next period, or never again. */
export type DismissedUntil = 'cooldown' | 'next_period' | 'never';

/** What made a prompt, kept while an e-mail may follow it: the e-mail names the moment. */
export interface PromptMoment {
  readonly triggerId: string;
  readonly because: string;
  readonly evidence: Evidence;
  /** When the person did it, epoch ms. */
  readonly eventMs: number;
}

/** One prompt in the memory of an account or a person: what caps, cooldowns, the dismissal gate and fatigue look at. */
export interface Touch {
  readonly decisionId: string;
  readonly offerId: string;
  /** `upgrade`, `crosssell:<product>`, `education:<topic>`. */
  readonly family: string;
  readonly userId: string;
  readonly channel: Channel;
  /** When it was decided, epoch ms. */
  readonly timeMs: number;
  readonly state: LifeState;
  /** When each later state was entered, epoch ms of the reaction. */
  readonly at: Readonly<Partial<Record<LifeState, number>>>;
  /** How `seen` is known: told by the channel, or presumed because the person went on using the product. */
  readonly seenBy: 'receipt' | 'activity' | undefined;
  readonly dismissedUntil: DismissedUntil | undefined;
  /** Complaints about it: a ticket within a day of it, or a spam report. */
  readonly hasComplaint: boolean;
  /** The in-app prompt that this e-mail follows. */
  readonly followsId: string | undefined;
  /** Only while an e-mail may follow. */
  readonly moment: PromptMoment | undefined;
}

/** The newest touches kept; the playbook cannot ask for a cap above 60, so nothing that counts is ever lost. */
const touchesMax = 64;

/** Older touches weigh less than 2 % (half-life 21 days) and lie outside every cap window. */
const touchRetentionMs = 120 * dayMs;

/** A touch at its beginning. */
export function newTouch(
  what: Pick<
    Touch,
    'decisionId' | 'offerId' | 'family' | 'userId' | 'channel' | 'timeMs' | 'followsId' | 'moment'
  >,
): Touch {
  return {
    ...what,
    state: 'queued',
    at: {},
    seenBy: undefined,
    dismissedUntil: undefined,
    hasComplaint: false,
  };
}

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

/** Changes one touch; the same array when it is not there or nothing changed. */
export function changeTouch(
  touches: readonly Touch[],
  decisionId: string,
  change: (touch: Touch) => Touch,
): readonly Touch[] {
  const at = touches.findIndex((held) => held.decisionId === decisionId);
  const held = touches[at];
  if (held === undefined) {
    return touches;
  }
  const changed = change(held);
  return changed === held ? touches : touches.with(at, changed);
}

/** The touch one state further, where the table of lives allows it; else as it was. The first time of a state stays. */
export function enter(touch: Touch, state: LifeState, timeMs: number): Touch {
  if (!mayBecome(touch.state, state)) {
    return touch;
  }
  return { ...touch, state, at: { [state]: timeMs, ...touch.at } };
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
