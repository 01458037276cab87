// The nightly comparison with the CRM. In: the clock. Out: records that somebody changed, or that are gone, are written again.
//
// Always true: once per UTC day, by one process of the whole installation; one that dies on the way leaves the rest for the
// next night. It only marks accounts, so the sync goes on meanwhile and does the writing under its own limits.
// The CRM away, or refusing: tried again when the hold is over. Redis gone: nothing is asked.

import { setTimeout as delay } from 'node:timers/promises';
import { dayMs, dayOf, hourMs, minuteMs } from '../core/duration.ts';
import { Fault } from '../core/fault.ts';
import { type Reconciled, reconcile } from './crm-reconcile.ts';
import type { CrmSyncDeps } from './crm-sync.ts';

/** From this time of the UTC day on. */
const fromMs = 3 * hourMs;
const lookEveryMs = 5 * minuteMs;

/** Compares and marks, when it is time and nobody did it today. Undefined: there was nothing to do now. */
export async function reconcileOfDay(
  deps: CrmSyncDeps,
  signal: AbortSignal,
): Promise<Reconciled | undefined> {
  const { book, clock, crm, log } = deps;
  const nowMs = clock.nowMs();
  const day = dayOf(nowMs);
  const isTime = nowMs - day * dayMs >= fromMs;
  if (!isTime || (await book.held()) !== undefined || !(await book.takeDay(day))) {
    return undefined;
  }
  const found = await reconcile(deps, { mend: true, recreate: false }, signal);
  const { drifted, absent, hold } = found;
  if (hold !== undefined) {
    await book.hold(hold);
    await book.giveDayBack(day);
  }
  if (drifted.length + absent.length > 0) {
    log.warn(
      { crm: crm.name, differ: drifted.length, gone: absent.length },
      'Records of the CRM were not as the hub had written them; they are written again.',
    );
  }
  return found;
}

/** Looks every few minutes whether it is time, until it is stopped. A stop ends the request that runs. */
export function startCrmNightly(deps: CrmSyncDeps): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await reconcileOfDay(deps, signal);
      } catch (error) {
        if (!signal.aborted) {
          const why = error instanceof Fault ? error.message : 'a fault of the hub';
          deps.log.warn(
            { crm: deps.crm.name, why: why.slice(0, 200) },
            'The nightly comparison with the CRM failed; what it did not reach waits for the next one.',
          );
        }
      }
      await delay(lookEveryMs, undefined, { signal }).catch(() => {});
    }
  };
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
