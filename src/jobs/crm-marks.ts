import type { Clock } from '../core/ports.ts';
import type { CrmQueue } from '../store/crm-queue.ts';

/** Notes that accounts changed, so that the CRM is told. */
export type MarkChanged = (accountIds: readonly string[]) => Promise<void>;

/** Remembered accounts; beyond it the oldest are marked once more, which costs a command and changes nothing. */
const rememberedMax = 100_000;

/**
 * Marks accounts at most twice per interval in this process, however many events they have: the CRM is told at the end of
 * the interval of what is true then. Call it before the change is committed: a mark without a change costs a look, a
 * change without a mark would not be told.
 */
export function createCrmMarks(
  queue: Pick<CrmQueue, 'mark'>,
  clock: Clock,
  intervalMs: number,
): MarkChanged {
  // Half an interval: clocks of two machines may differ, and a mark must never be older than the telling it stands for.
  const remembersMs = intervalMs / 2;
  const markedMs = new Map<string, number>();
  return async (accountIds) => {
    const nowMs = clock.nowMs();
    const fresh = [...new Set(accountIds)].filter(
      (id) => nowMs - (markedMs.get(id) ?? Number.NEGATIVE_INFINITY) >= remembersMs,
    );
    if (fresh.length === 0) {
      return;
    }
    await queue.mark(fresh, nowMs + intervalMs);
    for (const id of fresh) {
      markedMs.delete(id);
      markedMs.set(id, nowMs);
    }
    for (const id of markedMs.keys()) {
      if (markedMs.size <= rememberedMax) {
        break;
      }
      markedMs.delete(id);
    }
  };
}
