import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { checkPlaybook } from '../../config/check.ts';
import type { Problem } from '../../config/check/report.ts';
import type { Playbook } from '../core/playbook.ts';
import { againstFile } from './check-against.ts';
import { cannotReadCalls } from './read-calls.ts';
import { whyUnreadable } from './sample-file.ts';

/** The playbook that ships, used where no other is named. */
export const defaultPlaybookFile = fileURLToPath(
  new URL('../../config/playbooks/default.yaml', import.meta.url),
);

/** Where the command writes: whole texts with their line ends. */
export interface CheckIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/**
 * `motisig check [playbook]`: prints every problem as one line, `file:line:column field: message. mend.`, on stderr, and
 * one line on stdout when there is none. Gives the exit code: 0 the playbook is fine (warnings are printed all the
 * same), 1 it has problems, 2 a file cannot be read. With `against`, a file of Segment calls, it also prints how often each
 * rule would fire on them and which of their events no rule knows.
 */
export async function runCheck(
  args: { readonly file?: string; readonly against?: string | undefined },
  io: CheckIo,
): Promise<0 | 1 | 2> {
  const file = args.file ?? defaultPlaybookFile;
  let source: string;
  try {
    source = await readFile(file, 'utf8');
  } catch (error) {
    io.stderr(
      `Cannot read the playbook ${file}: ${whyUnreadable(error)}. Name a YAML file that exists.\n`,
    );
    return 2;
  }
  const checked = checkPlaybook(source, file);
  if (checked.kind === 'invalid') {
    for (const problem of checked.problems) {
      io.stderr(`${problemInWords(problem)}\n`);
    }
    io.stderr(`${counted(checked.problems.length, 'problem')}.\n`);
    return 1;
  }
  for (const warning of checked.warnings) {
    io.stderr(`warning: ${problemInWords(warning)}\n`);
  }
  const { triggers, offers } = sizeOf(checked.playbook);
  io.stdout(
    `${file} is fine: ${counted(triggers, 'trigger')}, ${counted(offers, 'offer')}, version ${checked.playbook.version}.\n`,
  );
  return args.against === undefined ? 0 : printAgainst(checked.playbook, args.against, io);
}

function counted(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}

async function printAgainst(playbook: Playbook, against: string, io: CheckIo): Promise<0 | 2> {
  try {
    io.stdout(`\n${(await againstFile(playbook, against)).join('\n')}\n`);
    return 0;
  } catch (error) {
    const words = cannotReadCalls(against, error);
    if (words === undefined) {
      throw error;
    }
    io.stderr(`${words}\n`);
    return 2;
  }
}

/** One line for people: `playbook.yaml:12:5 offers.pro.plan: there is no plan prro. Did you mean pro?` */
export function problemInWords(problem: Problem): string {
  const stop = /[.?!]$/u.test(problem.mend) ? '' : '.';
  return `${problem.file}:${problem.line}:${problem.column} ${problem.field}: ${problem.message}. ${problem.mend}${stop}`;
}

function sizeOf(
  playbook: Extract<ReturnType<typeof checkPlaybook>, { kind: 'valid' }>['playbook'],
): {
  readonly triggers: number;
  readonly offers: number;
} {
  const together = new Set([...(playbook.combined?.values() ?? [])].flat());
  const alone = playbook.counters.flatMap((counter) =>
    counter.triggers.filter((trigger) => trigger.isPart === undefined),
  );
  const triggers = alone.length + together.size;
  return { triggers, offers: playbook.offers.size };
}
