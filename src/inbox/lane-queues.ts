import { Queue } from 'bullmq';
import { partitionOf } from '../core/partition.ts';
import { type Input, unitOf } from '../core/input.ts';
import type { RedisConnection } from '../store/connection.ts';
import { reaching } from '../store/store-fault.ts';
import type { Journal } from './journal.ts';
import { type WireInput, toWire, wireSize } from './wire.ts';

/** Most lanes a hub has (hot-path section 2.2). */
export const lanesMax = 16;
/** Most inputs, and about most bytes, of one job: a larger one delays the renewal of its lock. */
export const jobItemsMax = 200;
export const jobBytesMax = 256 * 1024;

/** What a lane's job carries. */
export type LaneJob = readonly WireInput[];
/** The BullMQ queue of one lane. */
export type LaneQueue = Queue<LaneJob, void, 'inputs'>;

/** The name and the key prefix of a lane's queue. */
export function laneName(lane: number): { readonly name: string; readonly prefix: string } {
  return { name: `lane-${lane}`, prefix: `{lane${lane}}` };
}

/** The lane of an input: all inputs of a unit go through one lane. */
export function laneOf(input: Input, lanes: number): number {
  return partitionOf(unitOf(input)) % lanes;
}

/** The queues of all lanes, for those who put inputs in. */
export interface LaneQueues {
  readonly lanes: number;
  /**
   * Adds one job; resolves when Redis has it. Of two jobs with one `jobId` only the first is kept. Throws
   * `store_unreachable`; the job may then be there or not.
   */
  add(lane: number, inputs: LaneJob, jobId?: string): Promise<void>;
  /** Puts inputs in durably, in as few jobs as their lanes and sizes allow. `jobIdOf` names a job by what is in it. */
  enqueue(inputs: readonly Input[], jobIdOf?: (ids: readonly string[]) => string): Promise<void>;
  /** Jobs that wait, run, or are put off, over all lanes. */
  waiting(): Promise<number>;
  close(): Promise<void>;
}

/** One queue of a lane; each lane runs one job at a time, anywhere. Close it when done; the connection stays open. */
export async function openLaneQueue(
  connection: RedisConnection,
  lane: number,
  onTrouble: (message: string) => void,
): Promise<LaneQueue> {
  const { name, prefix } = laneName(lane);
  const queue: LaneQueue = new Queue(name, {
    connection,
    prefix,
    // Each change of a job's state is an entry in this stream, which nobody reads on the hot path.
    streams: { events: { maxLen: 1000 } },
    // Stalls use no attempts. A failed batch is customer data: it stays until somebody runs it again.
    defaultJobOptions: {
      attempts: 10,
      backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
      removeOnFail: false,
    },
  });
  queue.on('error', (error) => onTrouble(error.message));
  await reaching(`open the queue ${name}`, async () => {
    await queue.waitUntilReady();
    await queue.setGlobalConcurrency(1);
  });
  return queue;
}

/**
 * Opens the queues of lanes 0 to `lanes - 1` on one `producer` connection that is ready. `journal` keeps what Redis
 * acknowledged until it surely is on disk.
 */
export async function createLaneQueues({
  connection,
  lanes,
  onTrouble = () => {},
  journal,
}: {
  readonly connection: RedisConnection;
  readonly lanes: number;
  readonly onTrouble?: (message: string) => void;
  readonly journal?: Pick<Journal, 'keep'> | undefined;
}): Promise<LaneQueues> {
  const queues = await Promise.all(
    Array.from({ length: lanes }, (_, lane) => openLaneQueue(connection, lane, onTrouble)),
  );
  const add = async (lane: number, inputs: LaneJob, jobId?: string): Promise<void> => {
    const queue = queues[lane];
    if (queue === undefined) {
      throw new Error(`There is no lane ${lane}: there are ${lanes}.`);
    }
    await reaching('take events in', () =>
      queue.add('inputs', inputs, jobId === undefined ? undefined : { jobId }),
    );
    journal?.keep(lane, inputs);
  };
  return {
    lanes,
    add,
    async enqueue(inputs, jobIdOf) {
      const jobs = jobsOf(inputs, lanes);
      await Promise.all(jobs.map(({ lane, wires, ids }) => add(lane, wires, jobIdOf?.(ids))));
    },
    async waiting() {
      return reaching('look at the lanes', () => jobsWaiting(queues));
    },
    async close() {
      await Promise.all(queues.map((queue) => queue.close()));
    },
  };
}

/** Jobs that wait, run, or are put off, over all queues. */
export async function jobsWaiting(queues: Iterable<Pick<Queue, 'getJobCounts'>>): Promise<number> {
  const counts = await Promise.all(
    [...queues].map((queue) => queue.getJobCounts('wait', 'active', 'delayed')),
  );
  return counts.flatMap((one) => Object.values(one)).reduce((sum, count) => sum + count, 0);
}

interface PlannedJob {
  readonly lane: number;
  readonly wires: WireInput[];
  readonly ids: string[];
  bytes: number;
}

function jobsOf(inputs: readonly Input[], lanes: number): readonly PlannedJob[] {
  const jobs: PlannedJob[] = [];
  const open = new Map<number, PlannedJob>();
  for (const input of inputs) {
    const lane = laneOf(input, lanes);
    const wire = toWire(input);
    const size = wireSize(wire);
    let job = open.get(lane);
    if (job === undefined || job.wires.length === jobItemsMax || job.bytes + size > jobBytesMax) {
      job = { lane, wires: [], ids: [], bytes: 0 };
      open.set(lane, job);
      jobs.push(job);
    }
    job.wires.push(wire);
    job.ids.push(input.id);
    job.bytes += size;
  }
  return jobs;
}
