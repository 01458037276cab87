import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeMember } from '../../src/core/account/codec.ts';
import { allBytes } from '../store/all-bytes.ts';
import { openRedis } from '../store/open-redis.ts';
import { until } from '../until.ts';
import { defaultPlaybookFile, playbookOf } from './playbooks.ts';
import { type RunningHub, startHub } from './running-hub.ts';
import { keys, type SegmentCall, sendUntilTaken } from './segment-client.ts';

let running: RunningHub;
beforeAll(async () => {
  running = await startHub({ playbook: playbookOf(defaultPlaybookFile), hasOutcomes: true });
});
afterAll(() => running[Symbol.asyncDispose]());

let numbers = 0;

/** Somebody of an account of their own, with an id, an address and a browser that stand nowhere else. */
function somebody() {
  numbers += 1;
  const id = `who-${numbers}-is-this`;
  return {
    id,
    email: `${id}@mail.example`,
    browser: `browser-${numbers}-of`,
    account: `acct-${numbers}`,
  };
}
type Somebody = ReturnType<typeof somebody>;

let calls = 0;
function call(who: Somebody, fields: Readonly<Record<string, unknown>>): SegmentCall {
  calls += 1;
  return {
    type: 'track',
    messageId: `call-${calls}`,
    userId: who.id,
    timestamp: new Date().toISOString(),
    context: { groupId: who.account },
    ...fields,
  };
}

const report = (who: Somebody, count: number) =>
  call(who, { event: 'Report Created', properties: { report_count: count, plan_limit: 10 } });

/** What people do, each a list of calls. */
const doings: Readonly<Record<string, (who: Somebody) => readonly SegmentCall[]>> = {
  identify: (who) => [
    call(who, { type: 'identify', traits: { email: who.email, name: 'Lena', role: 'admin' } }),
  ],
  work: (who) => Array.from({ length: 10 }, (_, at) => report(who, at + 1)),
  browse: (who) => [
    call(who, { userId: undefined, anonymousId: who.browser, event: 'Page Seen', context: {} }),
  ],
  comeFromBrowser: (who) => [
    call(who, { anonymousId: who.browser, event: 'Report Created', properties: {} }),
    call(who, { type: 'alias', previousId: who.browser }),
  ],
  waitForAccount: (who) => [call(who, { event: 'Report Created', context: {} })],
  sayNonsense: (who) => [
    call(who, { event: undefined, properties: { email: who.email } }),
    call(who, { type: 'identify', traits: 'none' }),
  ],
  join: (who) => [call(who, { event: 'Account Added User', properties: { role: 'Admin' } })],
};

const send = (sent: readonly SegmentCall[]) => sendUntilTaken(running.hub.url, sent, Date.now());

/** The ways to forget somebody. */
const doors: Readonly<Record<string, (who: Somebody) => Promise<unknown>>> = {
  deleteCall: (who) =>
    fetch(`${running.hub.url}/segment/webhook`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.bearerToken}` },
      body: JSON.stringify({ type: 'delete', userId: who.id, context: [], integrations: [] }),
    }),
  deleteInBatch: (who) =>
    fetch(`${running.hub.url}/v1/batch`, {
      method: 'POST',
      body: JSON.stringify({
        writeKey: keys.writeKey,
        batch: [{ type: 'delete', userId: who.id, messageId: `delete-${who.id}` }],
      }),
    }),
  api: (who) => ask(who, 'DELETE', ''),
};

function ask(who: Somebody, method: string, path: string, token: string = keys.adminToken) {
  return fetch(`${running.hub.url}/api/users/${encodeURIComponent(who.id)}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
  });
}

async function isDone(who: Somebody): Promise<boolean> {
  const answer = await ask(who, 'GET', '/erasure');
  return ((await answer.json()) as { state: string }).state === 'done';
}

async function tracesOf(...texts: readonly string[]): Promise<readonly string[]> {
  using connection = await openRedis({ path: running.redis.path });
  return [...(await allBytes(connection.redis))]
    .filter(([, bytes]) => texts.some((text) => bytes.includes(text)))
    .map(([key, bytes]) => `${key} ${bytes.slice(0, 300)}`);
}

const forgets = async (who: Somebody): Promise<void> => {
  await until(`nothing more of ${who.id} to be found`, () => isDone(who), 60_000);
};

describe('a forgotten person', () => {
  it('leaves no key and no value, whatever they did before and late, by whatever door', async () => {
    const life = fc.record({
      before: fc.subarray(Object.keys(doings), { minLength: 1 }),
      late: fc.subarray(Object.keys(doings)),
      door: fc.constantFrom(...Object.keys(doors)),
      // Events may still be on their way when the wish comes.
      drains: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 6, maxLength: 10 }), async (lives) => {
        const people = lives.map((one) => ({ ...one, who: somebody() }));
        const stays = somebody();
        await send(doings['work']?.(stays) ?? []);
        await Promise.all(
          people.map(async ({ before, door, drains, late, who }) => {
            await send(before.flatMap((name) => doings[name]?.(who) ?? []));
            if (drains) {
              await running.drained();
            }
            await doors[door]?.(who);
            await send(late.flatMap((name) => doings[name]?.(who) ?? []));
          }),
        );
        await running.drained(60_000);
        for (const { who } of people) {
          await forgets(who);
        }
        await running.drained(60_000);
        for (const { who } of people) {
          expect(await tracesOf(who.id, who.email)).toEqual([]);
        }
        expect((await tracesOf(stays.id)).length).toBeGreaterThan(0);
      }),
      { numRuns: 3, endOnFailure: true },
    );
  }, 240_000);

  it('is not brought back by events that come later, and is prompted by none', async () => {
    const who = somebody();
    await send(doings['identify']?.(who) ?? []);
    await running.drained();
    await doors['api']?.(who);
    await forgets(who);
    await send(doings['work']?.(who) ?? []);
    await send(doings['sayNonsense']?.(who) ?? []);
    await running.drained();
    expect(running.intercom.prompts().map(({ externalId }) => externalId)).not.toContain(who.id);
    await forgets(who);
    expect(await tracesOf(who.id, who.email)).toEqual([]);
    expect((await running.hub.metrics.inputsForgotten.get()).values[0]?.value).toBeGreaterThan(9);
  }, 90_000);

  it('leaves their colleagues, and what the account was shown, as they are', async () => {
    const who = somebody();
    const colleague = { ...somebody(), account: who.account };
    await send([...(doings['work']?.(who) ?? []), report(colleague, 3)]);
    await running.drained();
    expect(await running.hub.ledger.newestOf(who.account)).toHaveLength(1);
    await doors['deleteCall']?.(who);
    await running.drained();
    await forgets(who);
    const [loaded] = await running.hub.store.load([
      { unit: { kind: 'account', id: who.account }, members: [who.id, colleague.id], ids: [] },
    ]);
    expect([...(loaded?.members.keys() ?? [])]).toEqual([colleague.id]);
    expect(decodeMember(loaded?.members.get(colleague.id) ?? new Uint8Array()).kind).toBe('active');
    const [decisionId] = await running.hub.ledger.newestOf(who.account);
    const { record } = (await running.hub.ledger.read(decisionId ?? '')) ?? {};
    expect(record).toMatchObject({ chosen: expect.any(String), accountId: who.account });
    expect([record?.userId, record?.words]).toEqual([undefined, undefined]);
    expect(record?.candidates[0]?.expectedValue).toBeGreaterThan(0);
  }, 90_000);
});

describe('the address that forgets', () => {
  it('is for the operator only, and says what was removed and what lives elsewhere', async () => {
    const who = somebody();
    for (const [method, path] of [
      ['DELETE', ''],
      ['GET', '/erasure'],
    ] as const) {
      expect((await ask(who, method, path, 'wrong')).status).toBe(401);
    }
    expect(await (await ask(who, 'GET', '/erasure')).json()).toMatchObject({
      state: 'never_asked',
    });
    await send(doings['identify']?.(who) ?? []);
    await running.drained();
    const asked = await ask(who, 'DELETE', '');
    expect([asked.status, await asked.json()]).toMatchObject([202, { state: 'running' }]);
    await forgets(who);
    const report: unknown = await (await ask(who, 'GET', '/erasure')).json();
    expect(report).toMatchObject({
      state: 'done',
      removed: { person: 1, membership: 1 },
      elsewhere: expect.arrayContaining([expect.stringContaining('Intercom')]),
    });
    expect(JSON.stringify(report)).not.toContain(who.id);
  }, 60_000);
});
