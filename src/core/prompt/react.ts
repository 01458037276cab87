import type { FeedbackBody } from '../outcome/feedback.ts';
import { isOut } from './life.ts';
import type { Channel } from './prompt.ts';
import { type DismissedUntil, enter, type Touch } from './touch.ts';

const strength: readonly DismissedUntil[] = ['cooldown', 'next_period', 'never'];

/** The prompt that a reaction is about: the one it names, else the newest that the channel brought to the person. */
export function touchOf(
  touches: readonly Touch[],
  about: {
    readonly decisionId: string | undefined;
    readonly userId: string | undefined;
    readonly channel: Channel | undefined;
    readonly timeMs: number;
  },
): Touch | undefined {
  if (about.decisionId !== undefined) {
    return touches.find((touch) => touch.decisionId === about.decisionId);
  }
  return touches.findLast(
    (touch) =>
      touch.userId === about.userId &&
      touch.channel === about.channel &&
      touch.timeMs <= about.timeMs + clockSkewMs,
  );
}

/** The vendor's clock and ours differ by so much at most. */
const clockSkewMs = 60_000;

/**
 * A prompt after a reaction to it. The table of lives decides what may follow what; a stronger wish ("never" after "not
 * now") is taken in any state. The same touch when nothing changed.
 */
export function afterReaction(touch: Touch, body: FeedbackBody, timeMs: number): Touch {
  switch (body.kind) {
    case 'accepted':
      return touch.state === 'unknown' ? enter(touch, 'sent', timeMs) : touch;
    case 'seen':
      return seen(touch, 'receipt', timeMs);
    case 'clicked':
    case 'replied':
      return enter(touch, 'clicked', timeMs);
    case 'dismissed':
      return dismissed(touch, body.until, timeMs);
    case 'spam_reported':
      return touch.hasComplaint ? touch : { ...touch, hasComplaint: true };
    case 'dropped':
    case 'bounced':
    case 'unsubscribed':
    case 'resubscribed':
    case 'ticket_opened':
    case 'ticket_closed':
    case 'deal_won':
    case 'bought':
      return touch;
    default:
      return body satisfies never;
  }
}

/** Notes that the person saw it; a receipt is better knowledge than a presumption. */
export function seen(touch: Touch, by: 'receipt' | 'activity', timeMs: number): Touch {
  const entered = enter(touch, 'seen', timeMs);
  if (entered === touch) {
    return touch.seenBy === 'activity' && by === 'receipt' ? { ...touch, seenBy: by } : touch;
  }
  return { ...entered, seenBy: by };
}

function dismissed(touch: Touch, until: DismissedUntil, timeMs: number): Touch {
  const entered = enter(touch, 'dismissed', timeMs);
  if (entered !== touch) {
    return { ...entered, dismissedUntil: until };
  }
  const isStronger =
    touch.dismissedUntil === undefined ||
    strength.indexOf(until) > strength.indexOf(touch.dismissedUntil);
  // In states that a dismissal cannot change any more, only the wish itself is taken: it is heard in any order.
  return isStronger && isOut(touch.state)
    ? { ...touch, dismissedUntil: until, at: { dismissed: timeMs, ...touch.at } }
    : touch;
}
