import { expect, it } from 'vitest';
import { watchServers } from '../../src/store/server-watch.ts';
import { startRedis } from '../redis-server.ts';
import { until } from '../until.ts';
import { openRedis } from './open-redis.ts';

it('tells that the server is the same, keeps quiet while it is away, and tells of a restart until that was handled', async () => {
  await using server = await startRedis();
  using opened = await openRedis(server);
  const troubles: string[] = [];
  const told: string[] = [];
  const watch = watchServers(
    opened.redis,
    {
      onSame: () => void told.push('same'),
      onAway: () => void told.push('away'),
      onChanged: async () => {
        told.push('changed');
        if (troubles.length === 0) {
          throw new Error('not handled');
        }
      },
    },
    (message) => troubles.push(message),
    5,
  );
  await until('some looks', () => told.length >= 3);
  expect(new Set(told)).toEqual(new Set(['same']));

  await server.kill('SIGKILL');
  await until('the loss of the connection to be told', () => told.includes('away'));
  await server.restart();
  const sinceThen = (): readonly string[] => told.slice(told.indexOf('away'));
  const looks = (): readonly string[] => sinceThen().filter((word) => word !== 'away');
  await until('some looks at the new server', () => looks().length >= 5);
  await watch.stop();
  expect(troubles).toEqual(['not handled']);
  expect(looks().slice(0, 5)).toEqual(['changed', 'changed', 'same', 'same', 'same']);
});

it('is not sure of a server from the loss of the connection until it has looked at what answers since, and looks at once', async () => {
  await using server = await startRedis();
  using opened = await openRedis(server);
  let changes = 0;
  let isAway = false;
  const handled = Promise.withResolvers<void>();
  const watch = watchServers(
    opened.redis,
    {
      onSame: () => undefined,
      onAway: () => {
        isAway = true;
      },
      onChanged: async () => {
        changes += 1;
        await handled.promise;
      },
    },
    () => undefined,
    // Only what a look at once finds is found within this test.
    3_600_000,
  );
  expect(watch.isSure()).toBe(true);
  await server.kill('SIGKILL');
  await until('the loss to be noticed', () => isAway);
  expect(watch.isSure()).toBe(false);
  await server.restart();
  await until('the new server to be found', () => changes > 0);
  expect(watch.isSure()).toBe(false);
  handled.resolve();
  await until('the loss to be mended', () => watch.isSure());
  expect(changes).toBe(1);
  await watch.stop();
});

it('takes a server that came back before the first look was over for another one', async () => {
  await using server = await startRedis();
  using opened = await openRedis(server);
  await server.kill('SIGKILL');
  const told: string[] = [];
  let isAway = false;
  const watch = watchServers(
    opened.redis,
    {
      onSame: () => void told.push('same'),
      onAway: () => {
        isAway = true;
      },
      onChanged: async () => void told.push('changed'),
    },
    () => undefined,
    3_600_000,
  );
  await until('the loss to be noticed', () => isAway);
  await server.restart();
  await until('a look', () => told.length > 0);
  expect(told).toEqual(['changed']);
  expect(watch.isSure()).toBe(true);
  await watch.stop();
});
