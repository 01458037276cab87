import { setTimeout as delay } from 'node:timers/promises';
import { elsewhere, type ErasureReport } from '../core/person/erasure-report.ts';
import { createForgotten, type Forgotten } from '../store/forgotten.ts';
import { withRedis } from './with-redis.ts';

const waitMsMax = 60_000;
const lookMs = 200;

/**
 * `motisig forget <userId>`: forgets a person and waits up to a minute for a hub to remove the traces. Prints what was
 * removed and what lives elsewhere. Gives the exit code: 1 while traces may be left, because no hub runs or it has not finished.
 */
export async function runForget(userId: string): Promise<number> {
  const id = userId.trim();
  if (id === '') {
    process.stderr.write(
      'motisig: the user id is empty; give the id under which events name the user.\n',
    );
    return 2;
  }
  const report = await withRedis(process.env, async (redis) => {
    const forgotten = createForgotten(redis);
    await forgotten.forget([id]);
    return doneOrLate(forgotten, id);
  });
  process.stdout.write(`${erasureInWords(report).join('\n')}\n`);
  return report.state === 'done' ? 0 : 1;
}

async function doneOrLate(forgotten: Forgotten, id: string): Promise<ErasureReport> {
  const endMs = performance.now() + waitMsMax;
  let report = await forgotten.report(id);
  while (report.state === 'running' && performance.now() < endMs) {
    await delay(lookMs);
    report = await forgotten.report(id);
  }
  return report;
}

/** An erasure as lines for people; names nobody. */
function erasureInWords({ removed, state }: ErasureReport): readonly string[] {
  const counts = Object.entries(removed).map(([kind, count]) => `  ${kind}: ${count}`);
  return [
    state === 'done'
      ? 'The user is forgotten: nothing in the hub names them any more, and late events will not bring them back.'
      : 'From now on nothing of the user is counted. Traces are still looked for: that is the work of a running hub (role worker or all); run this again to see how far it is.',
    ...(counts.length === 0 ? ['Nothing was kept of them.'] : ['Removed:', ...counts]),
    'What lives elsewhere and is not the hub’s to remove:',
    ...elsewhere.map((sentence) => `  ${sentence}`),
  ];
}
