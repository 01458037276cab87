import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allOn } from '../../src/core/controls.ts';
import { dayMs } from '../../src/core/duration.ts';
import { watchControls, type WatchedControls } from '../../src/jobs/watch-controls.ts';
import { type RedisConnection, whenReady } from '../../src/store/connection.ts';
import { type ControlStore, createControlStore } from '../../src/store/controls.ts';
import { offerOf } from '../core/offer.ts';
import { barePlaybook } from '../core/playbook.ts';
import type { TestRedis } from '../redis-server.ts';
import { useRedis } from '../use-redis.ts';
import { noonMs } from '../store/samples.ts';
import { until } from '../until.ts';

const budget = { max: 1, withinMs: dayMs };
const playbook = { ...barePlaybook, offers: new Map([['pro', offerOf({ id: 'pro', budget })]]) };
let server: TestRedis;
let redis: RedisConnection;
let controls: ControlStore;
let watched: WatchedControls[] = [];
let troubles: string[] = [];

useRedis((opened) => {
  redis = opened.redis;
  server = opened.server;
  controls = createControlStore(redis);
});
beforeEach(async () => {
  troubles = [];
});
afterEach(async () => {
  await Promise.all(watched.map((one) => one.stop()));
  watched = [];
});

async function watch(): Promise<WatchedControls> {
  const onTrouble = (text: string) => void troubles.push(text);
  const one = await watchControls(controls, playbook, { nowMs: () => noonMs }, onTrouble);
  watched.push(one);
  return one;
}

describe('watched controls', () => {
  it('are known from the beginning', async () => {
    await controls.stop('everything', 'a sale');
    expect((await watch()).current().paused).toBe('a sale');
  });

  it('hear soon of a switch that is thrown anywhere, and of its being taken back', async () => {
    const workers = [await watch(), await watch(), await watch()];
    expect(workers.map((one) => one.current())).toEqual([allOn, allOn, allOn]);
    await controls.stop('everything', 'a sale');
    const all = (paused: string | undefined) => () =>
      workers.every((one) => one.current().paused === paused);
    await until('all workers are paused', all('a sale'));
    await controls.resume('everything');
    await until('all workers go on', all(undefined));
  });

  it('hear of a budget that another worker spent', async () => {
    const one = await watch();
    await controls.admit({
      decisionId: 'd1',
      offerId: 'pro',
      budget,
      perMinute: 10,
      nowMs: noonMs,
    });
    await until('the offer is spent', () => one.current().spent.has('pro'));
  });

  it('stay as they were while Redis is away, and go on when it is back', async () => {
    await controls.stop({ offerId: 'pro' }, 'a typo');
    const one = await watch();
    await server.kill('SIGKILL');
    await until('the trouble was told', () => troubles.length > 0);
    expect(one.current().stopped).toEqual(new Map([['pro', 'a typo']]));
    await server.restart();
    await whenReady(redis, server);
    await controls.stop('everything', 'back');
    await until('it is paused', () => one.current().paused === 'back');
  });

  it('cannot be had where the first look fails', async () => {
    await server.kill('SIGKILL');
    await expect(watch()).rejects.toMatchObject({ code: 'store_unreachable' });
    await server.restart();
    await whenReady(redis, server);
  });
});
