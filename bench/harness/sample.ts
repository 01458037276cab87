import type { BenchRedis } from './bench-redis.ts';
import type { Child } from './child.ts';

/** What one round of one contestant took. CPU is user and system time, also of the kernel on its behalf. */
export interface Sample {
  readonly events: number;
  readonly seconds: number;
  readonly nodeUs: number;
  readonly redisUs: number;
}

/** Whose CPU time is the contestant's own. The load generator and the benchmark itself are nobody's. */
export interface UnderTest {
  readonly processes: readonly Child[];
  readonly redis: BenchRedis | undefined;
}

/** Does the work once and measures it; the work says how many events it was and how many seconds it took. */
export async function measure(
  underTest: UnderTest,
  work: () => Promise<{ readonly events: number; readonly seconds: number }>,
): Promise<Sample> {
  const before = await cpuUs(underTest);
  const { events, seconds } = await work();
  const after = await cpuUs(underTest);
  return {
    events,
    seconds,
    nodeUs: after.nodeUs - before.nodeUs,
    redisUs: after.redisUs - before.redisUs,
  };
}

/** Events per second, and CPU microseconds per event. */
export function ratesOf(sample: Sample): {
  readonly perSecond: number;
  readonly nodeUs: number;
  readonly redisUs: number;
} {
  return {
    perSecond: sample.events / sample.seconds,
    nodeUs: sample.nodeUs / sample.events,
    redisUs: sample.redisUs / sample.events,
  };
}

async function cpuUs({
  processes,
  redis,
}: UnderTest): Promise<{ readonly nodeUs: number; readonly redisUs: number }> {
  const [redisUs, ...nodes] = await Promise.all([
    redis?.cpuUs() ?? 0,
    ...processes.map((process) => process.cpuUs()),
  ]);
  return { nodeUs: nodes.reduce((sum, us) => sum + us, 0), redisUs };
}
