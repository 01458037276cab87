import type { Playbook } from '../core/playbook.ts';
import { readPlaces, type Variables } from '../environment.ts';
import { ownRedisPath } from '../own-redis.ts';
import { createRedis, type RedisConnection, whenReady } from '../store/connection.ts';
import { loadPlaybook } from './load-playbook.ts';
import { redisTargetOf } from './open-redis.ts';

/**
 * Lets a command work with the Redis of the hub, which need not run itself, and lets go of it afterwards. `variables` is
 * the environment. Throws Fault: `store_unreachable` when Redis does not answer.
 */
export async function withRedis<Result>(
  variables: Variables,
  work: (redis: RedisConnection) => Promise<Result>,
): Promise<Result> {
  const { dataDir, redisUrls } = readPlaces(variables);
  const target = redisTargetOf(redisUrls) ?? { path: ownRedisPath(dataDir) };
  const redis = createRedis(target, 'producer');
  try {
    await whenReady(redis, target);
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

/** The same with the playbook of the hub, read before Redis is asked. Throws Fault `config_invalid` when it has mistakes. */
export async function withHub<Result>(
  variables: Variables,
  work: (redis: RedisConnection, playbook: Playbook) => Promise<Result>,
): Promise<Result> {
  const { playbook } = loadPlaybook(readPlaces(variables).playbook);
  return withRedis(variables, (redis) => work(redis, playbook));
}
