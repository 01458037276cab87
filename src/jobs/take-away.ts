// Banners that their persons dismissed through our link. In: a job per dismissed prompt. Out: its channel took it away.
//
// Always true: taking away may be repeated and shows nobody anything, so there is no claim and no ledger state; a vendor in
// trouble is asked again some times, and then the banner stays until the person closes it.
// Redis gone: the job waits; one whose worker died is found stalled and run again.

import { Queue, Worker } from 'bullmq';
import type { Effect } from '../core/input.ts';
import type { Ledger, PromptChannel } from '../core/ports.ts';
import type { Prompt, PromptLinks } from '../core/prompt/prompt.ts';
import { jobsWaiting } from '../inbox/lane-queues.ts';
import type { RedisConnection } from '../store/connection.ts';
import { reaching } from '../store/store-fault.ts';
import { createTroubleLog, type JobLog } from './job-log.ts';
import { stopWorkers } from './stop-worker.ts';

/** What a job carries: the ledger knows the rest. */
export type TakeAwayJob = Pick<Extract<Effect, { kind: 'take_away' }>, 'decisionId' | 'channel'>;

/** Where dismissed banners wait to be taken away. */
export interface TakeAwayQueue {
  /** Adds a job per banner, named by its decision: while one is there, another is not added. */
  add(jobs: readonly TakeAwayJob[]): Promise<void>;
  waiting(): Promise<number>;
  close(): Promise<void>;
}

const name = 'take-away';
const prefix = '{take-away}';

/** Tries, the first one included. With a first wait of 2 s, doubled each time, the last one is some four minutes later. */
const attempts = 8;
const usualWaitMs = 2000;
const askMs = 15_000;

/** The queue of dismissed banners, on a `producer` connection that is ready. Calls throw `store_unreachable`. */
export async function createTakeAwayQueue(
  connection: RedisConnection,
  onTrouble: (message: string) => void = () => {},
  firstWaitMs: number = usualWaitMs,
): Promise<TakeAwayQueue> {
  const queue = new Queue<TakeAwayJob, void, 'take-away'>(name, {
    connection,
    prefix,
    streams: { events: { maxLen: 1000 } },
    defaultJobOptions: {
      attempts,
      backoff: { type: 'exponential', delay: firstWaitMs, jitter: 0.5 },
      removeOnComplete: true,
      removeOnFail: true,
    },
  });
  queue.on('error', (error) => onTrouble(error.message));
  await reaching('open the queue of dismissed banners', () => queue.waitUntilReady());
  return {
    async add(jobs) {
      await reaching('hand on a dismissed banner', () =>
        Promise.all(jobs.map((job) => queue.add('take-away', job, { jobId: job.decisionId }))),
      );
    },
    waiting: () => reaching('look at the dismissed banners', () => jobsWaiting([queue])),
    close: () => queue.close(),
  };
}

/** What taking dismissed banners away needs. */
export interface TakingAwayDeps {
  /** A `worker` connection. */
  readonly connection: RedisConnection;
  readonly channels: readonly PromptChannel[];
  readonly ledger: Pick<Ledger, 'read'>;
  /** The signed addresses of a prompt, the same as when it was sent. */
  readonly linksOf: (prompt: Pick<Prompt, 'decisionId' | 'decidedMs'>) => PromptLinks;
  readonly log: JobLog;
}

/** Starts a worker that takes dismissed banners away. */
export async function startTakingAway(deps: TakingAwayDeps): Promise<{ stop(): Promise<void> }> {
  const onTrouble = createTroubleLog(deps.log);
  const worker = new Worker<TakeAwayJob, void, 'take-away'>(
    name,
    (job) => takeAway(job.data, deps),
    { connection: deps.connection, prefix, concurrency: 5 },
  );
  worker.on('error', (error) => onTrouble(error.message));
  worker.on('failed', (job, error) => {
    if (job !== undefined && job.attemptsMade >= attempts) {
      deps.log.warn(
        { channel: job.data.channel, decision: job.data.decisionId, why: error.message },
        'A dismissed banner could not be taken away; it stays until the person closes it.',
      );
    }
  });
  await worker.waitUntilReady();
  return { stop: () => stopWorkers([worker]) };
}

/** Throws while the vendor cannot be asked, so that the job is tried again. */
async function takeAway(job: TakeAwayJob, { channels, ledger, linksOf }: TakingAwayDeps) {
  const channel = channels.find((one) => one.name === job.channel);
  const entry = await ledger.read(job.decisionId);
  const userId = entry?.record.userId;
  if (channel?.takeAway === undefined || entry === undefined || userId === undefined) {
    return;
  }
  const { decisionId, words = {} } = entry.record;
  const prompt = { decisionId, userId, words, links: linksOf(entry.record) };
  if ((await channel.takeAway(prompt, AbortSignal.timeout(askMs))) === 'unavailable') {
    throw new Error(`${channel.name} could not be asked`);
  }
}
