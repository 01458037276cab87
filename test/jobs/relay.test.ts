import { Queue } from 'bullmq';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/core/ports.ts';
import { createLearningStore, type LearningStore } from '../../src/store/learning.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { createTimerStore, type TimerStore } from '../../src/store/timer-store.ts';
import type { Effect } from '../../src/core/input.ts';
import { partitionOf, type Unit } from '../../src/core/partition.ts';
import {
  createLaneQueues,
  type LaneJob,
  laneName,
  type LaneQueues,
} from '../../src/inbox/lane-queues.ts';
import { fromWire } from '../../src/inbox/wire.ts';
import { createDeliveryQueues, type DeliveryQueues } from '../../src/jobs/delivery-queue.ts';
import { createRelay, type Relay, startSweeping } from '../../src/jobs/relay.ts';
import { createTakeAwayQueue, type TakeAwayQueue } from '../../src/jobs/take-away.ts';
import type { RedisConnection } from '../../src/store/connection.ts';
import { createOutbox, type Outbox } from '../../src/store/outbox.ts';
import { createStateStore } from '../../src/store/state-store.ts';
import { refusal } from '../inbox/arbitrary-input.ts';
import { useRedis } from '../use-redis.ts';
import {
  accountOf,
  changeOf,
  decisionIdOf,
  deliverEffect,
  inputEffect,
  noonMs,
  promptOf,
  recordOf,
  requestOf,
  timerOf,
} from '../store/samples.ts';
import { until } from '../until.ts';

const lanesCount = 2;
const acme = accountOf('acme');
let redis: RedisConnection;
let lanes: LaneQueues;
let deliveries: DeliveryQueues;
let takeAways: TakeAwayQueue;
let outbox: Outbox;
let timers: TimerStore;
let ledger: Ledger;
let learning: LearningStore;
let relay: Relay;
let nowMs = noonMs;
const clock = { nowMs: () => nowMs };

useRedis(async (opened) => {
  redis = opened.redis;
  lanes = await createLaneQueues({ connection: redis, lanes: lanesCount });
  deliveries = await createDeliveryQueues({ connection: redis, channels: ['intercom'] });
  takeAways = await createTakeAwayQueue(redis);
  outbox = createOutbox(redis);
  timers = createTimerStore(redis);
  ledger = createLedger(redis);
  learning = createLearningStore(redis);
  relay = createRelay({ outbox, lanes, deliveries, takeAways, timers, ledger, learning, clock });
});
afterAll(async () => {
  await lanes.close();
  await deliveries.close();
  await takeAways.close();
});
beforeEach(async () => {
  nowMs = noonMs;
});

async function commit(unit: Unit, effects: readonly Effect[]): Promise<void> {
  const store = createStateStore(redis, clock);
  const [loaded] = await store.load([requestOf(unit)]);
  expect(await store.commit([changeOf(loaded, 's', { effects })])).toEqual(['done']);
}

async function laneJobs(): Promise<string[][]> {
  const jobs: string[][] = [];
  for (let lane = 0; lane < lanesCount; lane += 1) {
    const { name, prefix } = laneName(lane);
    const queue = new Queue<LaneJob>(name, { connection: redis, prefix, skipMetasUpdate: true });
    for (const job of await queue.getJobs(['wait'], 0, -1, true)) {
      jobs.push(job.data.map((wire) => fromWire(wire).id));
    }
    await queue.close();
  }
  return jobs;
}

async function deliveryJobs(): Promise<
  { readonly id: string | undefined; readonly data: unknown }[]
> {
  const queue = new Queue('deliver-intercom', {
    connection: redis,
    prefix: '{deliver}',
    skipMetasUpdate: true,
  });
  const jobs = await queue.getJobs(['wait'], 0, -1, true);
  await queue.close();
  return jobs.map(({ id, data }) => ({ id, data }));
}

describe('relay', () => {
  it('hands inputs to their lanes and prompts to their channel, and then clears the outbox', async () => {
    const withheld: Effect = { kind: 'deliver', prompt: promptOf(acme, 2), withheld: refusal };
    const effects = [
      inputEffect('i1', 'lena'),
      inputEffect('i2', 'lena'),
      deliverEffect(acme, 1),
      withheld,
    ];
    await commit(acme, effects);
    expect(await outbox.waiting()).toBe(4);
    await relay.relay([{ unit: acme, effects }]);
    expect(await laneJobs()).toEqual([['i1', 'i2']]);
    const jobs = await deliveryJobs();
    expect(jobs.map(({ id }) => id)).toEqual([decisionIdOf(acme, 1), decisionIdOf(acme, 2)]);
    expect(jobs[0]?.data).toEqual(JSON.parse(JSON.stringify({ prompt: promptOf(acme, 1) })));
    expect(jobs[1]?.data).toMatchObject({ withheld: { reason: 'cooldown' } });
    expect(await outbox.waiting()).toBe(0);
  });

  it('puts the effects of many units for one lane into one job', async () => {
    const units = Array.from({ length: 20 }, (_, at) => accountOf(`account-${at}`));
    const committed = units.map((unit, at) => ({ unit, effects: [inputEffect(`i${at}`, 'lena')] }));
    for (const { unit, effects } of committed) {
      await commit(unit, effects);
    }
    await relay.relay(committed);
    expect((await laneJobs()).map((job) => job.length)).toEqual([20]);
    expect(await outbox.waiting()).toBe(0);
  });

  it('hands on together what several batches commit while an earlier hand-on is under way', async () => {
    const units = Array.from({ length: 12 }, (_, at) => accountOf(`account-${at}`));
    const committed = units.map((unit, at) => ({ unit, effects: [inputEffect(`i${at}`, 'lena')] }));
    for (const { unit, effects } of committed) {
      await commit(unit, effects);
    }
    const first = relay.relay(committed.slice(0, 2));
    await Promise.resolve();
    await Promise.resolve();
    await Promise.all([first, ...committed.slice(2).map((one) => relay.relay([one]))]);
    expect((await laneJobs()).map((job) => job.length)).toEqual([2, 10]);
    expect(await outbox.waiting()).toBe(0);
  });

  it('adds nothing when the same effects are handed on again', async () => {
    const effects = [inputEffect('i1'), deliverEffect(acme)];
    await relay.relay([{ unit: acme, effects }]);
    await relay.relay([{ unit: acme, effects }]);
    expect(await laneJobs()).toEqual([['i1']]);
    expect(await deliveryJobs()).toHaveLength(1);
  });

  it('leaves the outbox as it is when the jobs could not be stored', async () => {
    const effects = [inputEffect('i1'), deliverEffect(acme)];
    await commit(acme, effects);
    const broken = createRelay({
      outbox,
      lanes,
      takeAways,
      timers,
      ledger,
      learning,
      clock,
      deliveries: { add: () => Promise.reject(new Error('lost')) },
    });
    const together = [1, 2].map(() => broken.relay([{ unit: acme, effects }]));
    const ends = await Promise.allSettled(together);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(broken.relay([{ unit: acme, effects }])).rejects.toThrow('lost');
    expect(await outbox.waiting()).toBe(2);
  });
});

describe('relay of prompts taken back and of timers', () => {
  const withdraw: Effect = {
    kind: 'withdraw',
    decisionId: decisionIdOf(acme, 1),
    because: { reason: 'support_ticket', openedMs: noonMs, untilMs: noonMs + 1 },
  };
  const decide = async () => {
    const store = createStateStore(redis, clock);
    const [loaded] = await store.load([requestOf(acme)]);
    await store.commit([
      changeOf(loaded, 's', {
        decisions: [recordOf(acme, 1)],
        effects: [deliverEffect(acme, 1), withdraw],
      }),
    ]);
  };

  it('takes a prompt back before it is handed to its channel, with the reason in words', async () => {
    await decide();
    const states: (string | undefined)[] = [];
    const watching = createRelay({
      outbox,
      lanes,
      takeAways,
      timers,
      ledger,
      learning,
      clock,
      deliveries: {
        add: async () => {
          states.push((await ledger.read(decisionIdOf(acme, 1)))?.state);
        },
      },
    });
    await watching.relay([{ unit: acme, effects: [deliverEffect(acme, 1), withdraw] }]);
    expect(states).toEqual(['refused']);
    expect((await ledger.read(decisionIdOf(acme, 1)))?.reason).toMatch(
      /^a support ticket was opened at 2026-11-23 12:00 UTC/u,
    );
    expect(await outbox.waiting()).toBe(0);
  });

  it('keeps a wish that the ledger did not hear in the outbox, and hands nothing on', async () => {
    await decide();
    const deaf = createRelay({
      outbox,
      lanes,
      takeAways,
      timers,
      clock,
      deliveries,
      ledger: { withdraw: () => Promise.reject(new Error('lost')) },
      learning,
    });
    const effects = [deliverEffect(acme, 1), withdraw];
    await expect(deaf.relay([{ unit: acme, effects }])).rejects.toThrow('lost');
    expect(await outbox.waiting()).toBe(2);
    expect(await deliveryJobs()).toEqual([]);
    await relay.sweep({ olderThanMs: 0 });
    expect((await ledger.read(decisionIdOf(acme, 1)))?.state).toBe('refused');
  });

  it('sets timers, and the same when they are handed on again', async () => {
    const { input, dueMs } = timerOf('closes.1', noonMs + 1000);
    const effects: readonly Effect[] = [{ kind: 'timer', input, dueMs }];
    await commit(acme, effects);
    await relay.relay([{ unit: acme, effects }]);
    await relay.relay([{ unit: acme, effects }]);
    expect(await timers.due(noonMs + 999, 10)).toEqual([]);
    expect(await timers.due(noonMs + 1000, 10)).toEqual([timerOf('closes.1', noonMs + 1000)]);
    expect(await outbox.waiting()).toBe(0);
  });
});

describe('relay of dismissed banners', () => {
  it('hands one on as one job, also when it is handed on again', async () => {
    const decisionId = decisionIdOf(acme, 1);
    const effects: readonly Effect[] = [{ kind: 'take_away', decisionId, channel: 'intercom' }];
    await commit(acme, effects);
    await relay.relay([{ unit: acme, effects }]);
    await relay.relay([{ unit: acme, effects }]);
    expect(await takeAways.waiting()).toBe(1);
    expect(await outbox.waiting()).toBe(0);
  });
});

describe('sweep', () => {
  it('hands on what a process committed and, crashed, never handed on, once it is 5 s old', async () => {
    const other = accountOf('globex');
    await commit(acme, [inputEffect('i1'), deliverEffect(acme)]);
    nowMs += 3000;
    await commit(other, [inputEffect('i2')]);
    expect(await relay.sweep()).toBe(0);
    nowMs += 2000;
    expect(await relay.sweep()).toBe(2);
    expect(await laneJobs()).toEqual([['i1']]);
    expect(await deliveryJobs()).toHaveLength(1);
    expect(await outbox.waiting()).toBe(1);
    nowMs += 3000;
    expect(await relay.sweep()).toBe(1);
    expect(await relay.sweep()).toBe(0);
    expect((await laneJobs()).flat()).toEqual(expect.arrayContaining(['i1', 'i2']));
  });

  it('takes only the partitions asked, however young their entries', async () => {
    const other = accountOf('globex');
    await commit(acme, [inputEffect('i1')]);
    await commit(other, [inputEffect('i2')]);
    expect(await relay.sweep({ partitions: [partitionOf(other)], olderThanMs: 0 })).toBe(1);
    expect(await laneJobs()).toEqual([['i2']]);
    expect(await outbox.waiting()).toBe(1);
  });

  it('works off an outbox of many pages', async () => {
    const effects = Array.from({ length: 1500 }, (_, at) => inputEffect(`i${at}`));
    await commit(acme, effects);
    await relay.sweep({ olderThanMs: 0 });
    expect(await outbox.waiting()).toBe(0);
    expect(new Set((await laneJobs()).flat()).size).toBe(1500);
    expect((await laneJobs()).every((job) => job.length <= 200)).toBe(true);
  });

  it('runs at the start and again and again, also after one that failed', async () => {
    let sweeps = 0;
    const troubles: string[] = [];
    const sweeping = startSweeping(
      {
        sweep: () => {
          sweeps += 1;
          return sweeps === 1
            ? Promise.reject(new Error('Redis did not answer'))
            : Promise.resolve(0);
        },
      },
      (message) => troubles.push(message),
      5,
    );
    expect(sweeps).toBe(1);
    await until('it swept three times', () => sweeps >= 3);
    await sweeping.stop();
    const atStop = sweeps;
    expect(troubles).toEqual(['Redis did not answer']);
    let others = 0;
    const other = startSweeping({ sweep: () => Promise.resolve((others += 1)) }, () => {}, 5);
    await until('another one swept three times', () => others >= 3);
    await other.stop();
    expect(sweeps).toBe(atStop);
  });
});
