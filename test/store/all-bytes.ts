import type { Redis } from 'ioredis';
import type { RedisConnection } from '../../src/store/connection.ts';

/** Everything that a Redis holds, key by key: its name and all of its values as one text of bytes. */
export async function allBytes(redis: RedisConnection): Promise<ReadonlyMap<string, string>> {
  const all = new Map<string, string>();
  for (const key of await redis.keys('*')) {
    all.set(key, `${key}\n${await valuesOf(redis as Redis, key)}`);
  }
  return all;
}

async function valuesOf(redis: Redis, key: string): Promise<string> {
  switch (await redis.type(key)) {
    case 'string':
      return (await redis.getBuffer(key))?.toString('latin1') ?? '';
    case 'hash':
      return JSON.stringify(await redis.hgetall(key));
    case 'list':
      return (await redis.lrange(key, 0, -1)).join('\n');
    case 'set':
      return (await redis.smembers(key)).join('\n');
    case 'zset':
      return (await redis.zrange(key, '0', '-1')).join('\n');
    case 'stream':
      return JSON.stringify(await redis.xrange(key, '-', '+'));
    default:
      return '';
  }
}
