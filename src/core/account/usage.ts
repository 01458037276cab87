import { newestMsOf, readCounter } from '../counter/counter.ts';
import { weeklyTotals } from '../counter/weekly-totals.ts';
import { dayMs } from '../duration.ts';
import type { CounterSpec, Playbook } from '../playbook.ts';
import type { AccountState } from './state.ts';

/* How much an account uses, beyond what triggers look at: how near its limits it is, and how its weeks of use go. */

/** What was said of a limit more than a month ago says nothing of today: another period, or nobody looks at it. */
const staleMs = 31 * dayMs;

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

/** The totals of the last four whole weeks by the counter `usage`, newest first; none where nothing was ever counted. */
export function weeksOf(
  account: AccountState,
  usage: CounterSpec,
  nowMs: number,
): readonly number[] {
  const held = account.counters.get(usage);
  return held?.kind === 'tally' ? weeklyTotals(held, nowMs) : [];
}
