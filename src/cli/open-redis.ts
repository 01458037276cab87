import type { Logger } from 'pino';
import type { Environment } from '../environment.ts';
import { startOwnRedis } from '../own-redis.ts';
import { nameOf, type RedisTarget } from '../store/connection.ts';

/** A Redis to work with, and how to let go of it. */
export interface OpenedRedis {
  readonly target: RedisTarget;
  readonly name: string;
  close(): Promise<void>;
}

/** The Redis of REDIS_URL, else one of our own under the data folder, which stops with the hub. */
export async function openRedis(environment: Environment, log: Logger): Promise<OpenedRedis> {
  const target = redisTargetOf(environment.redisUrls);
  if (target !== undefined) {
    return { target, name: nameOf(target), close: async () => {} };
  }
  const { dataDir, durability } = environment;
  const own = await startOwnRedis({ dataDir, durability, log });
  return { target: own.connection, name: `its own, under ${dataDir}`, close: () => own.stop() };
}

/** Where REDIS_URL points; undefined when it is not set. */
export function redisTargetOf(urls: readonly string[]): RedisTarget | undefined {
  const [url, ...more] = urls;
  if (url === undefined) {
    return undefined;
  }
  if (more.length > 0) {
    return { cluster: urls };
  }
  return url.startsWith('unix:') ? { path: url.replace(/^unix:(\/\/)?/u, '') } : { url };
}
