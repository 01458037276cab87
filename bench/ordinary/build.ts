import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Rules } from '../workload/rules.ts';
import type { SegmentCall } from '../workload/segment-call.ts';
import { createCountEvent } from './count-event.ts';
import { createDecide, type OrdinaryDecision } from './decide.ts';
import { createRulesEngine } from './rules-engine.ts';

/*
 * The build that the hub is compared with: what a good developer writes with the same parts in a week. One BullMQ job per
 * event; a sorted set per rule and account, pipelined; json-rules-engine on the counts; a cap; a decision record; a job
 * for the prompt. It does what the streams of the benchmarks need, with the same outcome (bench/benchmarks/consume.ts proves it).
 * It does not have what the hub has besides: no explanation of refusals, no ledger of sends, no safety when two jobs of
 * an account run at once, nothing for users whose account is not known yet.
 */

/** An event older than this counts and fires nothing. */
const fireAgeMs = 24 * 3_600_000;
/** Of 10, 50 and 200 the best in its own measurements; from 10 on it matters little. */
const concurrency = 50;

/** The ordinary way to build the same, to be measured beside the hub. */
export interface OrdinaryBuild {
  /** One job per call. */
  enqueue(calls: readonly SegmentCall[]): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Jobs finished since the start. */
  readonly finished: number;
  readonly redis: Redis;
  stop(): Promise<void>;
}

/** Starts the ordinary build on the Redis at this unix socket. `send` is what a prompt's job does. */
export async function startOrdinaryBuild(
  path: string,
  rules: Rules,
  send: (decision: OrdinaryDecision) => Promise<void>,
): Promise<OrdinaryBuild> {
  const redis = new Redis({ path });
  const connection = { path, maxRetriesPerRequest: null };
  const defaultJobOptions = { removeOnComplete: true, attempts: 10 };
  const events = new Queue<SegmentCall, void, 'event'>('events', { connection, defaultJobOptions });
  const prompts = new Queue<OrdinaryDecision, void, 'prompt'>('prompts', {
    connection,
    defaultJobOptions,
  });
  const countEvent = createCountEvent(redis, rules);
  const evaluate = createRulesEngine(rules);
  const decide = createDecide(redis, rules);
  let finished = 0;

  const handle = async (call: SegmentCall): Promise<void> => {
    const nowMs = Date.now();
    const countByRule = await countEvent(call, nowMs);
    if (countByRule === undefined || nowMs - Date.parse(call.timestamp) > fireAgeMs) {
      return;
    }
    const holding = await evaluate({ eventName: call.event, countByRule });
    const decision = await decide(call, holding, nowMs);
    if (decision?.outcome === 'prompt') {
      await prompts.add('prompt', decision, { jobId: decision.decisionId });
    }
  };

  const eventWorker = new Worker<SegmentCall, void, 'event'>('events', ({ data }) => handle(data), {
    connection,
    concurrency,
  });
  const promptWorker = new Worker<OrdinaryDecision, void, 'prompt'>(
    'prompts',
    ({ data }) => send(data),
    { connection, concurrency },
  );
  eventWorker.on('completed', () => {
    finished += 1;
  });
  await Promise.all([eventWorker.waitUntilReady(), promptWorker.waitUntilReady()]);

  return {
    redis,
    get finished() {
      return finished;
    },
    async enqueue(calls) {
      for (let at = 0; at < calls.length; at += 1_000) {
        await events.addBulk(calls.slice(at, at + 1_000).map((data) => ({ name: 'event', data })));
      }
    },
    pause: () => events.pause(),
    resume: () => events.resume(),
    async stop() {
      await Promise.all([eventWorker.close(), promptWorker.close()]);
      await Promise.all([events.close(), prompts.close()]);
      redis.disconnect();
    },
  };
}
