import { purchasedMs } from '../account/purchases.ts';
import type { AccountState } from '../account/state.ts';
import { dayMs } from '../duration.ts';
import type { Offer, Playbook } from '../playbook.ts';
import type { Touch } from '../prompt/touch.ts';
import { civilDate } from '../utc.ts';
import type { Refusal } from './refusal.ts';

/** No rest of its own: only what the person wished holds an offer back. */
const wishesOnly = { offer: 0, family: 0 };
/** One lesson in so long (decision model dm1, section 7, rule 8). */
const educationEveryMs = 60 * dayMs;

/**
 * Why this very offer may not be made to this user of the account: dismissed before, bought lately, or the dismissal gate.
 * `reopens`: the trigger is strong enough (a hard limit) to ask again although the gate is closed.
 */
export function offerRefusal(
  offer: Offer,
  account: AccountState,
  userId: string,
  reopens: boolean,
  playbook: Playbook,
  nowMs: number,
): Refusal | undefined {
  const { touches } = account;
  return (
    dismissedRefusal(offer, touches, userId, playbook, nowMs, wishesOnly) ??
    boughtRefusal(offer, account, playbook, nowMs) ??
    (offer.sells.kind === 'education'
      ? taughtRefusal(offer, touches, userId, nowMs)
      : // Before the rest after a dismissal: while the gate is closed the next rung is the lesson, and no softer price.
        gateRefusal(touches, userId, reopens, playbook, nowMs)) ??
    dismissedRefusal(offer, touches, userId, playbook, nowMs)
  );
}

/**
 * Why the offer rests because the person dismissed it, or another of its family, in one of these prompts. `restMs`: for how
 * long at least; what the person wished (never, not before the next period) holds whatever it is.
 */
export function dismissedRefusal(
  offer: Offer,
  touches: readonly Touch[],
  userId: string,
  playbook: Playbook,
  nowMs: number,
  restMs = playbook.guardrails.afterDismissalMs,
): Refusal | undefined {
  let refusal: Refusal | undefined;
  for (const touch of touches) {
    const dismissedMs = touch.at.dismissed;
    const isSameOffer = touch.offerId === offer.id;
    if (
      dismissedMs === undefined ||
      touch.userId !== userId ||
      !(isSameOffer || touch.family === offer.family)
    ) {
      continue;
    }
    if (isSameOffer && touch.dismissedUntil === 'never') {
      return { reason: 'dismissed', of: 'offer', untilMs: undefined };
    }
    const of = isSameOffer ? 'offer' : 'family';
    // A softer offer is the answer to a dismissal of the dearer one: only "next period" holds the family back from it.
    const quietMs = isSoftened(touch, offer, playbook) ? 0 : restMs[of];
    const untilMs = Math.max(
      dismissedMs + quietMs,
      touch.dismissedUntil === 'next_period' ? nextPeriodMs(dismissedMs) : 0,
    );
    if (nowMs < untilMs && untilMs > untilOf(refusal)) {
      refusal = { reason: 'dismissed', of, untilMs };
    }
  }
  return refusal;
}

function isSoftened(touch: Touch, offer: Offer, playbook: Playbook): boolean {
  return playbook.offers.get(touch.offerId)?.softer === offer.id;
}

function untilOf(refusal: Refusal | undefined): number {
  return refusal?.reason === 'dismissed' ? (refusal.untilMs ?? 0) : 0;
}

function boughtRefusal(
  offer: Offer,
  account: AccountState,
  playbook: Playbook,
  nowMs: number,
): Refusal | undefined {
  const boughtMs = purchasedMs(account, offer.family, playbook);
  if (boughtMs === undefined || offer.sells.kind === 'education') {
    return undefined;
  }
  const { upgrade, crosssell } = playbook.guardrails.afterPurchaseMs;
  const untilMs = boughtMs + (offer.sells.kind === 'plan' ? upgrade : crosssell);
  return nowMs < untilMs ? { reason: 'bought_lately', family: offer.family, untilMs } : undefined;
}

/**
 * Prices that the user, or people of the account, dismissed so often that education comes first (dm1 section 7, rule 8). The
 * gate opens when the person engaged with a lesson after the latest dismissal and `askAgainAfter` has passed, or when the
 * dismissals are old.
 */
export function gateRefusal(
  touches: readonly Touch[],
  userId: string,
  reopens: boolean,
  { guardrails, offers }: Playbook,
  nowMs: number,
): Refusal | undefined {
  if (reopens) {
    return undefined;
  }
  for (const per of ['user', 'account'] as const) {
    const { max, withinMs } = guardrails.dismissalGate[per];
    const ours = touches.filter((touch) => per === 'account' || touch.userId === userId);
    const dismissed = ours.flatMap((touch) =>
      offers.get(touch.offerId)?.sells.kind !== 'education' &&
      isWithin(touch.at.dismissed, withinMs, nowMs)
        ? [touch.at.dismissed ?? 0]
        : [],
    );
    const latestMs = Math.max(...dismissed);
    const engagedMs = Math.max(
      ...ours.flatMap((touch) =>
        offers.get(touch.offerId)?.sells.kind === 'education'
          ? [touch.at.clicked ?? touch.at.converted ?? Number.NEGATIVE_INFINITY]
          : [],
      ),
    );
    const isOpened =
      engagedMs > latestMs && nowMs >= engagedMs + guardrails.dismissalGate.askAgainAfterMs;
    if (dismissed.length >= max && !isOpened) {
      return { reason: 'dismissal_gate', per, count: dismissed.length };
    }
  }
  return undefined;
}

function taughtRefusal(
  offer: Offer,
  touches: readonly Touch[],
  userId: string,
  nowMs: number,
): Refusal | undefined {
  const newestMs = Math.max(
    ...touches
      .filter((touch) => touch.userId === userId && touch.family === offer.family)
      .map((touch) => touch.timeMs),
  );
  const untilMs = newestMs + educationEveryMs;
  return nowMs < untilMs ? { reason: 'taught_lately', untilMs } : undefined;
}

function isWithin(timeMs: number | undefined, withinMs: number, nowMs: number): boolean {
  return timeMs !== undefined && nowMs - timeMs < withinMs;
}

/** The first moment of the next calendar month, UTC: limits count by the month where nothing else is said. */
function nextPeriodMs(timeMs: number): number {
  const day = Math.floor(timeMs / dayMs);
  const { month } = civilDate(timeMs);
  for (let ahead = 1; ; ahead += 1) {
    const startMs = (day + ahead) * dayMs;
    if (civilDate(startMs).month !== month) {
      return startMs;
    }
  }
}
