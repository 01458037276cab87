// The lanes' workers. In: jobs of up to 200 inputs. Out: each input moved its unit, or lies in the quarantine.
//
// Always true: one job of a lane runs at a time, anywhere; a job is done only after `processBatch` has stored all of it;
// Redis away uses up no attempt; an input that makes processing fail again and again is set aside, so that its neighbours
// go on (from the third run each unit alone, then each input); a job that still fails is kept. After a run that was not
// the first, what an earlier one left in the outbox is handed on at once.
// A worker killed: its lanes go on elsewhere after at most lock plus stalled interval (9 s).

import { type Job, type Queue, Worker } from 'bullmq';
import { Fault } from '../core/fault.ts';
import { type Input, unitOf } from '../core/input.ts';
import { partitionOf, unitKey } from '../core/partition.ts';
import type { Quarantined } from '../core/ports.ts';
import { fromWire, toWire } from '../inbox/wire.ts';
import type { Journal } from '../inbox/journal.ts';
import {
  type LaneJob,
  laneName,
  type LaneQueue,
  lanesMax,
  openLaneQueue,
} from '../inbox/lane-queues.ts';
import type { Metrics } from '../metrics.ts';
import type { RedisConnection } from '../store/connection.ts';
import type { Quarantine } from '../store/quarantine.ts';
import { createTroubleLog, type JobLog } from './job-log.ts';
import { backoffMs, postpone } from './postpone.ts';
import type { Relay } from './relay.ts';
import { stopWorkers } from './stop-worker.ts';

/** What working off the lanes needs. */
export interface LanesDeps {
  /** A `worker` connection; each lane makes a blocking one of its own from it. */
  readonly connection: RedisConnection;
  /** A `producer` connection, for looking at the queues. */
  readonly producer: RedisConnection;
  readonly lanes: number;
  /** Loads, advances, commits and relays; throws a `later` fault when Redis is away. */
  readonly processBatch: (inputs: readonly Input[]) => Promise<void>;
  readonly relay: Pick<Relay, 'sweep'>;
  readonly quarantine: Pick<Quarantine, 'add'>;
  readonly metrics: Pick<Metrics, 'inputsParked'>;
  /** Keeps what was processed until what it changed surely is on disk. Undefined: it is at once. */
  readonly journal?: Pick<Journal, 'keep'> | undefined;
  readonly log: JobLog;
}

/** The lanes of this process, running. */
export interface Lanes {
  /** Lanes in which jobs wait and nothing has begun for `forMs` (default 30 s), as seen by calls some seconds apart. */
  stuck(forMs?: number): Promise<readonly string[]>;
  /** Jobs that failed for good and are kept, over all lanes. */
  failed(): Promise<number>;
  /** Runs the kept failed jobs again. */
  retryFailed(): Promise<void>;
  /** Begins no new job and lets running ones finish, at most 10 s. */
  stop(): Promise<void>;
}

/** From this run on a job is taken apart. */
const splitFromRun = 3;
const rawMax = 32 * 1024;

/**
 * Starts a worker for each lane, and for lanes of an earlier, larger number in which jobs are left. Resolves when all
 * have their connections.
 */
export async function startLanes(deps: LanesDeps): Promise<Lanes> {
  const onTrouble = createTroubleLog(deps.log);
  const opened = await openQueues(deps, onTrouble);
  const queues = opened.map(({ queue }) => queue);
  const workers = opened.map(({ lane }) => startWorker(lane, deps, onTrouble));
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  const heads = new Map<string, { readonly id: string; readonly sinceMs: number }>();

  return {
    async stuck(forMs = 30_000) {
      const stuck: string[] = [];
      for (const queue of queues) {
        const [id] = await queue.getRanges(['wait'], 0, 0, true);
        const head = heads.get(queue.name);
        if (id === undefined) {
          heads.delete(queue.name);
        } else if (head?.id !== id) {
          heads.set(queue.name, { id, sinceMs: performance.now() });
        } else if (performance.now() - head.sinceMs >= forMs) {
          stuck.push(queue.name);
        }
      }
      return stuck;
    },
    async failed() {
      const counts = await Promise.all(queues.map((queue) => queue.getFailedCount()));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    async retryFailed() {
      await Promise.all(queues.map((queue) => queue.retryJobs({ state: 'failed' })));
    },
    async stop() {
      await stopWorkers(workers);
      await Promise.allSettled(queues.map((queue) => queue.close()));
    },
  };
}

async function openQueues(
  deps: LanesDeps,
  onTrouble: (message: string) => void,
): Promise<readonly { readonly lane: number; readonly queue: LaneQueue }[]> {
  const opened = await Promise.all(
    Array.from({ length: lanesMax }, async (_, lane) => {
      const queue = await openLaneQueue(deps.producer, lane, onTrouble);
      if (lane < deps.lanes) {
        return [{ lane, queue }];
      }
      if (await hasJobs(queue)) {
        deps.log.info({ lane }, 'Jobs of a lane that there is no more are worked off.');
        return [{ lane, queue }];
      }
      await queue.close();
      return [];
    }),
  );
  return opened.flat();
}

function startWorker(lane: number, deps: LanesDeps, onTrouble: (message: string) => void) {
  const { name, prefix } = laneName(lane);
  const processor = (job: Job<LaneJob, void, 'inputs'>, token: string | undefined) =>
    run(job, token, lane, deps);
  const worker = new Worker<LaneJob, void, 'inputs'>(name, processor, {
    connection: deps.connection,
    prefix,
    concurrency: 1,
    lockDuration: 6000,
    stalledInterval: 3000,
    // Never 1, the default: a batch whose worker was killed twice would end as failed.
    maxStalledCount: 10,
    // Copies of done batches are kept by the journal, not by the server (docs/decisions/0004).
    removeOnComplete: { count: 0 },
  });
  worker.on('error', (error) => onTrouble(error.message));
  worker.on('failed', (job, error) => {
    const isOver = job === undefined || job.attemptsMade >= (job.opts.attempts ?? 1);
    deps.log[isOver ? 'error' : 'warn'](
      { lane: name, job: job?.id, attempts: job?.attemptsMade, why: error.message.slice(0, 200) },
      isOver
        ? 'A batch failed for good and is kept; mend the cause and run it again.'
        : 'A batch failed; it is tried again.',
    );
  });
  return worker;
}

async function run(
  job: Job<LaneJob, void, 'inputs'>,
  token: string | undefined,
  lane: number,
  deps: LanesDeps,
): Promise<void> {
  const inputs = job.data.map(fromWire);
  try {
    // Stalls count as runs: a batch that takes its worker down is taken apart as well.
    if (job.attemptsMade + job.stalledCounter >= splitFromRun - 1) {
      await runApart(inputs, deps);
    } else {
      await deps.processBatch(inputs);
    }
    if (job.attemptsStarted > 1) {
      const partitions = new Set(inputs.map((input) => partitionOf(unitOf(input))));
      await deps.relay.sweep({ partitions, olderThanMs: 0 });
    }
  } catch (error) {
    if (error instanceof Fault && error.retry === 'later') {
      throw await postpone(job, token, backoffMs(job.attemptsStarted - 1, 250, 5000));
    }
    throw error;
  }
  if (lane < deps.lanes) {
    deps.journal?.keep(lane, job.data);
  }
}

/** Each unit alone; of a unit that fails, each input alone; what still fails goes to the quarantine. */
async function runApart(inputs: readonly Input[], deps: LanesDeps): Promise<void> {
  const units = Map.groupBy(inputs, (input) => unitKey(unitOf(input)));
  for (const ofUnit of units.values()) {
    if ((await attempt(ofUnit, deps)) === undefined) {
      continue;
    }
    for (const input of ofUnit) {
      const failure = await attempt([input], deps);
      if (failure !== undefined) {
        await deps.quarantine.add([toParked(input, failure)]);
        deps.metrics.inputsParked.inc();
      }
    }
  }
}

/** The error that processing these inputs gives; undefined when it went well. Throws when trying later may help. */
async function attempt(inputs: readonly Input[], deps: LanesDeps): Promise<Error | undefined> {
  try {
    await deps.processBatch(inputs);
    return undefined;
  } catch (error) {
    if (error instanceof Fault && error.retry === 'later') {
      throw error;
    }
    return error instanceof Error ? error : new Error('Processing failed without an error.');
  }
}

function toParked(input: Input, failure: Error): Quarantined {
  const kind = failure instanceof Fault ? failure.code : failure.name;
  return {
    reason: 'processing_failed',
    message: `Processing this ${input.kind} failed ${splitFromRun} times (${kind}); send it again when the cause is mended.`,
    door: 'lane',
    receivedMs: input.receivedMs,
    userId: userOf(input),
    raw: JSON.stringify(toWire(input)).slice(0, rawMax),
  };
}

function userOf(input: Input): string | undefined {
  switch (input.kind) {
    case 'event':
      return input.event.userId ?? input.event.anonymousId;
    case 'prompt_asked':
      return input.prompt.userId;

    default:
      return input.userId;
  }
}

async function hasJobs(queue: Pick<Queue, 'getJobCounts'>): Promise<boolean> {
  const counts = await queue.getJobCounts('wait', 'active', 'delayed', 'failed');
  return Object.values(counts).some((count) => count > 0);
}
