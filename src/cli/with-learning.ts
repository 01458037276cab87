import type { Playbook } from '../core/playbook.ts';
import { readPlaces } from '../environment.ts';
import { ownRedisPath } from '../own-redis.ts';
import { createRedis, whenReady } from '../store/connection.ts';
import { createLearningStore, type LearningStore } from '../store/learning.ts';
import { loadPlaybook } from './load-playbook.ts';
import { redisTargetOf } from './open-redis.ts';

/** Opens what the running hub has learned, for a command that looks at it, and lets go of it afterwards. */
export async function withLearning<Result>(
  work: (store: LearningStore, playbook: Playbook) => Promise<Result>,
): Promise<Result> {
  const places = readPlaces(process.env);
  const { playbook } = loadPlaybook(places.playbook);
  const target = redisTargetOf(places.redisUrls) ?? { path: ownRedisPath(places.dataDir) };
  const redis = createRedis(target, 'producer');
  try {
    await whenReady(redis, target);
    return await work(createLearningStore(redis), playbook);
  } finally {
    redis.disconnect();
  }
}
