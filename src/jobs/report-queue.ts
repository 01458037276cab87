import { Queue } from 'bullmq';
import { jobsWaiting } from '../inbox/lane-queues.ts';
import type { Outcome } from '../core/outcome/outcome.ts';
import type { RedisConnection } from '../store/connection.ts';
import { reaching } from '../store/store-fault.ts';

/** Outcomes that are told together. */
export type ReportJob = readonly Outcome[];
type ReportBullQueue = Queue<ReportJob, void, 'report'>;

/** The queue of outcomes and the prefix of its keys; one for the whole hub. */
export const reportQueueName = 'report';
export const reportPrefix = '{report}';

/** Most outcomes of one job: with some KB each they stay below the 500 KB that Segment takes at once. */
const reportItemsMax = 50;

/** The queue in which outcomes wait for their receiver. */
export interface ReportQueue {
  /** Adds outcomes in as few jobs as their number allows, in their order. `jobIdOf` names a job by what is in it. */
  add(outcomes: readonly Outcome[], jobIdOf: (ids: readonly string[]) => string): Promise<void>;
  /** Nobody asks the receiver for so long. */
  hold(forMs: number): Promise<void>;
  /** Jobs that wait or run. */
  waiting(): Promise<number>;
  close(): Promise<void>;
}

/** The queue on a `producer` connection that is ready. Calls throw `store_unreachable`. */
export async function createReportQueue({
  connection,
  onTrouble = () => {},
}: {
  readonly connection: RedisConnection;
  readonly onTrouble?: (message: string) => void;
}): Promise<ReportQueue> {
  const queue: ReportBullQueue = new Queue(reportQueueName, {
    connection,
    prefix: reportPrefix,
    streams: { events: { maxLen: 1000 } },
    defaultJobOptions: {
      attempts: 10,
      backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
      removeOnFail: { age: 7 * 24 * 3600 },
    },
  });
  queue.on('error', (error) => onTrouble(error.message));
  await reaching('open the queue of outcomes', async () => {
    await queue.waitUntilReady();
    // One batch after the other over all workers, so that what came first is told first.
    await queue.setGlobalConcurrency(1);
  });
  return {
    async add(outcomes, jobIdOf) {
      const count = Math.ceil(outcomes.length / reportItemsMax);
      const jobs = Array.from({ length: count }, (_, at) => {
        const data = outcomes.slice(at * reportItemsMax, (at + 1) * reportItemsMax);
        const jobId = jobIdOf(data.map(({ id }) => `report.${id}`));
        return { name: 'report' as const, data, opts: { jobId } };
      });
      if (jobs.length > 0) {
        await reaching('keep outcomes for their receiver', () => queue.addBulk(jobs));
      }
    },
    async hold(forMs) {
      await reaching('hold outcomes back', () => queue.rateLimit(Math.max(1, Math.round(forMs))));
    },
    async waiting() {
      return reaching('look at the queue of outcomes', () => jobsWaiting([queue]));
    },
    close: () => queue.close(),
  };
}
