import { z } from 'zod';
import type { BenchRedis } from '../harness/bench-redis.ts';
import type { Child } from '../harness/child.ts';
import { measure, type Sample } from '../harness/sample.ts';
import { Outputs } from '../processes/consumer-params.ts';
import type { StreamShape } from '../workload/stream.ts';

/** A program that consumes a stream: the hub's worker or the ordinary build. */
export interface Consumer {
  readonly name: string;
  /** Takes in a whole stream; measures all but its first quarter, which builds up the accounts. */
  consume(stream: StreamShape): Promise<Sample>;
  /** What came of the stream that was consumed last. */
  outputs(): Promise<Outputs>;
}

/** Starts the consumer in `process` on its own Redis. */
export async function startConsumer(
  name: string,
  process: Child,
  redis: BenchRedis,
  triggers: number,
): Promise<Consumer> {
  await process.ask('start', z.undefined(), { path: redis.target.path, triggers });
  let last: StreamShape | undefined;

  const part = async (from: number, to: number): Promise<{ events: number; seconds: number }> => ({
    events: to - from,
    seconds: await process.ask('drain', z.number()),
  });

  return {
    name,
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
