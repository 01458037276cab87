import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPlaybook } from '../../config/check.ts';
import type { Playbook } from '../../src/core/playbook.ts';

/** The root of the project. */
export const projectRoot = join(import.meta.dirname, '..', '..');

/** The playbook that ships. */
export const defaultPlaybookFile = join(projectRoot, 'config', 'playbooks', 'default.yaml');

/** Compiles a playbook file. Throws with all problems in words when it is not sound. */
export function playbookOf(file: string): Playbook {
  const checked = checkPlaybook(readFileSync(file, 'utf8'), file);
  if (checked.kind === 'invalid') {
    throw new Error(
      checked.problems
        .map(({ line, field, message }) => `${file}:${line} ${field} ${message}`)
        .join('\n'),
    );
  }
  return checked.playbook;
}
