import type { Logger } from 'pino';
import type { Playbook } from '../core/playbook.ts';
import type { Clock, ExpansionCrm, Ledger, StateStore } from '../core/ports.ts';
import { type CrmAddressees, createCrmAddressees } from '../inbox/crm-addressees.ts';
import type { CreateFor } from '../jobs/crm-accounts.ts';
import { createCrmMarks, type MarkChanged } from '../jobs/crm-marks.ts';
import { type CrmSyncSettings, startCrmSync } from '../jobs/crm-sync.ts';
import type { RedisConnection } from '../store/connection.ts';
import { createCrmBook } from '../store/crm-book.ts';
import { createCrmQueue } from '../store/crm-queue.ts';

/** The CRM with how it is told. */
export interface HubCrm {
  readonly crm: ExpansionCrm;
  readonly settings: CrmSyncSettings;
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
}

/** Finds in the CRM whom its reports are about; undefined where there is no CRM. */
export function addresseesOf(
  told: HubCrm | undefined,
  producer: RedisConnection,
): CrmAddressees | undefined {
  return told === undefined
    ? undefined
    : createCrmAddressees({ crm: told.crm, book: createCrmBook(producer) });
}

/** Starts the sync to the CRM where there is one; gives what marks accounts for it. */
export function startTelling(
  { crm: told, mode, playbook, producer, store, ledger, clock, log }: Telling,
  closing: (() => Promise<void>)[],
): MarkChanged | undefined {
  if (told === undefined || mode === 'shadow') {
    return undefined;
  }
  const queue = createCrmQueue(producer);
  const sync = startCrmSync({
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
  });
  closing.push(() => sync.stop());
  return createCrmMarks(queue, clock, told.intervalMs);
}
