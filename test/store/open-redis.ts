import type { ConnectionKind, RedisConnection, RedisTarget } from '../../src/store/connection.ts';
import { createRedis, whenReady } from '../../src/store/connection.ts';

/** A connection that is ready, closed at the end of the `await using` block. */
export async function openRedis(
  target: RedisTarget,
  kind: ConnectionKind = 'producer',
): Promise<{ readonly redis: RedisConnection } & Disposable> {
  const redis = createRedis(target, kind);
  await whenReady(redis, target);
  return { redis, [Symbol.dispose]: () => redis.disconnect() };
}
