import { dayMs, hourMs, minuteMs } from '../core/duration.ts';

/** How much the sync may do. */
export interface CrmSyncSettings {
  /** Requests to the CRM on one UTC day, at most. */
  readonly requestsPerDay: number;
  /** Accounts whose news (note, task, deal) sales gets on one UTC day, at most. */
  readonly newsPerDay: number;
  /** How long to wait; the defaults are for production. */
  readonly waits?: Partial<CrmSyncWaits>;
}

/** How long the sync waits. */
export interface CrmSyncWaits {
  /** From one look for due accounts to the next. */
  readonly pollMs: number;
  /** Nobody else takes an account for so long. Far longer than a batch takes. */
  readonly leaseMs: number;
  /** Nobody else talks to the CRM for so long. */
  readonly turnMs: number;
  /** Changes of noisy numbers alone are written so often at most. */
  readonly noiseMs: number;
  /** What was refused or unclear is tried again after so long. */
  readonly againMs: number;
  /** What came to nothing for the moment is tried again after so long. */
  readonly retryMs: number;
}

/** For production. */
export const usualWaits: CrmSyncWaits = {
  pollMs: 2000,
  leaseMs: 3 * minuteMs,
  turnMs: 3 * minuteMs,
  noiseMs: 6 * hourMs,
  againMs: dayMs,
  retryMs: 30_000,
};
