// Reports. In: a job per batch of outcomes. Out: the receiver has them, in the order in which they came about.
//
// Always true: a job is done only after the receiver has taken its batch or refused it for good; a repeated batch carries
// the same ids, by which the receiver removes copies; what waits for the receiver waits in Redis, so a stop has nothing to
// flush but the batch that is on its way, for which it waits 10 s at most.
// Receiver gone: the queue is held and the batch asked for again, for ever; nothing else of the hub waits for it.
// Redis gone: the job is stalled and run again.

import { Worker } from 'bullmq';
import type { OutcomeSink } from '../core/ports.ts';
import type { Metrics } from '../metrics.ts';
import type { RedisConnection } from '../store/connection.ts';
import type { Durability } from '../store/server-check.ts';
import { createTroubleLog, type JobLog } from './job-log.ts';
import { backoffMs } from './postpone.ts';
import { type ReportJob, reportPrefix, type ReportQueue, reportQueueName } from './report-queue.ts';
import { stopWorkers } from './stop-worker.ts';

/** What telling outcomes needs. */
export interface ReportingDeps {
  /** A `worker` connection. */
  readonly connection: RedisConnection;
  readonly sink: OutcomeSink;
  readonly queue: Pick<ReportQueue, 'hold'>;
  readonly durability: Durability;
  readonly metrics: Pick<Metrics, 'outcomesReported'>;
  readonly log: JobLog;
  /** First wait after `unavailable`, doubled up to a minute. Default: a second. */
  readonly retryMs?: number;
}

const askMs = 15_000;
const usualRetryMs = 1000;
const retryMsMax = 60_000;

/** Starts the worker that tells outcomes. Resolves when it has its connection. */
export async function startReporting(deps: ReportingDeps): Promise<{ stop(): Promise<void> }> {
  const { connection, sink, queue, durability, metrics, log, retryMs = usualRetryMs } = deps;
  const onTrouble = createTroubleLog(log);
  let failures = 0;
  const worker = new Worker<ReportJob, void, 'report'>(
    reportQueueName,
    async ({ data }) => {
      const answer = await sink.report(data, AbortSignal.timeout(askMs));
      if (answer.kind === 'unavailable') {
        const forMs = answer.retryAfterMs ?? backoffMs(failures, retryMs, retryMsMax);
        failures += 1;
        await queue.hold(forMs);
        throw Worker.RateLimitError();
      }
      failures = 0;
      for (const { name } of data) {
        metrics.outcomesReported.inc({ name, answer: answer.kind });
      }
    },
    {
      connection,
      prefix: reportPrefix,
      concurrency: 1,
      lockDuration: 30_000,
      stalledInterval: 10_000,
      maxStalledCount: 10,
      // Far above what is told: BullMQ obeys `hold` only for workers that have a limit of their own.
      limiter: { max: 1_000_000, duration: 1000 },
      removeOnComplete: durability === 'strict' ? { count: 0 } : { age: 30, count: 1000 },
    },
  );
  worker.on('error', (error) => onTrouble(error.message));
  worker.on('failed', (job, error) =>
    log.error(
      { outcomes: job?.data.length, why: error.message.slice(0, 200) },
      'Telling outcomes failed; it is tried again.',
    ),
  );
  await worker.waitUntilReady();
  return { stop: () => stopWorkers([worker]) };
}
