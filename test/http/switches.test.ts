import { describe, expect, it } from 'vitest';
import { dayMs } from '../../src/core/duration.ts';
import { type RedisConnection, whenReady } from '../../src/store/connection.ts';
import { type ControlStore, createControlStore } from '../../src/store/controls.ts';
import { createSwitchboard, whyCharsMax } from '../../src/switches.ts';
import { offerOf } from '../core/offer.ts';
import { barePlaybook } from '../core/playbook.ts';
import type { TestRedis } from '../redis-server.ts';
import { useRedis } from '../use-redis.ts';
import { noonMs } from '../store/samples.ts';
import { adminToken, counted, startHub } from './hub.ts';

const budget = { max: 1, withinMs: dayMs };
const playbook = {
  ...barePlaybook,
  offers: new Map([
    ['pro', offerOf({ id: 'pro', budget })],
    ['team', offerOf({ id: 'team' })],
  ]),
};
const authorization = `Bearer ${adminToken}`;
let server: TestRedis;
let redis: RedisConnection;
let controls: ControlStore;

useRedis((opened) => {
  redis = opened.redis;
  server = opened.server;
  controls = createControlStore(redis);
});

function hub() {
  return startHub({ switches: createSwitchboard(controls, playbook, { nowMs: () => noonMs }) });
}

async function ask(
  method: 'GET' | 'POST' | 'DELETE',
  told: { readonly query?: string; readonly payload?: object } = {},
): Promise<readonly [status: number, body: unknown]> {
  const { app } = hub();
  const response = await app.inject({
    method,
    url: `/api/switches${told.query ?? ''}`,
    headers: { authorization },
    remoteAddress: '203.0.113.9',
    ...(told.payload === undefined ? {} : { payload: told.payload }),
  });
  return [response.statusCode, response.json()];
}

const admitted = async (offerId = 'pro'): Promise<boolean> => {
  const asked = { decisionId: 'd1', offerId, budget: undefined, perMinute: 10, nowMs: noonMs };
  return (await controls.admit(asked)).kind === 'admitted';
};

describe('/api/switches', () => {
  it('stops everything at once and takes it back', async () => {
    expect(await ask('GET')).toEqual([200, { paused: null, stopped: {}, spent: [] }]);
    const [status, body] = await ask('POST', { payload: { why: 'the prices are wrong' } });
    expect([status, body]).toEqual([
      200,
      { message: expect.stringContaining('Everything is stopped (the prices are wrong)') },
    ]);
    expect(await admitted()).toBe(false);
    expect(await ask('GET')).toEqual([
      200,
      { paused: 'the prices are wrong', stopped: {}, spent: [] },
    ]);
    expect((await ask('DELETE'))[0]).toBe(200);
    expect(await admitted()).toBe(true);
    expect(await ask('DELETE')).toEqual([
      200,
      { message: 'Everything was not stopped, so nothing has changed.' },
    ]);
  });

  it('stops one offer, and says what is still stopped when another is taken back', async () => {
    await ask('POST', { payload: { offer: 'pro', why: 'a typo' } });
    await ask('POST', { payload: { offer: 'team', why: 'sold out' } });
    expect([await admitted('pro'), await admitted('team')]).toEqual([false, false]);
    const [status, body] = await ask('DELETE', { query: '?offer=team' });
    expect([status, body]).toEqual([
      200,
      {
        message: expect.stringMatching(
          /^The offer team may go out again.* Still stopped: pro \(a typo\)\.$/u,
        ),
      },
    ]);
    expect([await admitted('pro'), await admitted('team')]).toEqual([false, true]);
  });

  it('tells which budgets are spent', async () => {
    await controls.admit({
      decisionId: 'd1',
      offerId: 'pro',
      budget,
      perMinute: 10,
      nowMs: noonMs,
    });
    expect(await ask('GET')).toEqual([200, { paused: null, stopped: {}, spent: ['pro'] }]);
  });

  it('takes a stop back of an offer that the playbook has no more', async () => {
    await controls.stop({ offerId: 'gone' }, 'a typo');
    expect((await ask('DELETE', { query: '?offer=gone' }))[0]).toBe(200);
    expect((await controls.read([], noonMs)).stopped.size).toBe(0);
  });

  it.each([
    [
      'an unknown offer',
      { offer: 'prp', why: 'a typo' },
      /no offer "prp"; its offers are pro, team\./u,
    ],
    ['an empty reason', { why: ' ' }, /reason must be one line/u],
    ['a reason of two lines', { why: 'one\ntwo' }, /reason must be one line/u],
    ['a reason that is too long', { why: 'x'.repeat(whyCharsMax + 1) }, /1 to 200 characters/u],
    ['no reason', { offer: 'pro' }, /`why`/u],
    ['a misspelt field', { ofer: 'pro', why: 'a typo' }, /`why`.*`offer`/u],
  ])('refuses %s in one sentence and stops nothing', async (_, payload, sentence) => {
    const [status, body] = await ask('POST', { payload });
    expect([status, body]).toEqual([400, { message: expect.stringMatching(sentence) }]);
    expect(await redis.keys('*')).toEqual([]);
  });

  it.each([
    ['an unknown offer', '?offer=prp', /its offers are pro, team/u],
    ['two offers', '?offer=pro&offer=team', /Name one offer/u],
    ['a misspelt name', '?ofer=pro', /Name one offer/u],
  ])('does not take everything back by mistake: %s', async (_, query, sentence) => {
    await controls.stop('everything', 'a sale');
    const [status, body] = await ask('DELETE', { query });
    expect([status, body]).toEqual([400, { message: expect.stringMatching(sentence) }]);
    expect(await admitted()).toBe(false);
  });

  it.each(['GET', 'POST', 'DELETE'] as const)(
    'is closed to %s without the admin token, on this machine too',
    async (method) => {
      for (const headers of [{}, { authorization: 'Bearer other' }, { authorization: 'Bearer ' }]) {
        const { app, metrics } = hub();
        const payload = method === 'POST' ? { payload: { why: 'a sale' } } : {};
        const response = await app.inject({ method, url: '/api/switches', headers, ...payload });
        expect(response.statusCode).toBe(401);
        const labels = { door: 'switches', reason: 'no_admin_token' };
        expect(await counted(metrics.requestsRefused, labels)).toBe(1);
      }
      expect(await redis.keys('*')).toEqual([]);
    },
  );

  it('answers 503 while Redis is away', async () => {
    await server.kill('SIGKILL');
    const answers = [
      await ask('GET'),
      await ask('POST', { payload: { why: 'a sale' } }),
      await ask('DELETE'),
    ];
    for (const answer of answers) {
      expect(answer).toEqual([503, { message: expect.stringMatching(/ask again\.$/u) }]);
    }
    await server.restart();
    await whenReady(redis, server);
  });
});
