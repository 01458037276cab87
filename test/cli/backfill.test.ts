import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { backfillFile } from '../../src/cli/run-backfill.ts';
import { loadPlaybook } from '../../src/cli/load-playbook.ts';
import { rebuild } from '../../src/cli/run-rebuild.ts';
import { dayMs, dayOf } from '../../src/core/duration.ts';
import { snapshotOf } from '../../src/core/model/learned.ts';
import { meanOf } from '../../src/core/model/pooling.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import { createRedis, type RedisConnection, whenReady } from '../../src/store/connection.ts';
import { createLearningStore, type LearningStore } from '../../src/store/learning.ts';
import { reportCall, tenReports } from '../e2e/reports.ts';
import { startRedis, type TestRedis } from '../redis-server.ts';

const shipped = loadPlaybook(undefined).playbook;
const playbook: Playbook = { ...shipped, learning: { ...shipped.learning, mode: 'learn' } };
const folder = mkdtempSync(join(tmpdir(), 'motisig-backfill-'));
const startMs = Date.UTC(2026, 5, 1, 9);
const nowMs = startMs + 60 * dayMs;

const idle = { messageId: 'one', userId: 'u', accountId: 'a', count: 1 };

let server: TestRedis;
let redis: RedisConnection;
let store: LearningStore;

beforeAll(async () => {
  server = await startRedis({ appendFsync: 'no' });
  redis = createRedis(server, 'producer');
  await whenReady(redis, server);
  store = createLearningStore(redis);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  await redis.flushall();
});

/** A quarter in which forty accounts fill their plan, and every fourth upgrades three days later. */
function pastFile(name: string): string {
  const calls = Array.from({ length: 40 }, (_, at) => {
    const [accountId, userId] = [`account-${at}`, `user-of-${at}`];
    const reports = tenReports(accountId, userId, startMs).map(reportCall);
    const upgraded = {
      type: 'track',
      event: 'Plan Upgraded',
      messageId: `upgraded-${at}`,
      userId,
      context: { groupId: accountId },
      timestamp: new Date(startMs + 3 * dayMs).toISOString(),
    };
    return at % 4 === 0 ? [...reports, upgraded] : reports;
  }).flat();
  const last = {
    type: 'track',
    event: 'Looked Around',
    messageId: 'last',
    userId: 'nobody',
    context: { groupId: 'nowhere' },
    timestamp: new Date(startMs + 40 * dayMs).toISOString(),
  };
  const file = join(folder, name);
  writeFileSync(file, [...calls, last].map((call) => JSON.stringify(call)).join('\n'));
  return file;
}

async function unaskedChance(): Promise<number> {
  const counters = await store.counters((offer) => offer, dayOf(nowMs));
  const hold = { arm: 'hold', family: 'upgrade', signal: 'limit' } as const;
  return meanOf(snapshotOf(counters, playbook, nowMs).belief(hold));
}

describe('motisig backfill', () => {
  it('teaches the hub what is bought without asking, and says what it saw', async () => {
    const before = await unaskedChance();
    const lines = await backfillFile(store, playbook, pastFile('past.ndjson'), nowMs, false);
    expect(lines.join('\n')).toMatch(/upgrade +limit +40 +10 +25\.0 % +5\.0 %/u);
    expect(lines.at(-1)).toContain('Counted.');
    expect(await unaskedChance()).toBeGreaterThan(before + 0.05);
    expect(await rebuild(store, playbook, nowMs, false)).toMatchObject({ isSame: true });
  });

  it('counts nothing twice, however often it is told', async () => {
    const file = pastFile('twice.ndjson');
    await backfillFile(store, playbook, file, nowMs, false);
    const once = await store.counters((offer) => offer, dayOf(nowMs));
    const lines = await backfillFile(store, playbook, file, nowMs, false);
    expect(lines.slice(-2)).toEqual([
      'Left out: 40 moments in or beside a window that was learned from before.',
      'There is nothing else to learn from.',
    ]);
    expect(await store.counters((offer) => offer, dayOf(nowMs))).toEqual(once);
    expect(once.cells.flatMap(({ days }) => days).reduce((sum, { n }) => sum + n, 0)).toBe(40);
  });

  it('learns while no other does, and says that one is learning', async () => {
    const file = pastFile('at-once.ndjson');
    await store.pastTurn.take('another', 60_000);
    await expect(backfillFile(store, playbook, file, nowMs, false)).rejects.toMatchObject({
      code: 'past_in_progress',
      message: expect.stringMatching(/^Another backfill is learning in this Redis\. Wait/u),
    });
    expect(await redis.keys('*')).toEqual(['{learning}:past-turn']);
    await backfillFile(store, playbook, file, nowMs, true);

    await store.pastTurn.end('another');
    await backfillFile(store, playbook, file, nowMs, false);
    expect(await redis.exists('{learning}:past-turn')).toBe(0);
  });

  it('counts nothing more when another has begun after its turn was over', async () => {
    const file = pastFile('slow.ndjson');
    const slow: typeof store = {
      ...store,
      async *facts() {
        await redis.del('{learning}:past-turn');
        await store.pastTurn.take('another', 60_000);
        yield* store.facts();
      },
    };
    await expect(backfillFile(slow, playbook, file, nowMs, false)).rejects.toMatchObject({
      code: 'past_in_progress',
      message: expect.stringContaining('Run it again when that has ended'),
    });
    expect(await redis.keys('*')).toEqual(['{learning}:past-turn']);
    expect(await redis.get('{learning}:past-turn')).toBe('another');
  });

  it('only tells with --dry-run, and says where the playbook does not use it', async () => {
    const file = pastFile('dry.ndjson');
    const lines = await backfillFile(store, playbook, file, nowMs, true);
    expect(lines.at(-1)).toContain('Nothing was counted');
    expect(await redis.dbsize()).toBe(0);
    const fixed = await backfillFile(store, shipped, file, nowMs, false);
    expect(fixed.at(-1)).toContain('learning.mode: fixed');
  });

  it('says what is missing where a file holds no moment', async () => {
    const file = join(folder, 'idle.ndjson');
    writeFileSync(file, JSON.stringify(reportCall({ ...idle, timestamp: new Date(startMs) })));
    const lines = await backfillFile(store, playbook, file, nowMs, false);
    expect(lines.at(-1)).toMatch(/^No moment was found .* \(valueMoment\)\.$/u);
  });

  it('says which file it cannot read', async () => {
    await expect(
      backfillFile(store, playbook, join(folder, 'missing'), nowMs, false),
    ).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(
        /^Cannot read the events .*missing: there is no such file\. Name/u,
      ),
    });
  });
});
