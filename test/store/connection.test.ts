import { expect, it } from 'vitest';
import { createRedis, nameOf, whenReady } from '../../src/store/connection.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { createStateStore } from '../../src/store/state-store.ts';
import { toStoreFault } from '../../src/store/store-fault.ts';
import { startRedis } from '../redis-server.ts';
import { openRedis } from './open-redis.ts';
import { accountOf, changeOf, decisionIdOf, noonMs, requestOf } from './samples.ts';

const acme = accountOf('acme');
const unreachable = { name: 'Fault', code: 'store_unreachable', retry: 'later' };

it('names a server without its user and password', () => {
  expect(nameOf({ url: 'rediss://admin:s3cret@redis.example:6380/2' })).toBe('redis.example:6380');
  expect(nameOf({ cluster: ['redis://:s3cret@a:1', 'redis://b'] })).toBe('a:1, b:6379');
  expect(nameOf({ path: '/run/redis.sock' })).toBe('/run/redis.sock');
});

it('says in one sentence, without the password, that a server cannot be reached', async () => {
  const target = { url: 'redis://admin:s3cret@127.0.0.1:1' };
  const troubles: string[] = [];
  const redis = createRedis(target, 'producer', (message) => troubles.push(message));
  const failure = whenReady(redis, target, 300);
  await expect(failure).rejects.toMatchObject(unreachable);
  await expect(failure).rejects.toThrow(/127\.0\.0\.1:1 .*set REDIS_URL/u);
  await expect(failure).rejects.not.toThrow('s3cret');
  redis.disconnect();
  expect(troubles.length).toBeGreaterThan(0);
  expect(troubles.join()).not.toContain('s3cret');
});

it('throws store_unreachable within 2.5 s when the server does not answer, and serves again when it does', async () => {
  await using server = await startRedis();
  using opened = await openRedis(server);
  const store = createStateStore(opened.redis, { nowMs: () => noonMs });
  const ledger = createLedger(opened.redis);
  const [loaded] = await store.load([requestOf(acme)]);
  await server.kill('SIGSTOP');
  const startedMs = performance.now();
  await Promise.all([
    expect(store.load([requestOf(acme), requestOf(accountOf('globex'))])).rejects.toMatchObject(
      unreachable,
    ),
    expect(store.commit([changeOf(loaded, 's')])).rejects.toMatchObject(unreachable),
    expect(ledger.claim(decisionIdOf(acme, 1), 'a', noonMs, 1)).rejects.toMatchObject(unreachable),
  ]);
  expect(performance.now() - startedMs).toBeLessThan(2500);
  await server.kill('SIGCONT');
  await whenReady(opened.redis, server);
  await expect(store.load([requestOf(acme)])).resolves.toHaveLength(1);
});

it('throws store_unreachable at once while the server is gone, and finds the committed state after its restart', async () => {
  await using server = await startRedis({ appendFsync: 'always' });
  using opened = await openRedis(server);
  const store = createStateStore(opened.redis, { nowMs: () => noonMs });
  const [loaded] = await store.load([requestOf(acme)]);
  expect(await store.commit([changeOf(loaded, 'kept')])).toEqual(['done']);
  await server.kill('SIGKILL');
  const startedMs = performance.now();
  await expect(store.load([requestOf(acme)])).rejects.toMatchObject(unreachable);
  expect(performance.now() - startedMs).toBeLessThan(1000);
  await server.restart();
  await whenReady(opened.redis, server);
  const [again] = await store.load([requestOf(acme)]);
  expect(Buffer.from(again?.bytes ?? []).toString()).toBe('kept');
});

it('calls a full server unreachable, to be tried later, and leaves a mistake of ours as it is', async () => {
  await using server = await startRedis();
  using opened = await openRedis(server);
  const store = createStateStore(opened.redis, { nowMs: () => noonMs });
  const [loaded] = await store.load([requestOf(acme)]);
  await opened.redis.config('SET', 'maxmemory', '1');
  await expect(store.commit([changeOf(loaded, 's')])).rejects.toMatchObject(unreachable);
  await opened.redis.config('SET', 'maxmemory', '0');
  const ours = new Error('WRONGTYPE Operation against a key holding the wrong kind of value');
  expect(toStoreFault(ours, 'test')).toBe(ours);
});

it('goes on after the server has forgotten its scripts', async () => {
  await using server = await startRedis();
  using opened = await openRedis(server);
  const store = createStateStore(opened.redis, { nowMs: () => noonMs });
  const requests = [requestOf(acme), requestOf(accountOf('globex'))];
  await store.commit((await store.load(requests)).map((loaded) => changeOf(loaded, 'one')));
  await opened.redis.script('FLUSH');
  const again = await store.load(requests);
  expect(await store.commit(again.map((loaded) => changeOf(loaded, 'two')))).toEqual([
    'done',
    'done',
  ]);
});
