import { suggestedMappings } from '../../config/mappings.ts';
import { createUnmappedCounts } from '../store/unmapped.ts';
import { tableInWords } from './table.ts';
import { withHub } from './with-redis.ts';

/** `motisig unmapped`: prints the events that came and that no rule knows. Needs the hub's Redis. Gives the exit code. */
export async function runUnmapped(): Promise<number> {
  const events = await withHub(process.env, async (redis, playbook) =>
    suggestedMappings(await createUnmappedCounts(redis).all(), playbook),
  );
  const rows = events.map(({ event, count, suggestion }) => [event, String(count), suggestion]);
  const lines =
    rows.length === 0
      ? ['Every event that came is known to a rule.']
      : ['Events that no rule knows:', ...tableInWords(['event', 'came', 'suggestion'], rows)];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
