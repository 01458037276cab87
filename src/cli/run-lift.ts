import { compareAccounts, type LiftReport } from '../jobs/compare-accounts.ts';
import { tableInWords } from './table.ts';
import { withLearning } from './with-learning.ts';

/** `motisig lift`: prints what the prompts brought, against accounts that were left alone. Gives the exit code. */
export async function runLift(): Promise<number> {
  const report = await withLearning((store, playbook) =>
    compareAccounts(store, playbook, Date.now()),
  );
  process.stdout.write(`${liftInWords(report).join('\n')}\n`);
  return 0;
}

/** The report as lines. */
export function liftInWords({ offers, summary }: LiftReport): readonly string[] {
  const head = ['offer', 'channel', 'prompts', 'clicked', 'dismissed', 'opted out', 'tickets'];
  const rows = offers.map((one) => [
    one.offer,
    one.channel,
    ...[one.prompts, one.clicked, one.dismissed, one.optedOut, one.tickets].map(String),
  ]);
  return rows.length === 0 ? summary : [...summary, '', ...tableInWords(head, rows)];
}
