import { startBenchRedis } from '../harness/bench-redis.ts';
import { type Benchmark, figuresOf, type Outcome, type RunSettings } from '../harness/benchmark.ts';
import { closing } from '../harness/closing.ts';
import { interleave, samplesOf } from '../harness/rounds.ts';
import { measure, ratesOf, type Sample } from '../harness/sample.ts';
import type { StreamShape } from '../workload/stream.ts';
import { drive, prepareLoad } from './load-requests.ts';
import { startWholePath, type WholePath } from './whole-path.ts';

/*
 * Redis CPU of an event's whole way, accept and consume, in batches of 100 from 8 connections with the worker running
 * beside: from the first request until everything has been worked off.
 */

const eventsPerAccount = 24;
const connections = 8;
const batchSize = 100;

/** CPU microseconds of Redis per event, on spread accounts and on runs of five events per account. */
export const redisCpu: Benchmark = {
  name: 'redis-cpu',
  async run(settings) {
    await using stack = closing();
    const redis = stack.use(await startBenchRedis('everysec'));
    const path = await startWholePath(stack, redis, 9, settings.profileFolder);
    const spread = await runOrder('spread', 10, path, settings);
    const locality = await runOrder('locality', 5, path, settings);
    return {
      marks: [...spread.marks, ...locality.marks],
      figures: [...spread.figures, ...locality.figures],
      notes: ['Node us is api and worker together.'],
    };
  },
};

async function runOrder(
  order: 'spread' | 'locality',
  stretch: number,
  path: WholePath,
  settings: RunSettings,
): Promise<Outcome> {
  const accounts = Math.ceil(2_000 * settings.scale);
  const samples = await interleave(
    [
      {
        name: order,
        round: (number) =>
          oneRound(path, {
            label: `${order}-${number}`,
            seed: 60 + number,
            events: accounts * eventsPerAccount,
            accounts,
            usersPerAccount: 3,
            order,
            nowMs: Date.now(),
            hasDisorder: false,
          }),
      },
    ],
    settings.rounds,
    settings.progress,
  );
  const own = samplesOf(samples, order);
  return {
    marks: [
      {
        name: `Redis CPU per event, whole path, batches, ${order}`,
        unit: 'us',
        better: 'lower',
        must: 12,
        stretch,
        values: own.map((sample) => ratesOf(sample).redisUs),
      },
    ],
    figures: [figuresOf(`whole path, ${order}`, own)],
    notes: [],
  };
}

async function oneRound(path: WholePath, stream: StreamShape): Promise<Sample> {
  const { load, port, api, worker, redis } = path;
  const requests = await prepareLoad(load, 'batch', stream);
  const warm = Math.ceil(requests / 4);
  await drive(load, { port, connections, from: 0, to: warm });
  await path.idle();
  return measure({ processes: [api, worker], redis }, async () => {
    const startedMs = performance.now();
    await drive(load, { port, connections, from: warm, to: requests });
    await path.idle();
    const events = stream.events - warm * batchSize;
    return { events, seconds: (performance.now() - startedMs) / 1_000 };
  });
}
