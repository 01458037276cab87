import { purchasedMs } from '../account/purchases.ts';
import type { AccountState } from '../account/state.ts';
import { highestShare, weeksOf } from '../account/usage.ts';
import type { Offer, Playbook } from '../playbook.ts';
import type { Refusal } from './refusal.ts';

/**
 * Why a cross-sell waits (decision model dm1, section 7, rule 7): a limit is nearly used up, an upgrade is too fresh, or
 * usage has not become steady after it. That an upgrade is worth asking for at the same moment is seen by the choice.
 */
export function sequencingRefusal(
  offer: Offer,
  account: AccountState,
  playbook: Playbook,
  nowMs: number,
): Refusal | undefined {
  if (offer.sells.kind !== 'addon') {
    return undefined;
  }
  const { sequencing } = playbook;
  if (highestShare(account, playbook, nowMs) >= sequencing.limitPressure) {
    return { reason: 'sequencing', why: 'limit_pressure' };
  }
  const upgradedMs = purchasedMs(account, 'upgrade', playbook);
  if (upgradedMs === undefined || nowMs >= upgradedMs + sequencing.steadyUntilMs) {
    return undefined;
  }
  if (nowMs < upgradedMs + sequencing.afterUpgradeMs) {
    return { reason: 'sequencing', why: 'upgraded_lately' };
  }
  return isSteady(account, playbook, nowMs)
    ? undefined
    : { reason: 'sequencing', why: 'usage_unsteady' };
}

/** Whether the weekly totals of use vary little. Weeks before the first use are none; with fewer than two nothing is steady. */
function isSteady(account: AccountState, { sequencing }: Playbook, nowMs: number): boolean {
  const { usage, maxVariation } = sequencing;
  if (usage === undefined) {
    return true;
  }
  const totals = weeksOf(account, usage, nowMs);
  const used = totals.slice(0, totals.findLastIndex((total) => total > 0) + 1);
  if (used.length < 2) {
    return false;
  }
  const mean = used.reduce((sum, total) => sum + total, 0) / used.length;
  const variance = used.reduce((sum, total) => sum + (total - mean) ** 2, 0) / used.length;
  return Math.sqrt(variance) / mean <= maxVariation;
}
