import { z } from 'zod';
import { startBenchRedis } from '../harness/bench-redis.ts';
import type { Benchmark, RunSettings } from '../harness/benchmark.ts';
import { closing } from '../harness/closing.ts';
import type { Marked } from '../harness/mark.ts';
import { highestKeptUp } from '../harness/pace.ts';
import { median } from '../harness/rounds.ts';
import type { StreamShape } from '../workload/stream.ts';
import { drive, prepareLoad } from './load-requests.ts';
import { startWholePath, type WholePath } from './whole-path.ts';

/*
 * Latency: from an event's receipt to its decision being stored, and to the request at the channel, when the hub is half
 * busy. First the highest even pace that the whole rig keeps up with is searched (single signed events, everything on this
 * machine), then half of it is sent; once more right after an overload. The value moment is early here, so that there are
 * many prompts.
 */

const connections = 64;
const eventsPerAccount = 24;
/** How long an even pace is held: to see whether it is kept up, and to time decisions. */
const probeS = 5;
const roundS = 8;
/** So much later than the last request's turn everything may be worked off, when a pace is kept up. */
const lagMsMax = 250;
const overloadEvents = 24_000;

/** NaN when nothing was timed. */
const Milliseconds = z.union([z.number(), z.nan()]);
const Quantiles = z.object({ count: z.number(), p50: Milliseconds, p99: Milliseconds });
const Latencies = z.object({ decision: Quantiles, channel: Quantiles });
type Latencies = z.infer<typeof Latencies>;

/** p50 and p99 at half of the highest even pace that is kept up, in quiet and right after an overload. */
export const latency: Benchmark = {
  name: 'latency',
  async run(settings) {
    await using stack = closing();
    const redis = stack.use(await startBenchRedis('everysec'));
    const path = await startWholePath(stack, redis, 1, settings.profileFolder);
    settings.progress.show('warming up');
    await overload(path, 'warm', settings);
    const most = await searchMost(path, settings);
    const half = Math.floor(most / 2);
    const quiet: Latencies[] = [];
    const pressed: Latencies[] = [];
    for (let number = 1; number <= settings.rounds; number += 1) {
      settings.progress.show(`round ${number} of ${settings.rounds}: ${half} events per second`);
      quiet.push(await atPace(path, `quiet-${number}`, half, roundS * settings.scale));
      settings.progress.show(`round ${number} of ${settings.rounds}: the same after an overload`);
      await overload(path, `burst-${number}`, settings);
      pressed.push(await atPace(path, `pressed-${number}`, half, roundS * settings.scale));
    }
    const counts = [...quiet, ...pressed].map(
      ({ decision, channel }) => `${decision.count} and ${channel.count}`,
    );
    return {
      marks: [
        markOf(quiet, 'decision', 'p50', '', 10, 5),
        markOf(quiet, 'decision', 'p99', '', 100, 30),
        markOf(quiet, 'channel', 'p99', '', 100, undefined),
        markOf(pressed, 'channel', 'p99', ' after an overload', 100, undefined),
      ],
      figures: [],
      notes: [
        `The highest even pace kept up was ${most} events per second; half of it: ${half}. Decisions and prompts timed in each round: ${counts.join(', ')}.`,
        `p50 from accept to the request at the channel: ${median(quiet.map(({ channel }) => channel.p50))} ms, after an overload ${median(pressed.map(({ channel }) => channel.p50))} ms.`,
      ],
    };
  },
};

function markOf(
  rounds: readonly Latencies[],
  what: 'decision' | 'channel',
  share: 'p50' | 'p99',
  when: string,
  must: number,
  stretch: number | undefined,
): Marked {
  const to = what === 'decision' ? 'decision' : 'request at the channel';
  return {
    name: `accept to ${to} at half load${when}, ${share}`,
    unit: 'ms',
    better: 'lower',
    must,
    stretch,
    values: rounds.map((round) => round[what][share]),
  };
}

function streamOf(label: string, events: number): StreamShape {
  return {
    label,
    seed: 80,
    events,
    accounts: Math.ceil(events / eventsPerAccount),
    usersPerAccount: 3,
    order: 'spread',
    nowMs: Date.now(),
    hasDisorder: false,
  };
}

/** The highest even pace, events per second, with which the hub keeps up. */
function searchMost(path: WholePath, { scale, progress }: RunSettings): Promise<number> {
  let probe = 0;
  return highestKeptUp(async (perSecond) => {
    probe += 1;
    progress.show(`searching the highest pace: ${perSecond} events per second`);
    const seconds = probeS * scale;
    const requests = await prepareLoad(
      path.load,
      'webhook',
      streamOf(`probe-${probe}`, Math.ceil(perSecond * seconds)),
    );
    const startedMs = performance.now();
    await drive(path.load, { port: path.port, connections, from: 0, to: requests, perSecond });
    await path.idle();
    return performance.now() - startedMs <= seconds * 1_000 + lagMsMax;
  });
}

/** Sends a burst as fast as it is answered, and waits only until the last of it is accepted and worked off. */
async function overload(path: WholePath, label: string, { scale }: RunSettings): Promise<void> {
  const stream = streamOf(label, Math.ceil(overloadEvents * scale));
  const requests = await prepareLoad(path.load, 'webhook', stream);
  await drive(path.load, { port: path.port, connections, from: 0, to: requests });
  await path.idle();
}

async function atPace(
  path: WholePath,
  label: string,
  perSecond: number,
  seconds: number,
): Promise<Latencies> {
  const stream = streamOf(label, Math.ceil(perSecond * seconds));
  const requests = await prepareLoad(path.load, 'webhook', stream);
  // What was timed before is asked for and thrown away.
  await path.worker.ask('latencies', Latencies);
  await drive(path.load, { port: path.port, connections, from: 0, to: requests, perSecond });
  await path.idle();
  return path.worker.ask('latencies', Latencies);
}
