import { followUpTimer } from '../decision/follow-up.ts';
import type { Effect, Input } from '../input.ts';
import { type Moved, still } from '../moved.ts';
import type { Playbook } from '../playbook.ts';
import { enter, type Touch, changeTouch } from '../prompt/touch.ts';
import { afterReaction, touchOf } from '../prompt/react.ts';
import type { AccountView } from './advance.ts';
import { creditPurchases, optedOutBy, type Purchase } from './learning.ts';
import { bought, settledBy, ticketed } from './told.ts';

/** Moves an account by what people, vendors or sales said. What is about no prompt of it and no circumstance changes nothing. */
export function advanceFeedback(
  accountId: string,
  view: AccountView,
  input: Input & { kind: 'feedback' },
  playbook: Playbook,
  nowMs: number,
): Moved<AccountView> {
  const { body, timeMs, userId } = input;
  const { account } = view;
  switch (body.kind) {
    case 'ticket_opened':
    case 'ticket_closed': {
      const what = body.kind === 'ticket_opened' ? 'began' : 'ended';
      const isPriority = body.kind === 'ticket_opened' && body.isPriority;
      const ticket = { id: body.ticketId, isPriority };
      const after = ticketed(account, ticket, what, userId, timeMs);
      return moved(view, settledBy(account, after, playbook));
    }
    case 'deal_won':
    case 'bought': {
      const family =
        body.offerId === undefined
          ? familyOfOtherDeal(playbook)
          : familyOf(body.offerId, account.touches, playbook);
      return family === undefined
        ? still(view)
        : purchased(accountId, view, { family, timeMs }, playbook, nowMs);
    }
    case 'unsubscribed': {
      const touch = touchOf(account.touches, input);
      return { ...still(view), effects: touch === undefined ? [] : [optedOutBy(touch)] };
    }
    default:
      return reacted(accountId, view, input, playbook, nowMs);
  }
}

function purchased(
  accountId: string,
  view: AccountView,
  purchase: Purchase,
  playbook: Playbook,
  nowMs: number,
): Moved<AccountView> {
  const { family, timeMs } = purchase;
  const after = settledBy(view.account, bought(view.account, family, timeMs), playbook);
  const learnt = creditPurchases(accountId, after.account, [purchase], playbook, nowMs);
  return moved(view, {
    account: learnt.account,
    effects: [...after.effects, ...learnt.effects],
  });
}

/** What was sold: the offer's family, also when the playbook has dropped the offer since and only a prompt remembers it. */
function familyOf(
  offerId: string,
  touches: readonly Touch[],
  playbook: Playbook,
): string | undefined {
  return (
    playbook.offers.get(offerId)?.family ??
    touches.findLast((touch) => touch.offerId === offerId)?.family ??
    familyOfOtherDeal(playbook)
  );
}

/** What a deal sold that somebody else made, as the playbook says; undefined: nothing. */
function familyOfOtherDeal({ crm }: Playbook): string | undefined {
  return crm?.otherDeals === 'upgrade' ? 'upgrade' : undefined;
}

function reacted(
  accountId: string,
  view: AccountView,
  input: Input & { kind: 'feedback' },
  playbook: Playbook,
  nowMs: number,
): Moved<AccountView> {
  const touch = touchOf(view.account.touches, input);
  if (touch === undefined) {
    return still(view);
  }
  const after = afterReaction(touch, input.body, input.timeMs);
  if (after === touch) {
    return still(view);
  }
  const step = changed(accountId, view, touch, closedLate(after, playbook, nowMs), playbook, nowMs);
  return { ...step, effects: [...step.effects, ...takenAway(touch, after, input, playbook)] };
}

/**
 * A dismissal through our link, which no channel reports, leaves the banner where it is. One that the channel itself
 * reports has closed it.
 */
function takenAway(
  before: Touch,
  after: Touch,
  input: Input & { kind: 'feedback' },
  playbook: Playbook,
): readonly Effect[] {
  const isDismissed = after.state === 'dismissed' && before.state !== 'dismissed';
  const isBanner = playbook.offers.get(after.offerId)?.form === 'banner';
  return isDismissed && isBanner && after.channel === 'intercom' && input.channel === undefined
    ? [{ kind: 'take_away', decisionId: after.decisionId, channel: after.channel }]
    : [];
}

/** A receipt that comes after the prompt's time: it was seen and not taken. */
function closedLate(touch: Touch, { guardrails }: Playbook, nowMs: number): Touch {
  return touch.state === 'seen' && nowMs >= touch.timeMs + guardrails.openMs
    ? enter(touch, 'ignored', nowMs)
    : touch;
}

/** The prompt's time is over: it was ignored, or never seen. */
export function closePrompt(
  accountId: string,
  view: AccountView,
  timer: Input & { kind: 'timer' },
  playbook: Playbook,
  nowMs: number,
): Moved<AccountView> {
  const touch = view.account.touches.find((held) => held.decisionId === timer.decisionId);
  if (touch === undefined) {
    return still(view);
  }
  const after = enter(touch, touch.state === 'seen' ? 'ignored' : 'not_seen', timer.receivedMs);
  return after === touch ? still(view) : changed(accountId, view, touch, after, playbook, nowMs);
}

/** Puts a changed prompt back, with the timer of the e-mail that may follow it now. */
function changed(
  accountId: string,
  view: AccountView,
  before: Touch,
  after: Touch,
  playbook: Playbook,
  nowMs: number,
): Moved<AccountView> {
  const { account } = view;
  const touches = changeTouch(account.touches, before.decisionId, () => after);
  const effects =
    after.state === before.state ? [] : followUpTimer(accountId, after, playbook, nowMs);
  return { ...still({ ...view, account: { ...account, touches } }), effects };
}

function moved(
  view: AccountView,
  after: { readonly account: AccountView['account']; readonly effects: readonly Effect[] },
): Moved<AccountView> {
  return { ...still({ ...view, account: after.account }), effects: after.effects };
}
