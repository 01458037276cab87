import { purchasedMs } from '../account/purchases.ts';
import type { AccountState } from '../account/state.ts';
import { newestMsOf, readCounter } from '../counter/counter.ts';
import { weeklyTotals } from '../counter/weekly-totals.ts';
import { dayMs } from '../duration.ts';
import type { CounterSpec, Offer, Playbook } from '../playbook.ts';
import type { Refusal } from './refusal.ts';

/** What was said of a limit more than a month ago says nothing of today: another period, or nobody looks at it. */
const staleMs = 31 * dayMs;

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

/** The largest share of any limit that the account uses, 0 and up. */
export function highestShare(account: AccountState, playbook: Playbook, nowMs: number): number {
  let highest = 0;
  for (const spec of playbook.counters) {
    if (spec.kind === 'gauge' && spec.limit !== undefined && spec.subject === 'account') {
      const held = account.counters.get(spec);
      const isFresh = held !== undefined && (newestMsOf(held) ?? 0) > nowMs - staleMs;
      const reading = isFresh ? readCounter(held, spec, nowMs, undefined) : undefined;
      if (reading?.kind === 'gauge' && reading.share !== undefined) {
        highest = Math.max(highest, reading.share);
      }
    }
  }
  return highest;
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

/**
 * Whether the last whole week of use was at most half of the one three weeks before it. Where the playbook names no usage,
 * or there was none then, nothing fell.
 */
export function hasUsageHalved(
  account: AccountState,
  { sequencing }: Playbook,
  nowMs: number,
): boolean {
  const totals = sequencing.usage === undefined ? [] : weeksOf(account, sequencing.usage, nowMs);
  const [newest = 0] = totals;
  const before = totals.at(-1) ?? 0;
  return before > 0 && newest <= before / 2;
}

/** The totals of the last four whole weeks, newest first; none where nothing was ever counted. */
function weeksOf(account: AccountState, usage: CounterSpec, nowMs: number): readonly number[] {
  const held = account.counters.get(usage);
  return held?.kind === 'tally' ? weeklyTotals(held, nowMs) : [];
}
