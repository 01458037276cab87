import { createTimerStore } from '../../src/store/timer-store.ts';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createInbox } from '../../src/inbox/inbox.ts';
import { createLaneQueues } from '../../src/inbox/lane-queues.ts';
import { createDeliveryQueues } from '../../src/jobs/delivery-queue.ts';
import { startLanes } from '../../src/jobs/lanes.ts';
import { createRelay } from '../../src/jobs/relay.ts';
import { createTakeAwayQueue } from '../../src/jobs/take-away.ts';
import { createMetrics } from '../../src/metrics.ts';
import {
  createRedis,
  type RedisConnection,
  type RedisTarget,
  whenReady,
} from '../../src/store/connection.ts';
import { createLearningStore } from '../../src/store/learning.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { createQuarantine } from '../../src/store/quarantine.ts';
import { checkServer } from '../../src/store/server-check.ts';
import { createStateStore } from '../../src/store/state-store.ts';
import { trackOf } from '../inbox/arbitrary-input.ts';
import { keepingLog } from '../jobs/quiet.ts';
import { until } from '../until.ts';
import {
  accountOf,
  changeOf,
  decisionIdOf,
  deliverEffect,
  idsOf,
  inputEffect,
  noonMs,
  recordOf,
  requestOf,
} from './samples.ts';

const masters = 3;
const slots = 16_384;
const servers: ChildProcess[] = [];
let folder = '';
let target: RedisTarget = { cluster: [] };
let redis: RedisConnection;

/** A free port whose cluster bus (10,000 above) has a place too. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return port > 50_000 ? port - 20_000 : port;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mrc-'));
  const nodes: { readonly url: string; readonly port: number }[] = [];
  for (let master = 0; master < masters; master += 1) {
    const port = await freePort();
    const settings = {
      port,
      bind: '127.0.0.1',
      dir: folder,
      'cluster-enabled': 'yes',
      'cluster-config-file': `${port}.conf`,
    };
    const aof = {
      appendonly: 'yes',
      appenddirname: `aof-${port}`,
      save: '',
      'cluster-node-timeout': 2000,
    };
    const flags = Object.entries({ ...settings, ...aof }).flatMap(([name, value]) => [
      `--${name}`,
      String(value),
    ]);
    servers.push(spawn('redis-server', flags, { stdio: 'ignore' }));
    nodes.push({ url: `redis://127.0.0.1:${port}`, port });
  }
  for (const [at, { url }] of nodes.entries()) {
    const node = createRedis({ url }, 'producer');
    await whenReady(node, { url }, 10_000);
    const first = Math.floor((at * slots) / masters);
    const count = Math.floor(((at + 1) * slots) / masters) - first;
    await node.call(
      'CLUSTER',
      'ADDSLOTS',
      ...Array.from({ length: count }, (_, slot) => first + slot),
    );
    await node.call('CLUSTER', 'MEET', '127.0.0.1', nodes[0]?.port ?? 0);
    node.disconnect();
  }
  for (const { url } of nodes) {
    const node = createRedis({ url }, 'producer');
    await whenReady(node, { url });
    await until('the cluster agrees', async () => {
      const info = String(await node.call('CLUSTER', 'INFO'));
      return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${masters}`);
    });
    node.disconnect();
  }
  target = { cluster: nodes.map(({ url }) => url) };
  redis = createRedis(target, 'producer');
  await whenReady(redis, target);
}, 40_000);
afterAll(async () => {
  redis.disconnect();
  for (const server of servers) {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

it('stores, finds again and hands on over three masters what it does on one', async () => {
  expect(await checkServer(redis, { durability: 'standard' })).toEqual({ warnings: [] });
  const clock = { nowMs: () => noonMs };
  const store = createStateStore(redis, clock);
  const units = Array.from({ length: 100 }, (_, at) => accountOf(`account-${at}`));
  const loaded = await store.load(units.map((unit) => requestOf(unit, [], ['lena'])));
  const changes = loaded.map((unit, at) =>
    changeOf(unit, `state ${at}`, {
      members: new Map([['lena', Buffer.from('l')]]),
      counted: idsOf(`m${at}`),
      effects: [inputEffect(`i${at}`, `user-${at}`), deliverEffect(unit.unit, at)],
      decisions: [recordOf(unit.unit, at)],
    }),
  );
  expect(new Set(await store.commit(changes))).toEqual(new Set(['done']));
  expect(new Set(await store.commit(changes))).toEqual(new Set(['conflict']));
  const again = await store.load(
    units.map((unit, at) => requestOf(unit, idsOf(`m${at}`), ['lena'])),
  );
  expect(again.every(({ seen, members }) => seen.size === 1 && members.size === 1)).toBe(true);

  const ledger = createLedger(redis);
  expect(await ledger.claim(decisionIdOf(accountOf('account-7'), 7), 'a', noonMs, 1000)).toBe(
    'claimed',
  );
  expect(await ledger.newestOf('account-8')).toEqual([decisionIdOf(accountOf('account-8'), 8)]);

  const outbox = createOutbox(redis);
  expect(await outbox.waiting()).toBe(200);
  const lanes = await createLaneQueues({ connection: redis, lanes: 6 });
  const deliveries = await createDeliveryQueues({ connection: redis, channels: ['intercom'] });
  const timers = createTimerStore(redis);
  const takeAways = await createTakeAwayQueue(redis);
  const relay = createRelay({
    outbox,
    lanes,
    deliveries,
    takeAways,
    timers,
    ledger,
    learning: createLearningStore(redis),
    clock,
  });
  await relay.relay(changes.slice(0, 50));
  await relay.sweep({ olderThanMs: 0 });
  expect(await outbox.waiting()).toBe(0);

  const quarantine = createQuarantine(redis);
  const inbox = createInbox({ queues: lanes, quarantine });
  const inputs = units.map((unit, at) => trackOf(`e${at}`, unit.id));
  expect(await inbox.accept(inputs, [])).toEqual({ kind: 'stored' });

  const done = new Set<string>();
  const connection = createRedis(target, 'worker');
  await whenReady(connection, target);
  const running = await startLanes({
    connection,
    producer: redis,
    lanes: 6,
    processBatch: (batch) => {
      for (const { id } of batch) {
        done.add(id);
      }
      return Promise.resolve();
    },
    relay,
    quarantine,
    metrics: createMetrics(),
    log: keepingLog(),
  });
  await until('all inputs are processed', () => done.size === 200);
  await running.stop();
  await lanes.close();
  await deliveries.close();
  connection.disconnect();
}, 40_000);
