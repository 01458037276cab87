import { circumstances, lasts, openPriorityTicket } from '../account/context.ts';
import type { AccountState } from '../account/state.ts';
import { isOut, isWaiting } from '../prompt/life.ts';
import type { Touch } from '../prompt/touch.ts';

/**
 * Where an account stands with its prompts. `suppressed`: a circumstance or an urgent ticket keeps us silent; `prompted`:
 * asked, no final answer; `resting`: asked and not taken; `won`: the newest prompt was bought; `quiet`: never asked.
 */
export type Standing = 'quiet' | 'prompted' | 'resting' | 'won' | 'suppressed';

/** The standing: of the account's state alone and without a clock, because what time changes comes as an input as well. */
export function standingOf({ context, touches }: AccountState): Standing {
  const isSuppressed =
    openPriorityTicket(context) !== undefined ||
    circumstances.some((one) => one !== 'no_email' && lasts(context, one));
  if (isSuppressed) {
    return 'suppressed';
  }
  const newest = touches.findLast((touch) => isWaiting(touch.state) || isOut(touch.state));
  return newest === undefined ? 'quiet' : standingAfter(newest);
}

function standingAfter({ state }: Touch): Standing {
  switch (state) {
    case 'converted':
      return 'won';
    case 'dismissed':
    case 'ignored':
    case 'not_seen':
    case 'followed_up':
      return 'resting';
    default:
      return 'prompted';
  }
}
