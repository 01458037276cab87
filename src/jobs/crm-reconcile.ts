import type { CrmCompared, CrmHold } from '../core/ports.ts';
import { lookAtAccounts } from './crm-accounts.ts';
import { type CrmSyncDeps, confirmedWrite } from './crm-sync.ts';
import { settleTraffic } from './crm-traffic.ts';

/** What a reconciliation found, in numbers of accounts. */
export interface Reconciled {
  readonly same: number;
  /** Whose records differ, with the fields; they were marked to be written whole. */
  readonly drifted: readonly { readonly accountId: string; readonly names: readonly string[] }[];
  /** Whose record is gone. */
  readonly absent: readonly string[];
  /** What waits for a person: refused, ambiguous, removed by somebody. */
  readonly unsettled: readonly { readonly accountId: string; readonly why: string }[];
  /** The CRM could not be asked; what was not looked at is not counted. */
  readonly hold: CrmHold | undefined;
}

/**
 * Compares every account that the CRM was ever told of with what the CRM has. With `mend`, records that differ, and those
 * that are gone, are due at once; with `recreate`, also those that somebody removed or that were refused.
 */
export async function reconcile(
  deps: CrmSyncDeps,
  wanted: { readonly mend: boolean; readonly recreate: boolean },
  signal: AbortSignal,
): Promise<Reconciled> {
  const drifted: { accountId: string; names: readonly string[] }[] = [];
  const absent: string[] = [];
  const unsettled: { accountId: string; why: string }[] = [];
  const waiting: string[] = [];
  let same = 0;
  let hold: CrmHold | undefined;
  for await (const page of deps.book.known()) {
    for (let from = 0; from < page.length && hold === undefined; from += deps.crm.batchMax) {
      const ids = page.slice(from, from + deps.crm.batchMax);
      const looked = await look(ids, deps, signal);
      if (looked.kind === 'held') {
        hold = looked.hold;
        break;
      }
      unsettled.push(...looked.unsettled);
      waiting.push(...looked.waiting);
      for (const { accountId, compared } of looked.compared) {
        if (compared.kind === 'differs') {
          drifted.push({ accountId, names: compared.names });
        } else if (compared.kind === 'absent') {
          absent.push(accountId);
        } else {
          same += 1;
        }
      }
    }
  }
  if (wanted.recreate) {
    await again(
      unsettled.map(({ accountId }) => accountId),
      'standing',
      deps,
    );
  }
  if (wanted.mend) {
    await deps.queue.mark(waiting, deps.clock.nowMs());
    await again([...drifted.map(({ accountId }) => accountId), ...absent], 'prints', deps);
  }
  return { same, drifted, absent, unsettled, hold };
}

async function again(
  accountIds: readonly string[],
  what: 'prints' | 'standing',
  { book, queue, clock }: CrmSyncDeps,
): Promise<void> {
  if (accountIds.length > 0) {
    await book.forget(accountIds, what);
    await queue.mark(accountIds, clock.nowMs());
  }
}

type Looked =
  | {
      readonly kind: 'looked';
      readonly compared: readonly { readonly accountId: string; readonly compared: CrmCompared }[];
      readonly unsettled: readonly { readonly accountId: string; readonly why: string }[];
      /** Have values that were not written yet. */
      readonly waiting: readonly string[];
    }
  | { readonly kind: 'held'; readonly hold: CrmHold };

async function look(
  ids: readonly string[],
  deps: CrmSyncDeps,
  signal: AbortSignal,
): Promise<Looked> {
  const [records, accounts] = await Promise.all([deps.book.read(ids), lookAtAccounts(ids, deps)]);
  const unsettled: { accountId: string; why: string }[] = [];
  const waiting: string[] = [];
  const writes = ids.flatMap((accountId, at) => {
    const record = records[at];
    const account = accounts[at];
    if (record?.standing !== 'written' && record?.standing !== undefined) {
      if (record.standing !== 'absent') {
        unsettled.push({ accountId, why: record.why ?? record.standing });
      }
      return [];
    }
    if (record?.recordId === undefined || account === undefined) {
      return [];
    }
    const { write, waits } = confirmedWrite(account, record);
    if (waits) {
      waiting.push(accountId);
    }
    return [write];
  });
  if (writes.length === 0) {
    return { kind: 'looked', compared: [], unsettled, waiting };
  }
  const answer = await deps.crm.compare(writes, signal);
  await settleTraffic(deps);
  return answer.kind === 'held'
    ? answer
    : {
        kind: 'looked',
        unsettled,
        waiting,
        compared: writes.flatMap(({ accountId }, at) => {
          const compared = answer.results[at];
          return compared === undefined ? [] : [{ accountId, compared }];
        }),
      };
}
