import { suggestedMappings } from '../../config/mappings.ts';
import { readPlaces } from '../environment.ts';
import { ownRedisPath } from '../own-redis.ts';
import { createRedis, whenReady } from '../store/connection.ts';
import { createUnmappedCounts } from '../store/unmapped.ts';
import { loadPlaybook } from './load-playbook.ts';
import { redisTargetOf } from './open-redis.ts';
import { tableInWords } from './table.ts';

/** `motisig unmapped`: prints the events that came and that no rule knows. Needs the hub's Redis. Gives the exit code. */
export async function runUnmapped(): Promise<number> {
  const places = readPlaces(process.env);
  const { playbook } = loadPlaybook(places.playbook);
  const target = redisTargetOf(places.redisUrls) ?? { path: ownRedisPath(places.dataDir) };
  const redis = createRedis(target, 'producer');
  try {
    await whenReady(redis, target);
    const events = suggestedMappings(await createUnmappedCounts(redis).all(), playbook);
    const rows = events.map(({ event, count, suggestion }) => [event, String(count), suggestion]);
    const lines =
      rows.length === 0
        ? ['Every event that came is known to a rule.']
        : ['Events that no rule knows:', ...tableInWords(['event', 'came', 'suggestion'], rows)];
    process.stdout.write(`${lines.join('\n')}\n`);
    return 0;
  } finally {
    redis.disconnect();
  }
}
