import { Fault } from '../core/fault.ts';
import { createLedger } from '../store/ledger.ts';
import { createStateStore } from '../store/state-store.ts';
import { explain } from './explain.ts';
import { withHub } from './with-redis.ts';

/** `motisig explain <id>`: prints why a prompt was, or was not, made. Needs the hub's Redis to run. Gives the exit code. */
export async function runExplain(id: string): Promise<number> {
  const clock = { nowMs: () => Date.now() };
  const lines = await withHub(process.env, (redis, playbook) =>
    explain(id, {
      store: createStateStore(redis, clock),
      ledger: createLedger(redis),
      playbook,
      clock,
    }),
  );
  if (lines.length === 0) {
    throw new Fault(
      'config_invalid',
      'never',
      `Nobody has heard of ${JSON.stringify(id)}; give the id of an account, a user or a decision as the events have it.`,
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
