import { createControlStore } from '../store/controls.ts';
import { createSwitchboard, type Switchboard, type Switched } from '../switches.ts';
import { withHub } from './with-redis.ts';

/** `motisig stop [offer] --why <reason>`: stops everything or one offer at the next prompt. Gives the exit code. */
export function runStop(offerId: string | undefined, why: string): Promise<number> {
  return switching((board) => board.stop(offerId, why));
}

/** `motisig resume [offer]`: takes a stop back. Gives the exit code. */
export function runResume(offerId: string | undefined): Promise<number> {
  return switching((board) => board.resume(offerId));
}

/** Needs the hub's Redis to run, not the hub. 0: done, 2: no such offer or no reason. Throws a Fault when Redis is away. */
async function switching(ask: (board: Switchboard) => Promise<Switched>): Promise<number> {
  const clock = { nowMs: () => Date.now() };
  const { kind, message } = await withHub(process.env, (redis, playbook) =>
    ask(createSwitchboard(createControlStore(redis), playbook, clock)),
  );
  if (kind === 'wrong') {
    process.stderr.write(`motisig: ${message}\n`);
    return 2;
  }
  process.stdout.write(`${message}\n`);
  return 0;
}
