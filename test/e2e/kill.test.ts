import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type IntercomSandbox, startIntercomSandbox } from '../../src/sandbox/intercom.ts';
import { startRedis } from '../redis-server.ts';
import { type HubProcess, ready, startHubProcess } from './hub-process.ts';
import { playbookOf } from './playbooks.ts';
import { between, chunked, createRandom, type Random, seedOfRun, shuffled } from './seeded.ts';
import { sendUntilTaken } from './segment-client.ts';
import { lookInto } from './stored.ts';
import { until } from '../until.ts';
import { countedBy, firedBy, totalsOf, type Work, workCall, workOf } from './work.ts';

const playbookFile = join(import.meta.dirname, 'work-playbook.yaml');
const lanes = 4;
const pieces = 50_000;
const accounts = 300;
/** Accounts in pairs whose only user is the same person. */
const sharedAccounts = 60;
const repeatedShare = 0.15;
const kills = { api: 6, eachWorker: 9 };

/** 240 accounts of four users each, a tenth of their calls without the account's name; 30 people with two accounts each. */
function makeStream(random: Random, nowMs: number): readonly Work[] {
  const each = Math.floor(pieces / accounts);
  return Array.from({ length: accounts }, (_, at) => {
    const isShared = at < sharedAccounts;
    const users = isShared
      ? [`both-${Math.floor(at / 2)}`]
      : [0, 1, 2, 3].map((user) => `user-${at}-${user}`);
    const own = workOf(
      `account-${at}`,
      users,
      at === 0 ? pieces - each * (accounts - 1) : each,
      random,
      nowMs,
    );
    return own.map((work) => ({ ...work, namesAccount: isShared || random() >= 0.1 }));
  }).flat();
}

/** Sends all batches, eight at a time, each until it is taken; `released` says how many may be sent by now. */
async function sendAll(
  url: string,
  batches: readonly (readonly Work[])[],
  released: () => number,
): Promise<void> {
  let next = 0;
  const sender = async (): Promise<void> => {
    for (;;) {
      await until('more calls to send', () => next < released() || next >= batches.length, 240_000);
      const batch = batches[next];
      next += 1;
      if (batch === undefined) {
        return;
      }
      await sendUntilTaken(url, batch.map(workCall), Date.now(), 120_000);
    }
  };
  await Promise.all(Array.from({ length: 8 }, sender));
}

/** Who was shown how many prompts, by user and by account. */
function shownBy(intercom: IntercomSandbox): {
  readonly users: Map<string, number>;
  readonly accounts: Map<string, number>;
} {
  const users = new Map<string, number>();
  const byAccount = new Map<string, number>();
  for (const { externalId = '', metadata } of intercom.prompts()) {
    const account = String(metadata['account_id']);
    users.set(externalId, (users.get(externalId) ?? 0) + 1);
    byAccount.set(account, (byAccount.get(account) ?? 0) + 1);
  }
  return { users, accounts: byAccount };
}

it('loses no acknowledged event, counts none twice and prompts nobody twice while api and workers are killed 24 times', {
  timeout: 240_000,
}, async () => {
  const seed = seedOfRun();
  const random = createRandom(seed);
  console.info(`kill test: seed ${seed}`);
  await using stack = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'mke-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const redis = stack.use(await startRedis());
  const intercom = await startIntercomSandbox({
    host: '127.0.0.1',
    port: 0,
    dataDir: undefined,
    log: { info: () => {} },
  });
  stack.defer(() => intercom.close());
  const options = {
    redisPath: redis.path,
    playbookFile,
    intercomUrl: intercom.url,
    dataDir,
    lanes,
  };
  const api = stack.use(await startHubProcess({ ...options, role: 'api' }));
  const workers = [
    stack.use(await startHubProcess({ ...options, role: 'worker' })),
    stack.use(await startHubProcess({ ...options, role: 'worker' })),
  ];
  const all: readonly HubProcess[] = [api, ...workers];
  await Promise.all(all.map((one) => ready(one)));

  const startMs = Date.now();
  const work = makeStream(random, startMs);
  const repeated = work.filter(() => random() < repeatedShare);
  const batches = chunked(shuffled([...work, ...repeated], random), 100);

  // The stream is let out piece by piece, so that there is work at the moment of every kill.
  const victims = shuffled(
    all.flatMap((one) =>
      Array.from({ length: one === api ? kills.api : kills.eachWorker }, () => one),
    ),
    random,
  );
  let released = 0;
  const killAll = async (): Promise<void> => {
    for (const [at, victim] of victims.entries()) {
      await ready(victim);
      released = Math.ceil((batches.length * (at + 1)) / victims.length);
      await delay(between(random, 5, 400));
      await victim.killAndRestart();
    }
  };
  await Promise.all([sendAll(api.url, batches, () => released), killAll()]);
  await Promise.all(all.map((one) => ready(one)));
  expect(all.reduce((sum, one) => sum + one.kills, 0)).toBe(24);

  await using stored = await lookInto(redis.path, lanes);
  // A prompt whose worker died while asking waits for its lease of a minute.
  await until('everything to be worked off', () => stored.isIdle(), 120_000).catch(
    async (error: unknown) => {
      throw new Error(`seed ${seed}: still waiting: ${JSON.stringify(await stored.backlog())}`, {
        cause: error,
      });
    },
  );

  const expected = totalsOf(work);
  const playbook = playbookOf(playbookFile);
  const counted = await countedBy(stored.store, playbook, expected.keys(), Date.now());
  const wrong = [...expected].filter(
    ([id, totals]) => JSON.stringify(counted.get(id)) !== JSON.stringify(totals),
  );
  expect(
    wrong.map(([id, totals]) => ({ id, totals, counted: counted.get(id) })),
    `seed ${seed}`,
  ).toEqual([]);
  expect(await stored.quarantined()).toBe(0);

  const decisions = await stored.decisionsOf(expected.keys());
  for (const [id, totals] of expected) {
    const own = decisions.get(id) ?? [];
    const fired = own.flatMap(({ record }) => record.fired.map((one) => one.triggerId)).toSorted();
    expect(fired, `triggers of ${id}, seed ${seed}`).toEqual(firedBy(totals));
    for (const { record, state } of own.filter((entry) => entry.record.chosen !== undefined)) {
      expect(['sent', 'refused'], `decision ${record.decisionId}, seed ${seed}`).toContain(state);
    }
  }

  // One prompt of an account in 7 days, one of a person in 7 days over all accounts: so exactly one each.
  const shown = shownBy(intercom);
  const asked = [...decisions.values()].flat().filter(({ record }) => record.chosen !== undefined);
  for (let at = 0; at < accounts; at += 1) {
    const id = `account-${at}`;
    if (at >= sharedAccounts) {
      expect(shown.accounts.get(id), `prompts of ${id}, seed ${seed}`).toBe(1);
      expect(
        asked.filter(({ record }) => record.accountId === id),
        `decisions to prompt ${id}, seed ${seed}`,
      ).toHaveLength(1);
    } else {
      expect(
        shown.users.get(`both-${Math.floor(at / 2)}`),
        `prompts of both-${Math.floor(at / 2)}, seed ${seed}`,
      ).toBe(1);
    }
  }
  expect(Math.max(...shown.users.values()), `seed ${seed}`).toBe(1);
  expect(intercom.prompts(), `seed ${seed}`).toHaveLength(accounts - sharedAccounts / 2);
  for (const { record, state, attempts } of asked) {
    const requests = intercom.requestsOf(record.decisionId);
    expect(
      requests,
      `requests for ${record.decisionId} (${state}), seed ${seed}`,
    ).toBeLessThanOrEqual(Math.max(1, attempts));
    expect(requests > 0, `requests for ${record.decisionId} (${state}), seed ${seed}`).toBe(
      state === 'sent',
    );
  }
});
