import type { Readiness } from '../http/operations.ts';
import type { Lanes } from '../jobs/lanes.ts';
import type { RedisConnection } from '../store/connection.ts';

/** Whether the hub can take events: Redis answers, and where this process works them off, none is stuck. */
export async function readinessOf(
  producer: RedisConnection,
  lanes: Lanes | undefined,
): Promise<Readiness> {
  try {
    await producer.ping();
  } catch {
    return {
      ready: false,
      why: 'Redis does not answer, so no event can be stored; events stay with their senders.',
    };
  }
  const stuck = (await lanes?.stuck()) ?? [];
  return stuck.length === 0
    ? { ready: true }
    : {
        ready: false,
        why: `Events wait in ${stuck.join(', ')} and none has been processed for 30 s.`,
      };
}
