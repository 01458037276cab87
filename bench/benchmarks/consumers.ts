import { z } from 'zod';
import { type BenchRedis, startBenchRedis } from '../harness/bench-redis.ts';
import { startChild } from '../harness/child.ts';
import type { Closing } from '../harness/closing.ts';
import { measure, type Sample } from '../harness/sample.ts';
import { Outputs } from '../processes/consumer-params.ts';
import type { StreamShape } from '../workload/stream.ts';

/** A program that consumes a stream: the hub's worker, the ordinary build, or the limit that does nothing. */
export interface Consumer {
  readonly name: string;
  readonly redis: BenchRedis;
  /** Takes in a whole stream; measures all but its first quarter, which builds up the accounts. */
  consume(stream: StreamShape): Promise<Sample>;
  /** What came of the stream that was consumed last. */
  outputs(): Promise<Outputs>;
}

/** Starts a consumer in a process of its own, on a Redis of its own; `stack` stops both again. */
export async function startConsumer(
  stack: Closing,
  settings: {
    readonly name: string;
    /** `consumer` is the hub's worker; `raw-stream` reads and acknowledges, and has no outputs. */
    readonly program: 'consumer' | 'ordinary' | 'raw-stream';
    readonly triggers: number;
    /** How many of them can fire. Default 20. */
    readonly withinReach?: number;
    /** How often each event is taken in, where it is too little work to be measured once. Default 1. */
    readonly copies?: number;
    readonly profileFolder?: string | undefined;
  },
): Promise<Consumer> {
  const { name, program, triggers, withinReach = 20, copies = 1, profileFolder } = settings;
  const redis = stack.use(await startBenchRedis('everysec'));
  const process = stack.use(startChild(program, profileFolder));
  const { path } = redis.target;
  await process.ask('start', z.undefined(), { path, triggers, withinReach, copies });
  let last: StreamShape | undefined;

  const part = async (from: number, to: number): Promise<{ events: number; seconds: number }> => ({
    events: (to - from) * copies,
    seconds: await process.ask('drain', z.number()),
  });

  return {
    name,
    redis,
    async consume(stream) {
      last = stream;
      const warm = Math.ceil(stream.events / 4);
      await process.ask('prepare', z.undefined(), stream);
      await process.ask('fill', z.undefined(), { from: 0, to: warm });
      await part(0, warm);
      await process.ask('fill', z.undefined(), { from: warm, to: stream.events });
      return measure({ processes: [process], redis }, () => part(warm, stream.events));
    },
    outputs: () => process.ask('outputs', Outputs, last),
  };
}
