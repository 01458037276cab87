import type { LaneJob, LaneQueues } from './lane-queues.ts';

/** A job that Redis has acknowledged as added or as done, and when, by `performance.now()`. */
interface Entry {
  readonly lane: number;
  readonly job: LaneJob;
  readonly storedMs: number;
}

/**
 * What this process put into lanes, or processed, and what may not yet be on the disk of the server that acknowledged it
 * (append-only file synced every second). When a server has come back that knows less, it is put in again; what the server
 * did know counts once all the same.
 */
export interface Journal {
  /** Keeps a job that was acknowledged, or processed. */
  keep(lane: number, job: LaneJob): void;
  /** Forgets what surely is on disk, the server having lived without a break until `aliveMs` (`performance.now()`). */
  settle(aliveMs: number): void;
  /** Adds all that is kept once more; it stays kept until it is settled. Throws `store_unreachable`. Gives how many jobs. */
  addAgain(queues: Pick<LaneQueues, 'add'>): Promise<number>;
}

/** `everysec` means a second, and up to another one while the disk is busy (Redis documentation, persistence, 2026-11). */
const syncMsMax = 2000;
/** Most inputs kept, some hundred bytes each. The oldest beyond it are forgotten: they are the most surely on disk. */
const keptMax = 100_000;

/** An empty journal, in memory: it outlives the server, not its own process. */
export function createJournal(): Journal {
  let entries: Entry[] = [];
  let inputs = 0;
  const forget = (count: number): void => {
    for (const { job } of entries.splice(0, count)) {
      inputs -= job.length;
    }
  };
  return {
    keep(lane, job) {
      entries.push({ lane, job, storedMs: performance.now() });
      inputs += job.length;
      if (inputs > keptMax) {
        forget(Math.ceil(entries.length / 10));
      }
    },
    settle(aliveMs) {
      const firstYoung = entries.findIndex(({ storedMs }) => storedMs > aliveMs - syncMsMax);
      forget(firstYoung < 0 ? entries.length : firstYoung);
    },
    async addAgain(queues) {
      const before = entries;
      entries = [];
      inputs = 0;
      try {
        await Promise.all(before.map(({ lane, job }) => queues.add(lane, job)));
      } catch (error) {
        entries = [...before, ...entries];
        inputs = entries.reduce((sum, { job }) => sum + job.length, 0);
        throw error;
      }
      return before.length;
    },
  };
}
