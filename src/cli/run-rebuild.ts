import { familyOf } from '../core/model/learned.ts';
import { countersFromLog, differencesOf, oldestKeptDay } from '../core/model/rebuild.ts';
import type { LearningFact } from '../core/model/step.ts';
import type { Playbook } from '../core/playbook.ts';
import type { LearningStore } from '../store/learning.ts';
import { dayOf } from '../core/duration.ts';
import { withLearning } from './with-learning.ts';

/** `motisig rebuild`: makes the counters anew from the log and compares; with `write`, puts them in. Gives the exit code. */
export async function runRebuild(options: { readonly write?: boolean }): Promise<number> {
  const { isSame, lines } = await withLearning((store, playbook) =>
    rebuild(store, playbook, Date.now(), options.write === true),
  );
  process.stdout.write(`${lines.join('\n')}\n`);
  return isSame ? 0 : 1;
}

const shownMax = 20;

/** Compares, as of `nowMs`. `isSame`: the counters are what the log says, before or because they were written. */
export async function rebuild(
  store: Pick<LearningStore, 'counters' | 'facts' | 'replace'>,
  playbook: Playbook,
  nowMs: number,
  isWritten: boolean,
): Promise<{ readonly isSame: boolean; readonly lines: readonly string[] }> {
  const facts: LearningFact[] = [];
  for await (const fact of store.facts()) {
    facts.push(fact);
  }
  const live = await store.counters(familyOf(playbook), dayOf(nowMs));
  const rebuilt = countersFromLog(facts, familyOf(playbook), nowMs);
  const differences = differencesOf(live, rebuilt, oldestKeptDay(nowMs));
  const opened = facts.filter(({ kind }) => kind === 'opened').length;
  if (differences.length === 0) {
    const line = `The counters are what the log of ${opened} decision${opened === 1 ? '' : 's'} says.`;
    return { isSame: true, lines: [line] };
  }
  const shown = differences
    .slice(0, shownMax)
    .map(
      ({ day, live: counted, name, rebuilt: says }) =>
        `  day ${day}: ${name}: the counters say ${counted}, the log says ${says}`,
    );
  const more = differences.length - shown.length;
  const head = `${differences.length} of the counts differ from the log of ${opened} decisions:`;
  const all = [head, ...shown, ...(more > 0 ? [`  and ${more} more`] : [])];
  if (!isWritten) {
    const mend = 'Stop the workers and run it with --write to count anew from the log.';
    return { isSame: false, lines: [...all, mend] };
  }
  await store.replace(rebuilt);
  return { isSame: true, lines: [...all, 'The counters were written anew from the log.'] };
}
