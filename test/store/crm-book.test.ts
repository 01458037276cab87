import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { createCrmBook } from '../../src/store/crm-book.ts';
import type { RedisConnection } from '../../src/store/connection.ts';
import type { TestRedis } from '../redis-server.ts';
import { until } from '../until.ts';
import { useRedis } from '../use-redis.ts';

let server: TestRedis;
let redis: RedisConnection;

useRedis((opened) => {
  redis = opened.redis;
  server = opened.server;
});

it('gives a domain to the account that asks first, in words that a Redis 6.2 understands', async () => {
  const said: string[] = [];
  const watching = new Redis({ path: server.path });
  const monitor = await watching.monitor();
  monitor.on('monitor', (_time: string, command: readonly string[]) =>
    said.push(command.join(' ').toUpperCase()),
  );
  const book = createCrmBook(redis);
  expect(await book.domainOwner('acme.example', 'acme')).toBe('acme');
  expect(await book.domainOwner('acme.example', 'other')).toBe('acme');
  expect(await book.domainOwner('acme.example', 'acme')).toBe('acme');
  await redis.set('the', 'end');
  await until('all commands to be told', () => said.includes('SET THE END'));
  monitor.disconnect();
  watching.disconnect();
  const sets = said.filter((command) => command.startsWith('SET '));
  expect(sets.length).toBeGreaterThan(1);
  // NX and GET in one command are of 7.0 (https://redis.io/docs/latest/commands/set/, history).
  expect(sets.filter((command) => / NX\b/u.test(command) && / GET\b/u.test(command))).toEqual([]);
});
