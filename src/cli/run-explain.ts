import { Fault } from '../core/fault.ts';
import { readPlaces } from '../environment.ts';
import { ownRedisPath } from '../own-redis.ts';
import { createRedis, whenReady } from '../store/connection.ts';
import { createLedger } from '../store/ledger.ts';
import { createStateStore } from '../store/state-store.ts';
import { explain } from './explain.ts';
import { loadPlaybook } from './load-playbook.ts';
import { redisTargetOf } from './open-redis.ts';

/** `motisig explain <id>`: prints why a prompt was, or was not, made. Needs the hub's Redis to run. Gives the exit code. */
export async function runExplain(id: string): Promise<number> {
  const places = readPlaces(process.env);
  const { playbook } = loadPlaybook(places.playbook);
  const target = redisTargetOf(places.redisUrls) ?? {
    path: ownRedisPath(places.dataDir),
  };
  const clock = { nowMs: () => Date.now() };
  const redis = createRedis(target, 'producer');
  try {
    await whenReady(redis, target);
    const deps = {
      store: createStateStore(redis, clock),
      ledger: createLedger(redis),
      playbook,
      clock,
    };
    const lines = await explain(id, deps);
    if (lines.length === 0) {
      throw new Fault(
        'config_invalid',
        'never',
        `Nobody has heard of ${JSON.stringify(id)}; give the id of an account, a user or a decision as the events have it.`,
      );
    }
    process.stdout.write(`${lines.join('\n')}\n`);
    return 0;
  } finally {
    redis.disconnect();
  }
}
