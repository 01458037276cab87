import type { Playbook } from '../core/playbook.ts';
import { createLearningStore, type LearningStore } from '../store/learning.ts';
import { withHub } from './with-redis.ts';

/** Opens what the running hub has learned, for a command that looks at it, and lets go of it afterwards. */
export async function withLearning<Result>(
  work: (store: LearningStore, playbook: Playbook) => Promise<Result>,
): Promise<Result> {
  return withHub(process.env, (redis, playbook) => work(createLearningStore(redis), playbook));
}
