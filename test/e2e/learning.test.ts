import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPlaybook } from '../../config/check.ts';
import { rebuild } from '../../src/cli/run-rebuild.ts';
import type { DecisionRecord } from '../../src/core/decision/record.ts';
import { dayMs, dayOf } from '../../src/core/duration.ts';
import { bucketOf } from '../../src/core/model/holdout.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import { createRedis, type RedisConnection, whenReady } from '../../src/store/connection.ts';
import { createLearningStore, type LearningStore } from '../../src/store/learning.ts';
import { defaultPlaybookFile } from './playbooks.ts';
import { reportCall, tenReports } from './reports.ts';
import { type RunningHub, startHub } from './running-hub.ts';
import { keys, type SegmentCall, sendUntilTaken } from './segment-client.ts';

const accounts = Array.from({ length: 40 }, (_, at) => `account-${at}`);
const isLeftAlone = (accountId: string): boolean => bucketOf('holdout:v1', accountId) < 0.2;

describe('the playbook that ships, once it may learn', () => {
  const playbook = learningPlaybook();
  const clock = { atMs: Date.now() };
  const startMs = clock.atMs;
  let running: RunningHub;
  let redis: RedisConnection;
  let store: LearningStore;

  beforeAll(async () => {
    running = await startHub({ playbook, clock: { nowMs: () => clock.atMs } });
    redis = createRedis({ path: running.redis.path }, 'producer');
    await whenReady(redis, { path: running.redis.path });
    store = createLearningStore(redis);
    const calls = accounts.flatMap((id) =>
      tenReports(id, `user-of-${id}`, startMs).map(reportCall),
    );
    await sendUntilTaken(running.hub.url, calls, startMs);
    await running.drained(60_000);
  }, 90_000);
  afterAll(async () => {
    redis.disconnect();
    await running[Symbol.asyncDispose]();
  });

  async function decisionOf(accountId: string): Promise<DecisionRecord | undefined> {
    const [id] = await running.hub.ledger.newestOf(accountId);
    return id === undefined ? undefined : (await running.hub.ledger.read(id))?.record;
  }

  async function counts(): Promise<{ readonly n: number; readonly y: number }> {
    const { cells } = await store.counters(() => 'upgrade', dayOf(clock.atMs));
    const days = cells.flatMap((one) => one.days);
    return {
      n: days.reduce((sum, { n }) => sum + n, 0),
      y: days.reduce((sum, { y }) => sum + y, 0),
    };
  }

  async function lift(token: string | undefined): Promise<Response> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return fetch(`${running.hub.url}/api/lift`, { headers });
  }

  it('leaves the accounts of the holdout alone, and shows the others what chance picked', async () => {
    const shown = new Set(running.intercom.prompts().map(({ metadata }) => metadata['account_id']));
    const records = await Promise.all(accounts.map(decisionOf));
    for (const [at, accountId] of accounts.entries()) {
      const record = records[at];
      const hasPicked = record?.learning !== undefined && record.learning.picked !== 'none';
      expect(record?.learning?.isHoldout, accountId).toBe(isLeftAlone(accountId));
      expect(shown.has(accountId), accountId).toBe(hasPicked && !isLeftAlone(accountId));
    }
    const left = accounts.filter(isLeftAlone);
    expect(left.length).toBeGreaterThan(2);
    expect(shown.size).toBeGreaterThan(15);
  });

  it('opens one window for each account, and counts a purchase in it once, however often it is told', async () => {
    expect(await counts()).toEqual({ n: 40, y: 0 });
    clock.atMs = startMs + 3 * dayMs;
    const upgrades = accounts.slice(0, 12).map((id): SegmentCall => upgraded(id, clock.atMs));
    await sendUntilTaken(running.hub.url, upgrades, clock.atMs);
    await sendUntilTaken(running.hub.url, upgrades, clock.atMs);
    await running.drained(60_000);
    expect(await counts()).toEqual({ n: 40, y: 12 });
    expect(await rebuild(store, playbook, clock.atMs, false)).toMatchObject({ isSame: true });
  });

  it('tells the operator, and nobody else, what the comparison says', async () => {
    expect((await lift(undefined)).status).toBe(401);
    const before: unknown = await (await lift(keys.adminToken)).json();
    expect(before).toMatchObject({ comparison: { accounts: 40, analysed: 0 } });
    clock.atMs = startMs + 31 * dayMs;
    await running.drained(60_000);
    const answer = await lift(keys.adminToken);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({
      comparison: { accounts: 40, analysed: 40 },
      offers: [{ offer: 'more_reports', channel: 'intercom' }],
    });
    expect(text).toContain('Not enough data: both groups need 5 buyers first');
    expect(text).not.toContain('account-1');
  });

  it('counts delays when windows are over, and is still what its log says', async () => {
    clock.atMs = startMs + 60 * dayMs;
    await running.drained(60_000);
    const { lags } = await store.counters(() => 'upgrade', dayOf(clock.atMs));
    const asked = running.intercom.prompts().map(({ metadata }) => metadata['account_id']);
    const expected = accounts.slice(0, 12).filter((id) => asked.includes(id)).length;
    expect([...lags.values()].flat().reduce((sum, { count }) => sum + count, 0)).toBe(expected);
    expect(await rebuild(store, playbook, clock.atMs, false)).toMatchObject({ isSame: true });
  });
});

function learningPlaybook(): Playbook {
  const text = readFileSync(defaultPlaybookFile, 'utf8').replace('mode: fixed', 'mode: learn');
  const checked = checkPlaybook(text, 'learning.yaml');
  if (checked.kind === 'invalid') {
    throw new Error('the playbook that ships cannot learn');
  }
  expect(checked.playbook.learning.mode).toBe('learn');
  return checked.playbook;
}

function upgraded(accountId: string, nowMs: number): SegmentCall {
  return {
    type: 'track',
    messageId: `${accountId}.upgraded`,
    userId: `user-of-${accountId}`,
    event: 'Plan Upgraded',
    properties: { plan: 'pro' },
    context: { groupId: accountId },
    timestamp: new Date(nowMs - 1_000).toISOString(),
  };
}
