// The sync to the CRM. In: marks of accounts that changed. Out: the CRM shows what the hub knows of them.
//
// Always true: an account is told of at most once per interval, by one process at a time, from the state read after it
// was taken, so an older state never follows a newer one; only values that changed are written, and what was confirmed is
// remembered after the answer; a process that dies leaves leases that end by themselves, and writing again is harmless.
// A lease that was lost (a process that stood still) makes its account be written whole once more.
// The CRM away, or refusing: accounts wait, nobody asks until the hold ends, the rest of the hub goes on.
// Redis gone: nothing is asked; marks that could not be made fail their batch, which is tried again.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { changedNames, printsOf } from '../core/expansion/fingerprint.ts';
import {
  type ExpansionName,
  expansionNames,
  type ExpansionValues,
} from '../core/expansion/values.ts';
import { Fault } from '../core/fault.ts';
import type { CrmHold, CrmWrite, CrmWritten } from '../core/ports.ts';
import type { Metrics } from '../metrics.ts';
import type { CrmFinish, CrmRecord } from '../store/crm-book.ts';
import type { CrmQueue, TakenAccount } from '../store/crm-queue.ts';
import { type CrmAccount, lookAtAccounts } from './crm-accounts.ts';
import { type CrmCase, type CrmNewsDeps, nextDayMs, tellNews, wantedNews } from './crm-news.ts';
import { type CrmSyncWaits, usualWaits } from './crm-settings.ts';
import { type CrmTrafficDeps, settleTraffic } from './crm-traffic.ts';
import type { JobLog } from './job-log.ts';

export interface CrmSyncDeps extends CrmNewsDeps {
  readonly queue: CrmQueue;
  readonly log: JobLog;
  /** Where it is counted; undefined: nowhere. */
  readonly metrics?: NonNullable<CrmTrafficDeps['metrics']> &
    Pick<Metrics, 'crmWrites' | 'crmHolds' | 'crmWaiting' | 'crmDue' | 'crmLateSeconds'>;
}

const lookEveryMs = 15_000;

export interface CrmSync {
  /**
   * Tells the CRM of the accounts that are due now, until none is left or somebody must wait. `false`: another process has
   * the turn. Throws `store_unreachable` when Redis is away, and the signal's reason when aborted.
   */
  syncDue(signal: AbortSignal): Promise<boolean>;
}

/** Makes the sync; `startCrmSync` runs it again and again. */
export function createCrmSync(deps: CrmSyncDeps): CrmSync {
  const waits = { ...usualWaits, ...deps.settings.waits };
  const token = randomUUID();
  return {
    async syncDue(signal) {
      const { book, queue, crm, clock } = deps;
      if ((await book.held()) !== undefined) {
        return true;
      }
      if (!(await book.turn.take(token, waits.turnMs))) {
        return false;
      }
      try {
        for (;;) {
          signal.throwIfAborted();
          if (await isSpent(deps)) {
            return true;
          }
          const taken = await queue.take(crm.batchMax, clock.nowMs(), waits.leaseMs);
          const hold = taken.length === 0 ? undefined : await tell(taken, deps, waits, signal);
          if (hold !== undefined) {
            await holdFor(hold, deps);
          }
          const isOver = taken.length === 0 || hold !== undefined;
          if (isOver || !(await book.turn.take(token, waits.turnMs))) {
            return true;
          }
        }
      } finally {
        await book.turn.end(token);
      }
    },
  };
}

/** Runs the sync every few seconds until it is stopped. A stop ends the request that runs. */
export function startCrmSync(deps: CrmSyncDeps): { stop(): Promise<void> } {
  const sync = createCrmSync(deps);
  const { pollMs } = { ...usualWaits, ...deps.settings.waits };
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await sync.syncDue(stopping.signal);
        await lookAtQueue();
        await delay(pollMs, undefined, { signal: stopping.signal });
      } catch (error) {
        if (stopping.signal.aborted) {
          return;
        }
        report(error, deps);
        await delay(pollMs, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
  };
  let lookedMs = Number.NEGATIVE_INFINITY;
  /** Every quarter of a minute: a look costs a few commands for each partition. */
  const lookAtQueue = async (): Promise<void> => {
    const nowMs = deps.clock.nowMs();
    if (deps.metrics !== undefined && nowMs - lookedMs >= lookEveryMs) {
      lookedMs = nowMs;
      const { accounts, due, firstDueMs = nowMs } = await deps.queue.waiting(nowMs);
      deps.metrics.crmDue.set(due);
      await settleTraffic(deps);
      deps.metrics.crmWaiting.set(accounts);
      deps.metrics.crmLateSeconds.set(Math.max(0, nowMs - firstDueMs) / 1000);
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

function report(error: unknown, { log, crm }: CrmSyncDeps): void {
  const why =
    error instanceof Fault ? error.message : error instanceof Error ? error.name : 'no error';
  log.warn(
    { crm: crm.name, why: why.slice(0, 200) },
    'The sync to the CRM failed; it goes on by itself.',
  );
}

/** Whether the day's requests are used up; then everything waits for the next UTC day, which is said once. */
async function isSpent(deps: CrmSyncDeps): Promise<boolean> {
  const { clock, settings } = deps;
  const nowMs = clock.nowMs();
  if ((await settleTraffic(deps)) > 0) {
    return false;
  }
  await holdFor(
    {
      kind: 'busy',
      forMs: nextDayMs(nowMs) - nowMs,
      why: `The ${settings.requestsPerDay} requests of this day are used up; the sync goes on at midnight UTC.`,
    },
    deps,
  );
  return true;
}

async function holdFor(hold: CrmHold, { book, log, crm, metrics }: CrmSyncDeps): Promise<void> {
  metrics?.crmHolds.inc({ kind: hold.kind });
  await book.hold(hold);
  const fields = { crm: crm.name, forMs: Math.round(hold.forMs) };
  if (hold.kind === 'stopped') {
    log.error(fields, hold.why);
  } else {
    log.warn(fields, hold.why);
  }
}

/** What a case comes to without the CRM: a write, or a later time. */
type Plan =
  | { readonly kind: 'write'; readonly write: CrmWrite }
  | { readonly kind: 'nothing'; readonly nextDueMs: number | undefined };

async function tell(
  taken: readonly TakenAccount[],
  deps: CrmSyncDeps,
  waits: CrmSyncWaits,
  signal: AbortSignal,
): Promise<CrmHold | undefined> {
  const { book, clock, crm } = deps;
  const ids = taken.map(({ accountId }) => accountId);
  const [records, accounts] = await Promise.all([book.read(ids), lookAtAccounts(ids, deps)]);
  const finishes: CrmFinish[] = [];
  const planned: { readonly one: CrmCase; readonly plan: Plan }[] = [];
  for (const [at, one] of taken.entries()) {
    const record = records[at];
    const account = accounts[at];
    if (record === undefined || account === undefined || record.standing === 'removed') {
      finishes.push({ taken: one, nextDueMs: undefined });
    } else {
      const plan = await planOf({ taken: one, record, account }, deps, waits);
      planned.push({ one: { taken: one, record, account }, plan });
    }
  }
  const writes = planned.flatMap(({ plan }) => (plan.kind === 'write' ? plan.write : []));
  const batch =
    writes.length === 0 ? { results: [], hold: undefined } : await crm.write(writes, signal);
  await settleTraffic(deps);
  for (const { kind } of batch.results) {
    deps.metrics?.crmWrites.inc({ outcome: kind });
  }
  const results = new Map(writes.map(({ accountId }, at) => [accountId, batch.results[at]]));
  const withNews: { readonly one: CrmCase; readonly finish: CrmFinish }[] = [];
  for (const { one, plan } of planned) {
    const result = results.get(one.account.accountId);
    const finish = finishOf(one, plan, result, batch.hold, deps, waits);
    const recordId = finish.recordId ?? one.record.recordId;
    if (batch.hold === undefined && recordId !== undefined && wantedNews(one).length > 0) {
      withNews.push({ one, finish: { ...finish, recordId } });
    } else {
      finishes.push(finish);
    }
  }
  await book.finish(finishes, clock.nowMs());
  return batch.hold ?? (await tellNews(withNews, deps, waits, signal));
}

async function planOf(one: CrmCase, deps: CrmSyncDeps, waits: CrmSyncWaits): Promise<Plan> {
  const { record, account } = one;
  const nowMs = deps.clock.nowMs();
  const later = (timeMs: number): Plan => ({
    kind: 'nothing',
    nextDueMs: Math.min(timeMs, account.expansion.changesAtMs ?? timeMs),
  });
  const triedAgainMs = record.triedMs + waits.againMs;
  const isUnsettled = record.standing === 'refused' || record.standing === 'ambiguous';
  // Absent and still not to be made: looking for it every minute would cost requests for nothing.
  const isAbsent = record.standing === 'absent' && !account.mayCreate;
  if ((isUnsettled || isAbsent) && nowMs < triedAgainMs) {
    return later(triedAgainMs);
  }
  const { values } = account.expansion;
  const { names, isNoise } = changedNames(values, record.prints);
  if (names.length === 0) {
    return { kind: 'nothing', nextDueMs: account.expansion.changesAtMs };
  }
  if (isNoise && nowMs < record.writtenMs + waits.noiseMs) {
    return later(record.writtenMs + waits.noiseMs);
  }
  return { kind: 'write', write: await toWrite(one, names, deps) };
}

/** The write of these values. A domain is looked for on behalf of one account only: the first that came with it. */
async function toWrite(
  { record, account }: Pick<CrmCase, 'record' | 'account'>,
  names: readonly ExpansionName[],
  { book }: Pick<CrmSyncDeps, 'book'>,
): Promise<CrmWrite> {
  const { accountId, version, name, domain, mayCreate, expansion } = account;
  const isFirst = record.recordId === undefined && domain !== undefined;
  const owner = isFirst ? await book.domainOwner(domain, accountId) : accountId;
  return {
    accountId,
    version,
    recordId: record.recordId,
    values: picked(expansion.values, names),
    name,
    domain: owner === accountId ? domain : undefined,
    // A second company of one domain would be a guess; a record with our own id is still found.
    mayCreate: mayCreate && owner === accountId,
  };
}

/**
 * What the CRM should have of an account, as a comparison wants it: values that wait to be written are none of it.
 * `waits`: there are such.
 */
export function confirmedWrite(
  account: CrmAccount,
  record: CrmRecord,
): { readonly write: CrmWrite; readonly waits: boolean } {
  const { accountId, version, name, domain, expansion } = account;
  const pending = changedNames(expansion.values, record.prints).names;
  const names = expansionNames.filter((one) => !pending.includes(one));
  const values = picked(expansion.values, names);
  const { recordId } = record;
  return {
    write: { accountId, version, recordId, values, name, domain, mayCreate: false },
    waits: pending.length > 0,
  };
}

function picked(
  values: ExpansionValues,
  names: readonly ExpansionName[],
): Partial<ExpansionValues> {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

function finishOf(
  { taken, record, account }: CrmCase,
  plan: Plan,
  result: CrmWritten | undefined,
  hold: CrmHold | undefined,
  { clock, log, crm }: CrmSyncDeps,
  waits: CrmSyncWaits,
): CrmFinish {
  if (plan.kind === 'nothing') {
    return { taken, nextDueMs: plan.nextDueMs };
  }
  const nowMs = clock.nowMs();
  const againMs = nowMs + waits.againMs;
  const asked = { taken, triedMs: nowMs, version: account.version };
  switch (result?.kind) {
    case 'written': {
      const { recordId, leftOut } = result;
      const prints = printsOf(account.expansion.values, leftOut);
      return {
        ...asked,
        recordId,
        prints,
        writtenMs: nowMs,
        standing: 'written',
        why: '',
        nextDueMs: account.expansion.changesAtMs,
      };
    }
    case 'absent':
      return { ...asked, standing: 'absent', nextDueMs: againMs };
    case 'removed':
      log.warn(
        { crm: crm.name, account: account.accountId },
        'A record of the CRM was removed there; it is not made again unless `motisig hubspot reconcile --recreate` asks for it.',
      );
      return { ...asked, standing: 'removed', recordId: '', prints: '', nextDueMs: undefined };
    case 'ambiguous':
    case 'refused':
      if (record.standing !== result.kind || record.why !== result.why) {
        log.warn(
          { crm: crm.name, account: account.accountId, standing: result.kind, why: result.why },
          'An account cannot be written to the CRM; somebody must look at it.',
        );
      }
      return { ...asked, standing: result.kind, why: result.why, nextDueMs: againMs };
    case 'later':
    case undefined:
      return { taken, nextDueMs: nowMs + Math.max(waits.retryMs, hold?.forMs ?? 0) };
    default:
      return result satisfies never;
  }
}
