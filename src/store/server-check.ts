import { Cluster, type Redis } from 'ioredis';
import { z } from 'zod';
import { Fault } from '../core/fault.ts';
import { partitionCount } from '../core/partition.ts';
import type { RedisConnection } from './connection.ts';
import { reaching } from './store-fault.ts';

/**
 * What an acknowledged event survives. `strict`: also a power cut (append-only file synced before each answer).
 * `standard`: the crash of any process; a power cut or failover may take the last second.
 */
export type Durability = 'strict' | 'standard';

const oldestVersion = [6, 2] as const;

/**
 * Looks whether the server (each master of a cluster) keeps what it is given: Redis 6.2 or newer, a master, never
 * evicting, with an append-only file that is synced as the durability needs, and with this hub's number of partitions.
 * Throws `store_unsuitable` with one sentence that names the setting to change. Gives a sentence for each thing that could
 * not be read, because a managed Redis may forbid CONFIG.
 */
export async function checkServer(
  redis: RedisConnection,
  { durability }: { readonly durability: Durability },
): Promise<{ readonly warnings: readonly string[] }> {
  const servers = redis instanceof Cluster ? redis.nodes('master') : [redis];
  const warnings: string[] = [];
  for (const server of servers) {
    warnings.push(...(await checkOne(server, durability)));
  }
  await checkPartitions(redis);
  return { warnings: [...new Set(warnings)] };
}

async function checkOne(server: Redis, durability: Durability): Promise<readonly string[]> {
  const info = toFields(await reaching('look at its settings', () => server.info()));
  const version = info.get('redis_version') ?? 'unknown';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < oldestVersion[0] || (major === oldestVersion[0] && minor < oldestVersion[1])) {
    throw unsuitable(`Redis is version ${version}, and the hub needs 6.2 or newer; upgrade it.`);
  }
  if (info.get('role') === 'slave') {
    throw unsuitable(
      'This Redis is a replica, which takes no writes; set REDIS_URL to its master.',
    );
  }
  const policy = info.get('maxmemory_policy') ?? (await settingOf(server, 'maxmemory-policy'));
  if (policy !== undefined && policy !== 'noeviction') {
    throw unsuitable(
      `Redis may throw data away when its memory is full (maxmemory-policy ${policy}); run CONFIG SET maxmemory-policy noeviction.`,
    );
  }
  if (info.get('aof_enabled') === '0') {
    throw unsuitable(
      `Redis keeps no append-only file, so a crash would lose acknowledged events; run CONFIG SET appendonly yes${durability === 'strict' ? ' and CONFIG SET appendfsync always' : ''}.`,
    );
  }
  const sync = await settingOf(server, 'appendfsync');
  if (sync !== undefined && durability === 'strict' && sync !== 'always') {
    throw unsuitable(
      `DURABILITY strict needs a Redis that syncs before it answers, and this one has appendfsync ${sync}; run CONFIG SET appendfsync always, or set DURABILITY to standard.`,
    );
  }
  if (sync === 'no') {
    throw unsuitable(
      'Redis leaves syncing to the operating system (appendfsync no), so a power cut could lose half a minute; run CONFIG SET appendfsync everysec.',
    );
  }
  return [
    ...(policy === undefined
      ? ['Redis does not tell its maxmemory-policy; make sure that it is noeviction.']
      : []),
    ...(info.has('aof_enabled')
      ? []
      : ['Redis does not tell whether it keeps an append-only file; make sure that it does.']),
    ...(sync === undefined
      ? [
          `Redis does not tell appendfsync; make sure that it is ${durability === 'strict' ? 'always' : 'everysec or always'}.`,
        ]
      : []),
  ];
}

async function checkPartitions(redis: RedisConnection): Promise<void> {
  const key = 'motisig:partitions';
  const stored = await reaching('store its number of partitions', async () => {
    await redis.setnx(key, partitionCount);
    return redis.get(key);
  });
  if (stored !== String(partitionCount)) {
    throw unsuitable(
      `This Redis holds the data of a hub with ${stored} partitions, and this hub has ${partitionCount}; use the hub's earlier version or another Redis.`,
    );
  }
}

/** A setting by CONFIG GET; undefined when the server forbids it. */
async function settingOf(server: Redis, name: string): Promise<string | undefined> {
  try {
    const [, value] = z.array(z.string()).parse(await server.config('GET', name));
    return value;
  } catch {
    // A managed Redis renames or forbids CONFIG: the caller says in a sentence what it could not read.
    return undefined;
  }
}

function toFields(info: string): ReadonlyMap<string, string> {
  return new Map(
    info
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
}

function unsuitable(message: string): Fault {
  return new Fault('store_unsuitable', 'never', message);
}
