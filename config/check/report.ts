import type { Path, YamlSource } from './yaml-source.ts';

/** A mistake in a playbook, or a doubt about it. `message` and `mend` are clauses without a full stop. */
export interface Problem {
  readonly file: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** The place in words: `triggers.reports_full.atLeast[1]`; `playbook` for the whole. */
  readonly field: string;
  readonly message: string;
  readonly mend: string;
}

/** Collects what is wrong with one file. */
export interface Report {
  /** Notes a mistake. A mistake inside something that is reported broken already is left out: it would only follow from it. */
  add(path: Path, message: string, mend: string, part?: 'key' | 'value'): void;
  /** Notes a doubt: the playbook works, but probably not as meant. */
  warn(path: Path, message: string, mend: string, part?: 'key' | 'value'): void;
  /** Declares that what stands at the path was taken out because it is wrong. */
  breakOff(path: Path): void;
  /** Whether something at the path, around it or inside it was taken out. */
  isBroken(path: Path): boolean;
  /** Whether a whole entry of a section, or the section, was taken out: then nobody can say what it would have named. */
  hasLostEntries(section: string): boolean;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** An empty report on a file. */
export function createReport(file: string, source: YamlSource): Report {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const broken: Path[] = [];
  const problemAt = (
    path: Path,
    message: string,
    mend: string,
    part: 'key' | 'value',
  ): Problem => ({
    file,
    ...source.locate(path, part),
    field: fieldName(path),
    message,
    mend,
  });
  return {
    add(path, message, mend, part = 'value') {
      if (!broken.some((taken) => startsWith(path, taken))) {
        problems.push(problemAt(path, message, mend, part));
      }
    },
    warn(path, message, mend, part = 'value') {
      if (!broken.some((taken) => startsWith(path, taken))) {
        warnings.push(problemAt(path, message, mend, part));
      }
    },
    breakOff(path) {
      broken.push(path);
    },
    isBroken(path) {
      return broken.some((taken) => startsWith(path, taken) || startsWith(taken, path));
    },
    hasLostEntries(section) {
      return broken.some((taken) => taken[0] === section && taken.length <= 2);
    },
    problems,
    warnings,
  };
}

/** A path in words. */
function fieldName(path: Path): string {
  const words = path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : `${text}${text === '' ? '' : '.'}${step}`,
    '',
  );
  return words === '' ? 'playbook' : words;
}

function startsWith(path: Path, start: Path): boolean {
  return (
    start.length <= path.length && start.every((step, at) => String(step) === String(path[at]))
  );
}
