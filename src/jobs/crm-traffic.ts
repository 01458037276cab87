// What is spent at the CRM. In: every request that an adapter of it sent, whoever asked for it (the sync, look-ups of owners,
// polls, comparisons). Out: the count of the UTC day in Redis, which all processes share, and the metrics.
//
// Always true: a request is counted once, and at the latest when the next one is asked for. A process that dies between
// asking and counting loses what it asked for last. Redis gone: the count waits in memory.

import { dayMs, dayOf } from '../core/duration.ts';
import type { CrmRequestKind } from '../core/crm-request.ts';
import type { Clock, ExpansionCrm, FeedbackPoll } from '../core/ports.ts';
import type { Metrics } from '../metrics.ts';
import type { CrmBook } from '../store/crm-book.ts';

/** Requests of this process that were not counted yet. Given to the adapters, which note each one. */
export interface CrmTraffic {
  note(kind: CrmRequestKind): void;
  /** Gives what was noted since the last time, in order, and empties it. */
  take(): readonly NotedRequest[];
  /** Puts what could not be counted back, before what was noted meanwhile. */
  putBack(noted: readonly NotedRequest[]): void;
}

/** A request, and when it was answered or given up; epoch ms. */
export interface NotedRequest {
  readonly kind: CrmRequestKind;
  readonly timeMs: number;
}

/** Nothing was asked yet. In memory, one for a process. */
export function createCrmTraffic(clock: Clock): CrmTraffic {
  let noted: NotedRequest[] = [];
  return {
    note: (kind) => void noted.push({ kind, timeMs: clock.nowMs() }),
    take: () => noted.splice(0),
    putBack(earlier) {
      noted = [...earlier, ...noted];
    },
  };
}

/** What counting needs. */
export interface CrmTrafficDeps {
  readonly traffic: CrmTraffic;
  readonly book: Pick<CrmBook, 'spend'>;
  readonly clock: Clock;
  readonly settings: { readonly requestsPerDay: number };
  /** Where it is shown; undefined: nowhere. */
  readonly metrics?: Pick<
    Metrics,
    'crmRequests' | 'crmLimited' | 'crmBudgetLeft' | 'crmSuccess' | 'crmFailure'
  >;
}

/** Counts what was noted and gives what is left of the day's requests, at least 0. */
export async function settleTraffic(deps: CrmTrafficDeps): Promise<number> {
  const { traffic, book, clock, settings, metrics } = deps;
  const noted = traffic.take();
  let spent: number;
  try {
    spent = await book.spend(dayOf(clock.nowMs()), noted.length);
  } catch (error) {
    traffic.putBack(noted);
    throw error;
  }
  const left = Math.max(0, settings.requestsPerDay - spent);
  metrics?.crmRequests.inc(noted.length);
  metrics?.crmBudgetLeft.set(left);
  for (const { kind, timeMs } of noted) {
    if (kind === 'done') {
      metrics?.crmSuccess.set(timeMs / 1000);
      continue;
    }
    metrics?.crmFailure.set({ kind }, timeMs / 1000);
    if (kind === 'limited') {
      metrics?.crmLimited.inc();
    }
  }
  return left;
}

/**
 * Looks for owners as the CRM does, and counts it. They are asked for when the day's requests are used up as well: a
 * request to forget somebody does not wait for midnight.
 */
export function countedOwners(
  crm: Pick<ExpansionCrm, 'owners'>,
  deps: CrmTrafficDeps,
): Pick<ExpansionCrm, 'owners'> {
  return {
    async owners(things, signal) {
      try {
        return await crm.owners(things, signal);
      } finally {
        await settleTraffic(deps);
      }
    },
  };
}

/** A poll of the CRM that counts, and rests until midnight UTC when the day's requests are used up. */
export function countedPoll(poll: FeedbackPoll, deps: CrmTrafficDeps): FeedbackPoll {
  return {
    vendor: poll.vendor,
    async ask(cursor, nowMs, signal) {
      if ((await settleTraffic(deps)) === 0) {
        const retryAfterMs = (dayOf(nowMs) + 1) * dayMs - nowMs;
        return { kind: 'unavailable', retryAfterMs, trouble: undefined };
      }
      try {
        return await poll.ask(cursor, nowMs, signal);
      } finally {
        await settleTraffic(deps);
      }
    },
  };
}
