import type { Logger } from 'pino';
import type { Playbook } from '../core/playbook.ts';
import type { Clock, ExpansionCrm, FeedbackPoll, Ledger, StateStore } from '../core/ports.ts';
import { type CrmAddressees, createCrmAddressees } from '../inbox/crm-addressees.ts';
import type { CreateFor } from '../jobs/crm-accounts.ts';
import { createCrmMarks, type MarkChanged } from '../jobs/crm-marks.ts';
import { startCrmNightly } from '../jobs/crm-nightly.ts';
import type { CrmSyncSettings } from '../jobs/crm-settings.ts';
import { type CrmSyncDeps, startCrmSync } from '../jobs/crm-sync.ts';
import { countedOwners, countedPoll, type CrmTraffic } from '../jobs/crm-traffic.ts';
import type { Metrics } from '../metrics.ts';
import type { RedisConnection } from '../store/connection.ts';
import { createCrmBook } from '../store/crm-book.ts';
import { createCrmQueue } from '../store/crm-queue.ts';

/** The CRM with how it is told. */
export interface HubCrm {
  readonly crm: ExpansionCrm;
  readonly settings: CrmSyncSettings;
  /** Where the adapters of the CRM note their requests. */
  readonly traffic: CrmTraffic;
  /** An account is told of once in so long at most. */
  readonly intervalMs: number;
  readonly createFor: CreateFor;
}

/** What telling a CRM needs. */
interface Telling {
  /** Undefined: nobody is told. */
  readonly crm?: HubCrm;
  readonly mode: 'live' | 'shadow';
  readonly playbook: Playbook;
  readonly producer: RedisConnection;
  readonly store: StateStore;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Finds in the CRM whom its reports are about; undefined where there is no CRM. */
export function addresseesOf(
  told: HubCrm | undefined,
  shared: { readonly producer: RedisConnection; readonly clock: Clock; readonly metrics: Metrics },
): CrmAddressees | undefined {
  if (told === undefined) {
    return undefined;
  }
  const book = createCrmBook(shared.producer);
  return createCrmAddressees({ crm: countedOwners(told.crm, { ...shared, ...told, book }), book });
}

/** The polls; that of the CRM counts against the day's requests. */
export function pollsOf(
  polls: readonly FeedbackPoll[],
  told: HubCrm | undefined,
  shared: { readonly producer: RedisConnection; readonly clock: Clock; readonly metrics: Metrics },
): readonly FeedbackPoll[] {
  if (told === undefined) {
    return polls;
  }
  const book = createCrmBook(shared.producer);
  return polls.map((poll) =>
    poll.vendor === told.crm.name ? countedPoll(poll, { ...shared, ...told, book }) : poll,
  );
}

/** Starts the sync to the CRM where there is one; gives what marks accounts for it. */
export function startTelling(
  { crm: told, mode, playbook, producer, store, ledger, clock, log, metrics }: Telling,
  closing: (() => Promise<void>)[],
): MarkChanged | undefined {
  if (told === undefined || mode === 'shadow') {
    return undefined;
  }
  const queue = createCrmQueue(producer);
  const deps: CrmSyncDeps = {
    crm: told.crm,
    queue,
    book: createCrmBook(producer),
    store,
    ledger,
    playbook,
    clock,
    log,
    createFor: told.createFor,
    settings: told.settings,
    traffic: told.traffic,
    metrics,
  };
  const sync = startCrmSync(deps);
  closing.push(() => sync.stop());
  const nightly = startCrmNightly(deps);
  closing.push(() => nightly.stop());
  return createCrmMarks(queue, clock, told.intervalMs);
}
