import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { checkPlaybook } from '../../config/check.ts';
import type { Problem } from '../../config/check/report.ts';

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
 * same), 1 it has problems, 2 the file cannot be read.
 */
export async function runCheck(args: { readonly file?: string }, io: CheckIo): Promise<0 | 1 | 2> {
  const file = args.file ?? defaultPlaybookFile;
  let source: string;
  try {
    source = await readFile(file, 'utf8');
  } catch (error) {
    io.stderr(
      `Cannot read the playbook ${file}: ${reasonOf(error)}. Name a YAML file that exists.\n`,
    );
    return 2;
  }
  const checked = checkPlaybook(source, file);
  if (checked.kind === 'invalid') {
    for (const problem of checked.problems) {
      io.stderr(`${problemInWords(problem)}\n`);
    }
    io.stderr(
      `${checked.problems.length} ${checked.problems.length === 1 ? 'problem' : 'problems'}.\n`,
    );
    return 1;
  }
  for (const warning of checked.warnings) {
    io.stderr(`warning: ${problemInWords(warning)}\n`);
  }
  const { triggers, offers } = sizeOf(checked.playbook);
  io.stdout(
    `${file} is fine: ${triggers} triggers, ${offers} offers, version ${checked.playbook.version}.\n`,
  );
  return 0;
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

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
      return 'reading it is not allowed';
    default:
      return 'the system refuses';
  }
}
