import { setTimeout as delay } from 'node:timers/promises';
import { createRedis, type RedisTarget, whenReady } from '../../src/store/connection.ts';
import { startRedis } from '../../test/redis-server.ts';

/** A redis-server of one contestant, with its CPU time and the means to begin anew. */
export interface BenchRedis {
  readonly target: RedisTarget & { readonly path: string };
  /** CPU time of the server since it began, user and system, microseconds. */
  cpuUs(): Promise<number>;
  /** Remembers the keys that are there now: what a program needs that has started and done nothing yet. */
  remember(): Promise<void>;
  /** Removes all keys but the remembered ones, and shortens the append-only file to them. */
  empty(): Promise<void>;
  /** Every key with the bytes that Redis says it takes, keys and overhead included. */
  bytesOfKeys(): Promise<readonly { readonly key: string; readonly bytes: number }[]>;
  stop(): Promise<void>;
}

/**
 * Starts a redis-server on a private unix socket with an append-only file. Rewrites of that file never begin by
 * themselves: one in the middle of a measurement would be charged to whoever is measured.
 */
export async function startBenchRedis(appendFsync: 'everysec' | 'always'): Promise<BenchRedis> {
  const server = await startRedis({ appendFsync, args: ['--auto-aof-rewrite-percentage', '0'] });
  const target = { path: server.path };
  const redis = createRedis(target, 'worker');
  await whenReady(redis, target);
  let remembered: readonly { readonly key: string; readonly dump: Buffer }[] = [];

  const allKeys = async (): Promise<string[]> => redis.keys('*');

  return {
    target,
    async cpuUs() {
      const info = await redis.info('cpu');
      return Math.round(
        (secondsOf(info, 'used_cpu_user') + secondsOf(info, 'used_cpu_sys')) * 1_000_000,
      );
    },
    async remember() {
      const keys = await allKeys();
      const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
      remembered = keys.flatMap((key, at) => {
        const dump = dumps[at];
        return dump === undefined || dump === null ? [] : [{ key, dump }];
      });
    },
    async empty() {
      await redis.flushall('SYNC');
      for (const { key, dump } of remembered) {
        await redis.restore(key, 0, dump);
      }
      await redis.bgrewriteaof();
      while (/aof_rewrite_(in_progress|scheduled):1/u.test(await redis.info('persistence'))) {
        await delay(20);
      }
    },
    async bytesOfKeys() {
      const keys = await allKeys();
      const bytes = await Promise.all(keys.map((key) => redis.memory('USAGE', key)));
      return keys.map((key, at) => ({ key, bytes: bytes[at] ?? 0 }));
    },
    async stop() {
      redis.disconnect();
      await server.stop();
    },
  };
}

function secondsOf(info: string, field: string): number {
  const found = new RegExp(`^${field}:([0-9.]+)`, 'mu').exec(info);
  return Number(found?.[1] ?? 0);
}
