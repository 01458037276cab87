import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import type { Input } from '../../src/core/input.ts';
import { createLaneQueues, laneOf, type LaneQueues } from '../../src/inbox/lane-queues.ts';
import { fromWire } from '../../src/inbox/wire.ts';
import { type Lanes, type LanesDeps, startLanes } from '../../src/jobs/lanes.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createRedis, type RedisConnection, whenReady } from '../../src/store/connection.ts';
import { createQuarantine } from '../../src/store/quarantine.ts';
import { trackOf } from '../inbox/arbitrary-input.ts';
import { startRedis, type TestRedis } from '../redis-server.ts';
import { useRedis } from '../use-redis.ts';
import { keepingLog } from './quiet.ts';
import { until } from '../until.ts';

let server: TestRedis;
let producer: RedisConnection;
let connection: RedisConnection;
let queues: LaneQueues;
let running: Lanes[] = [];

useRedis((opened) => {
  producer = opened.redis;
  connection = opened.worker;
  server = opened.server;
});
beforeEach(async () => {
  queues = await createLaneQueues({ connection: producer, lanes: 4 });
});
afterEach(async () => {
  await Promise.all(running.map((lanes) => lanes.stop()));
  running = [];
  await queues.close();
});

async function start(
  processBatch: LanesDeps['processBatch'],
  more: Partial<LanesDeps> = {},
): Promise<Lanes> {
  const lanes = await startLanes({
    connection,
    producer,
    lanes: 4,
    processBatch,
    relay: { sweep: () => Promise.resolve(0) },
    quarantine: createQuarantine(producer),
    metrics: createMetrics(),
    log: keepingLog(),
    ...more,
  });
  running.push(lanes);
  return lanes;
}

function idsOf(inputs: readonly Input[]): string[] {
  return inputs.map(({ id }) => id);
}

describe('lanes', () => {
  it('bring every input to processing, and run one job of a lane at a time even with two workers', async () => {
    const done: string[] = [];
    let atOnce = 0;
    let atOnceMax = 0;
    const processBatch = async (inputs: readonly Input[]): Promise<void> => {
      atOnce += 1;
      atOnceMax = Math.max(atOnceMax, atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      done.push(...idsOf(inputs));
      atOnce -= 1;
    };
    // Enough jobs of one account, so of one lane, for two workers to fight over.
    for (let job = 0; job < 40; job += 1) {
      await queues.enqueue([trackOf(`m${job}`)]);
    }
    await Promise.all([start(processBatch), start(processBatch)]);
    await until('all inputs are processed', () => done.length === 40);
    expect(new Set(done).size).toBe(40);
    expect(atOnceMax).toBe(1);
  });

  it('keep in the journal what they processed, and not what failed', async () => {
    const kept: string[] = [];
    let calls = 0;
    const journal: LanesDeps['journal'] = {
      keep: (lane, job) => {
        const ids = idsOf(job.map(fromWire));
        kept.push(...ids.map((id) => `${lane === laneOf(trackOf(id), 4)} ${id} ${calls}`));
      },
    };
    await queues.enqueue([trackOf('m1'), trackOf('m2')]);
    await start(
      () => {
        calls += 1;
        return calls === 1
          ? Promise.reject(new Fault('store_unreachable', 'later', 'Redis did not answer.'))
          : Promise.resolve();
      },
      { journal },
    );
    await until('the batch is processed', () => kept.length > 0);
    expect(kept).toEqual(['true m1 2', 'true m2 2']);
  });

  it('use up no attempt while the store is away', async () => {
    let calls = 0;
    await queues.enqueue([trackOf('m1')]);
    await start(() => {
      calls += 1;
      return calls <= 3
        ? Promise.reject(new Fault('store_unreachable', 'later', 'Redis did not answer.'))
        : Promise.resolve();
    });
    await until('the batch is processed', () => calls === 4);
    expect((await producer.keys('*:failed')).length).toBe(0);
    expect(await createQuarantine(producer).newest(1)).toEqual([]);
  });

  it('set a poisonous input aside after two failed runs, and process its neighbours', async () => {
    const done: string[] = [];
    const metrics = createMetrics();
    const log = keepingLog();
    const processBatch = async (inputs: readonly Input[]): Promise<void> => {
      if (inputs.some(({ id }) => id === 'poison')) {
        throw new TypeError('cannot read lena@example.com of undefined');
      }
      done.push(...idsOf(inputs));
    };
    const lanes = await start(processBatch, { metrics, log });
    await queues.enqueue([trackOf('m1'), trackOf('poison'), trackOf('m2')]);
    await until('the neighbours are processed', () => done.length === 2);
    expect(done.toSorted()).toEqual(['m1', 'm2']);
    await until(
      'the input is parked',
      async () => (await createQuarantine(producer).newest(9)).length === 1,
    );
    const [kept] = await createQuarantine(producer).newest(9);
    expect(kept).toMatchObject({ reason: 'processing_failed', door: 'lane', userId: 'lena' });
    expect(kept?.message).not.toContain('lena@example.com');
    expect(kept?.raw).toContain('poison');
    expect(await lanes.failed()).toBe(0);
    expect((await metrics.inputsParked.get()).values[0]?.value).toBe(1);
  }, 30_000);

  it('hand on what an earlier run left in the outbox, for the partitions of the batch', async () => {
    const swept: number[] = [];
    let calls = 0;
    await queues.enqueue([trackOf('m1')]);
    await start(
      () => {
        calls += 1;
        return calls === 1
          ? Promise.reject(new Error('crashed after the commit'))
          : Promise.resolve();
      },
      {
        relay: {
          sweep: ({ partitions = [] } = {}) => {
            swept.push(...partitions);
            return Promise.resolve(0);
          },
        },
      },
    );
    await until('the second run swept', () => swept.length > 0);
    expect(calls).toBe(2);
    expect(swept).toHaveLength(1);
  });

  it('work off what lies in lanes that there are no more', async () => {
    const wide = await createLaneQueues({ connection: producer, lanes: 16 });
    const done = new Set<string>();
    const inputs = Array.from({ length: 100 }, (_, at) => trackOf(`m${at}`, `account-${at}`));
    await wide.enqueue(inputs);
    await start(
      (batch) => {
        for (const { id } of batch) {
          done.add(id);
        }
        return Promise.resolve();
      },
      { lanes: 1 },
    );
    await until('all inputs are processed', () => done.size === 100);
    await wide.close();
  });

  it('tell of a lane in which jobs wait and nothing begins', async () => {
    const { promise: hanging, resolve: release } = Promise.withResolvers<void>();
    const lanes = await start(() => hanging);
    expect(await lanes.stuck(0)).toEqual([]);
    for (let job = 0; job < 3; job += 1) {
      await queues.enqueue([trackOf(`m${job}`)]);
    }
    await lanes.stuck(0);
    expect(await lanes.stuck(60_000)).toEqual([]);
    expect(await lanes.stuck(0)).toHaveLength(1);
    release();
    await until('the lane moves again', async () => (await lanes.stuck(0)).length === 0);
  });

  it('finish the running batch before they stop', async () => {
    let isDone = false;
    const { promise: hasBegun, resolve: begun } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const lanes = await start(async () => {
      begun();
      await released;
      isDone = true;
    });
    await queues.enqueue([trackOf('m1')]);
    await hasBegun;
    const stopped = lanes.stop();
    release();
    await stopped;
    expect(isDone).toBe(true);
  });

  it('leave no finished job in Redis, where thousands of them would cost memory and time', async () => {
    let calls = 0;
    await start(() => {
      calls += 1;
      return Promise.resolve();
    });
    await queues.enqueue([trackOf('m1')]);
    await until(
      'the job is gone',
      async () => calls === 1 && (await producer.keys('*:lane-*:1')).length === 0,
    );
    expect(await producer.keys('*:completed')).toEqual([]);
  });

  it('go on after Redis was killed and started again, without losing a job', async () => {
    await using other = await startRedis();
    const otherProducer = createRedis(other, 'producer');
    const otherConnection = createRedis(other, 'worker');
    await whenReady(otherProducer, other);
    const otherQueues = await createLaneQueues({ connection: otherProducer, lanes: 1 });
    const done = new Set<string>();
    const lanes = await start(
      (batch) => {
        for (const { id } of batch) {
          done.add(id);
        }
        return Promise.resolve();
      },
      {
        connection: otherConnection,
        producer: otherProducer,
        lanes: 1,
        quarantine: createQuarantine(otherProducer),
      },
    );
    await otherQueues.enqueue([trackOf('before')]);
    await until('the first is processed', () => done.has('before'));
    await other.kill('SIGKILL');
    await other.restart();
    await whenReady(otherProducer, other);
    await otherQueues.enqueue([trackOf('after')]);
    await until('the second is processed', () => done.has('after'));
    await lanes.stop();
    await otherQueues.close();
    otherProducer.disconnect();
    otherConnection.disconnect();
  }, 30_000);
});

describe('a worker killed with SIGKILL', () => {
  let child: ChildProcess | undefined;
  afterEach(() => child?.kill('SIGKILL'));

  it('frees its lane: another worker processes its job', async () => {
    const single = await createLaneQueues({ connection: producer, lanes: 1 });
    await single.enqueue([trackOf('m1')]);
    const script = fileURLToPath(new URL('killed-worker.ts', import.meta.url));
    child = spawn(process.execPath, [script, server.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (child.stdout === null) {
      throw new Error('the worker has no output');
    }
    await once(child.stdout, 'data');
    const done: string[] = [];
    await start(
      (inputs) => {
        done.push(...idsOf(inputs));
        return Promise.resolve();
      },
      { lanes: 1 },
    );
    await single.enqueue([trackOf('m2')]);
    child.kill('SIGKILL');
    await until('both jobs are processed', () => done.length === 2);
    expect(done.toSorted()).toEqual(['m1', 'm2']);
    await single.close();
  }, 40_000);
});
