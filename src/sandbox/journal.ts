import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Lines of JSON that outlive the process. */
export interface Journal<T> {
  /** What was there at the start, oldest first. */
  readonly start: readonly T[];
  /** On its way to the disk when it returns: a kill -9 of this process does not lose it. */
  append(line: T): void;
  /** Puts these lines in place of all: forgets what is no longer needed. */
  rewrite(lines: readonly T[]): void;
  close(): void;
}

/**
 * Opens `path`, readable by the owner only because it names people. `parse` gives undefined for a line it cannot read:
 * the last one may be cut short by a crash. Without a path nothing is kept.
 */
export function openJournal<T>(
  path: string | undefined,
  parse: (value: unknown) => T | undefined,
): Journal<T> {
  if (path === undefined) {
    return { start: [], append: () => {}, rewrite: () => {}, close: () => {} };
  }
  mkdirSync(dirname(path), { recursive: true });
  const start = (existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [])
    .map((line) => parse(jsonOf(line)))
    .filter((line) => line !== undefined);
  replace(path, start);
  let file = openSync(path, 'a', 0o600);
  return {
    start,
    append: (line) => appendFileSync(file, `${JSON.stringify(line)}\n`),
    rewrite: (lines) => {
      replace(path, lines);
      closeSync(file);
      file = openSync(path, 'a', 0o600);
    },
    close: () => closeSync(file),
  };
}

/** A new file under the old name, at once: a crash leaves the old or the new one, never half of one. */
function replace(path: string, lines: readonly unknown[]): void {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
