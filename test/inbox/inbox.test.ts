import { Queue } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { unitOf } from '../../src/core/input.ts';
import { partitionOf } from '../../src/core/partition.ts';
import type { Quarantined } from '../../src/core/ports.ts';
import { createInbox } from '../../src/inbox/inbox.ts';
import { createLaneQueues, type LaneJob, laneName } from '../../src/inbox/lane-queues.ts';
import { fromWire } from '../../src/inbox/wire.ts';
import { type RedisConnection, whenReady } from '../../src/store/connection.ts';
import { createQuarantine } from '../../src/store/quarantine.ts';
import { startRedis } from '../redis-server.ts';
import { useRedis } from '../use-redis.ts';
import { openRedis } from '../store/open-redis.ts';
import { trackOf } from './arbitrary-input.ts';

const parked: Quarantined = {
  reason: 'unknown_type',
  message: 'This call has no type; set one.',
  door: 'webhook',
  receivedMs: 1,
  userId: undefined,
  raw: '{}',
};

async function jobsOf(connection: RedisConnection, lane: number): Promise<LaneJob[]> {
  const { name, prefix } = laneName(lane);
  const queue = new Queue<LaneJob>(name, { connection, prefix, skipMetasUpdate: true });
  const jobs = await queue.getJobs(['wait'], 0, -1, true);
  await queue.close();
  return jobs.map((job) => job.data);
}

async function openInbox(redis: RedisConnection, lanes = 4, troubles: string[] = []) {
  const queues = await createLaneQueues({ connection: redis, lanes });
  const quarantine = createQuarantine(redis);
  const inbox = createInbox({ queues, quarantine, onTrouble: (message) => troubles.push(message) });
  return { queues, inbox, quarantine };
}

describe('accept', () => {
  let redis: RedisConnection;

  useRedis((opened) => {
    redis = opened.redis;
  });

  it('puts all events of an account into one lane, in order, and spreads accounts', async () => {
    const { inbox, queues } = await openInbox(redis);
    const inputs = Array.from({ length: 120 }, (_, at) => trackOf(`m${at}`, `account-${at % 30}`));
    expect(await inbox.accept(inputs, [])).toEqual({ kind: 'stored' });
    const seen = new Map<string, string[]>();
    for (let lane = 0; lane < 4; lane += 1) {
      const stored = (await jobsOf(redis, lane)).flat().map(fromWire);
      expect(stored.length).toBeGreaterThan(0);
      for (const input of stored) {
        expect(partitionOf(unitOf(input)) % 4).toBe(lane);
        const account = unitOf(input).id;
        seen.set(account, [...(seen.get(account) ?? []), input.id]);
      }
    }
    expect(seen.get('account-7')).toEqual(['m7', 'm37', 'm67', 'm97']);
    expect([...seen.values()].flat()).toHaveLength(120);
    await queues.close();
  });

  it('makes one job of what one turn brings, and one of everything that comes while it is written', async () => {
    const { inbox, queues } = await openInbox(redis, 1);
    const batch = Array.from({ length: 100 }, (_, at) => trackOf(`batch-${at}`));
    const single = (at: number) => inbox.accept([trackOf(`single-${at}`)], []);
    const answers = [inbox.accept(batch, []), ...Array.from({ length: 20 }, (_, at) => single(at))];
    // The turn ends, the first job goes; its answer can be read in a later turn only.
    await new Promise((resolve) => setImmediate(resolve));
    answers.push(...Array.from({ length: 40 }, (_, at) => single(20 + at)));
    expect((await Promise.all(answers)).every(({ kind }) => kind === 'stored')).toBe(true);
    expect((await jobsOf(redis, 0)).map((job) => job.length)).toEqual([120, 40]);
    await queues.close();
  });

  it('keeps quarantined calls with the inputs of their request', async () => {
    const { inbox, queues, quarantine } = await openInbox(redis);
    expect(await inbox.accept([trackOf('m1')], [parked, parked])).toEqual({ kind: 'stored' });
    expect(await quarantine.newest(10)).toHaveLength(2);
    expect(await inbox.accept([], [parked])).toEqual({ kind: 'stored' });
    expect(await quarantine.newest(10)).toHaveLength(3);
    expect(await inbox.accept([], [])).toEqual({ kind: 'stored' });
    await queues.close();
  });

  it('lets one job of a lane run at a time and trims the stream of events', async () => {
    const { queues } = await openInbox(redis, 2);
    expect(await redis.hgetall('{lane1}:lane-1:meta')).toMatchObject({
      concurrency: '1',
      'opts.maxLenEvents': '1000',
    });
    await queues.close();
  });

  it('is unavailable, and stores nothing of a request, while one of its lanes is full', async () => {
    const queues = await createLaneQueues({ connection: redis, lanes: 1 });
    const inbox = createInbox({ queues, quarantine: createQuarantine(redis), waitingMax: 50 });
    const inputs = Array.from({ length: 50 }, (_, at) => trackOf(`m${at}`));
    const answers = await Promise.all([
      inbox.accept([trackOf('first')], []),
      inbox.accept(inputs, []),
      inbox.accept([trackOf('late')], [parked]),
    ]);
    expect(answers.map(({ kind }) => kind)).toEqual(['stored', 'stored', 'unavailable']);
    expect(answers[2]).toEqual({ kind: 'unavailable', retryAfterS: 1, why: 'inbox_full' });
    const ids = (await jobsOf(redis, 0)).flat().map((wire) => fromWire(wire).id);
    expect(ids).toHaveLength(51);
    expect(ids).not.toContain('late');
    expect(await inbox.accept([trackOf('late')], [])).toEqual({ kind: 'stored' });
    await queues.close();
  });
});

describe('an outage', () => {
  const unavailable = { kind: 'unavailable', retryAfterS: 5, why: 'store_unreachable' };

  it('is answered unavailable within 2.5 s by a server that does not answer, and is over when it does', async () => {
    await using server = await startRedis();
    using opened = await openRedis(server);
    const troubles: string[] = [];
    const { inbox, queues } = await openInbox(opened.redis, 4, troubles);
    await server.kill('SIGSTOP');
    const startedMs = performance.now();
    const first = inbox.accept([trackOf('m1'), trackOf('m2', 'globex')], []);
    // These come while the first is in flight, and wait for it.
    const others = Array.from({ length: 20 }, (_, at) =>
      inbox.accept([trackOf(`n${at}`)], [parked]),
    );
    expect(await first).toEqual(unavailable);
    expect(new Set((await Promise.all(others)).map(({ kind }) => kind))).toEqual(
      new Set(['unavailable']),
    );
    expect(performance.now() - startedMs).toBeLessThan(2500);
    expect(troubles.length).toBeLessThanOrEqual(5);
    await server.kill('SIGCONT');
    await whenReady(opened.redis, server);
    expect(await inbox.accept([trackOf('m3')], [])).toEqual({ kind: 'stored' });
    await queues.close();
  });

  it('is answered at once while the server is gone, and is over after its restart, with what was stored', async () => {
    await using server = await startRedis();
    using opened = await openRedis(server);
    const { inbox, queues } = await openInbox(opened.redis, 1);
    expect(await inbox.accept([trackOf('before')], [])).toEqual({ kind: 'stored' });
    await server.kill('SIGKILL');
    const startedMs = performance.now();
    expect(await inbox.accept([trackOf('during')], [])).toEqual(unavailable);
    expect(await inbox.accept([], [parked])).toEqual(unavailable);
    expect(performance.now() - startedMs).toBeLessThan(1000);
    await server.restart();
    await whenReady(opened.redis, server);
    expect(await inbox.accept([trackOf('after')], [])).toEqual({ kind: 'stored' });
    const ids = (await jobsOf(opened.redis, 0)).flat().map((wire) => fromWire(wire).id);
    expect(ids).toEqual(['before', 'after']);
    await queues.close();
  });

  it('is a full server too: nothing is acknowledged that it refuses to keep', async () => {
    await using server = await startRedis();
    using opened = await openRedis(server);
    const { inbox, queues } = await openInbox(opened.redis, 1);
    await opened.redis.config('SET', 'maxmemory', '1');
    expect(await inbox.accept([trackOf('m1')], [])).toEqual(unavailable);
    await opened.redis.config('SET', 'maxmemory', '0');
    expect(await inbox.accept([trackOf('m1')], [])).toEqual({ kind: 'stored' });
    await queues.close();
  });
});
