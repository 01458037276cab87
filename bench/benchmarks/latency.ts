import { z } from 'zod';
import { startBenchRedis } from '../harness/bench-redis.ts';
import type { Benchmark } from '../harness/benchmark.ts';
import { closing } from '../harness/closing.ts';
import { median } from '../harness/rounds.ts';
import type { StreamShape } from '../workload/stream.ts';
import { drive, prepareLoad } from './load-requests.ts';
import { startWholePath, type WholePath } from './whole-path.ts';

/*
 * Latency: from an event's receipt to its decision being stored, and to the request at the channel, when the hub is half
 * busy. First the most that the whole rig takes is measured (single signed events, everything on this machine, until all
 * is worked off), then half of that is sent at an even pace. The value moment is early here, so that there are many prompts.
 */

const connections = 64;
const eventsPerAccount = 24;
const Quantiles = z.object({ count: z.number(), p50: z.number(), p99: z.number() });
const Latencies = z.object({ decision: Quantiles, channel: Quantiles });

/** p50 and p99 at half load. */
export const latency: Benchmark = {
  name: 'latency',
  async run(settings) {
    await using stack = closing();
    const redis = stack.use(await startBenchRedis('everysec'));
    const path = await startWholePath(stack, redis, 1, settings.profileFolder);
    const events = Math.ceil(24_000 * settings.scale);
    const maxima: number[] = [];
    const rounds: z.infer<typeof Latencies>[] = [];
    for (let number = 0; number <= settings.rounds; number += 1) {
      settings.progress.show(
        number === 0 ? 'warming up' : `round ${number} of ${settings.rounds}: as much as it takes`,
      );
      const most = await mostPerSecond(path, streamOf('most', number, events));
      if (number > 0) {
        maxima.push(most);
        settings.progress.show(
          `round ${number} of ${settings.rounds}: half of ${Math.round(most)} events per second`,
        );
        rounds.push(await atPace(path, streamOf('half', number, events), most / 2));
      }
    }
    const mark = (
      what: 'decision' | 'channel',
      share: 'p50' | 'p99',
      must: number,
      stretch: number | undefined,
    ) => ({
      name: `${what === 'decision' ? 'accept to decision' : 'accept to request at the channel'} at half load, ${share}`,
      unit: 'ms' as const,
      better: 'lower' as const,
      must,
      stretch,
      values: rounds.map((round) => round[what][share]),
    });
    const counts = rounds.map(({ decision, channel }) => `${decision.count} and ${channel.count}`);
    return {
      marks: [
        mark('decision', 'p50', 10, 5),
        mark('decision', 'p99', 100, 30),
        mark('channel', 'p99', 100, undefined),
      ],
      figures: [],
      notes: [
        `The most that the rig took was ${Math.round(median(maxima))} events per second; decisions and prompts timed in each round: ${counts.join(', ')}.`,
        `p50 from accept to the request at the channel: ${median(rounds.map((round) => round.channel.p50))} ms.`,
      ],
    };
  },
};

function streamOf(what: string, round: number, events: number): StreamShape {
  return {
    label: `${what}-${round}`,
    seed: 80 + round,
    events,
    accounts: Math.ceil(events / eventsPerAccount),
    usersPerAccount: 3,
    order: 'spread',
    nowMs: Date.now(),
    hasDisorder: false,
  };
}

/** Events per second from the first request until all is worked off. */
async function mostPerSecond(path: WholePath, stream: StreamShape): Promise<number> {
  const requests = await prepareLoad(path.load, 'webhook', stream);
  const startedMs = performance.now();
  await drive(path.load, { port: path.port, connections, from: 0, to: requests });
  await path.idle();
  await path.worker.ask('latencies', Latencies);
  return (stream.events * 1_000) / (performance.now() - startedMs);
}

async function atPace(
  path: WholePath,
  stream: StreamShape,
  perSecond: number,
): Promise<z.infer<typeof Latencies>> {
  const requests = await prepareLoad(path.load, 'webhook', stream);
  await drive(path.load, { port: path.port, connections, from: 0, to: requests, perSecond });
  await path.idle();
  return path.worker.ask('latencies', Latencies);
}
