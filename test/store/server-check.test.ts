import { expect, it } from 'vitest';
import { checkServer, type Durability } from '../../src/store/server-check.ts';
import { type RedisOptions, startRedis } from '../redis-server.ts';
import { openRedis } from './open-redis.ts';

async function check(
  durability: Durability,
  options: RedisOptions = {},
  before: readonly (readonly [string, ...string[]])[] = [],
): Promise<readonly string[]> {
  await using server = await startRedis(options);
  using opened = await openRedis(server);
  for (const [command, ...fields] of before) {
    await opened.redis.call(command, ...fields);
  }
  return (await checkServer(opened.redis, { durability })).warnings;
}

it('takes a server that syncs every second for standard, without a warning', async () => {
  expect(await check('standard')).toEqual([]);
});

it('takes a server that syncs always for strict and standard', async () => {
  expect(await check('strict', { appendFsync: 'always' })).toEqual([]);
  expect(await check('standard', { appendFsync: 'always' })).toEqual([]);
});

it('refuses a server that may evict, naming the policy and the mend', async () => {
  await expect(check('standard', { args: ['--maxmemory-policy', 'allkeys-lru'] })).rejects.toThrow(
    /allkeys-lru.*CONFIG SET maxmemory-policy noeviction/u,
  );
});

it('refuses a server without an append-only file', async () => {
  await expect(check('standard', { appendFsync: 'no' })).rejects.toMatchObject({
    code: 'store_unsuitable',
    retry: 'never',
    message: expect.stringContaining('CONFIG SET appendonly yes'),
  });
});

it('refuses strict on a server that syncs every second', async () => {
  await expect(check('strict')).rejects.toThrow(
    /appendfsync everysec.*CONFIG SET appendfsync always/u,
  );
});

it('refuses a server that leaves syncing to the system', async () => {
  await expect(check('standard', { args: ['--appendfsync', 'no'] })).rejects.toThrow(
    'appendfsync everysec',
  );
});

it('refuses the data of a hub with another number of partitions', async () => {
  await expect(check('standard', {}, [['SET', 'motisig:partitions', '32']])).rejects.toThrow(
    '32 partitions',
  );
});

it('accepts its own data at the second start', async () => {
  await using server = await startRedis();
  using opened = await openRedis(server);
  await checkServer(opened.redis, { durability: 'standard' });
  expect(await opened.redis.get('motisig:partitions')).toBe('64');
  await expect(checkServer(opened.redis, { durability: 'standard' })).resolves.toEqual({
    warnings: [],
  });
});

it('refuses a replica', async () => {
  await expect(
    check('standard', {
      args: ['--replicaof', '127.0.0.1 1', '--replica-serve-stale-data', 'yes'],
    }),
  ).rejects.toThrow('replica');
});

it('says in a sentence what a server that forbids CONFIG does not tell', async () => {
  const [warning, ...more] = await check('strict', { args: ['--rename-command', 'CONFIG', ''] });
  expect(warning).toContain('make sure that it is always');
  expect(more).toEqual([]);
});
