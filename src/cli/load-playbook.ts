import { readFileSync } from 'node:fs';
import { checkPlaybook } from '../../config/check.ts';
import { Fault } from '../core/fault.ts';
import type { Playbook } from '../core/playbook.ts';
import { defaultPlaybookFile, problemInWords } from './check.ts';

/**
 * Reads and compiles the playbook file, the one that ships when none is named. Throws Fault('config_invalid') with every
 * mistake when it has any: a hub never runs on half a playbook.
 */
export function loadPlaybook(named: string | undefined): {
  readonly playbook: Playbook;
  readonly file: string;
  readonly warnings: readonly string[];
} {
  const file = named ?? defaultPlaybookFile;
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Fault(
      'config_invalid',
      'never',
      `Cannot read the playbook ${file}; set PLAYBOOK to a file that exists and can be read.`,
      error,
    );
  }
  const checked = checkPlaybook(source, file);
  if (checked.kind === 'invalid') {
    const problems = checked.problems.map(problemInWords).join('\n');
    throw new Fault(
      'config_invalid',
      'never',
      `The playbook ${file} has mistakes, so the hub does not start:\n${problems}`,
    );
  }
  return { playbook: checked.playbook, file, warnings: checked.warnings.map(problemInWords) };
}
