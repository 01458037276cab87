import type { z } from 'zod';
import { PlaybookSchema, type PlaybookSource } from '../schema.ts';
import { ValueMoment } from '../schema/rules.ts';
import { keysAt } from './field-guide.ts';
import { issueProblems } from './issue.ts';
import { nearest } from './nearest.ts';
import type { Report } from './report.ts';
import { plainPath } from './shape-path.ts';
import type { Path } from './yaml-source.ts';

/** A playbook from which everything misshapen was taken out, so that the rest can be checked as well. */
export type SoundPart = Omit<PlaybookSource, 'valueMoment'> & {
  readonly valueMoment?: PlaybookSource['valueMoment'] | undefined;
};

const SoundPartSchema = PlaybookSchema.extend({
  valueMoment: ValueMoment.optional(),
});

/** What stands in for a whole section that is missing or misshapen. */
const emptySections = new Map<string | number, unknown>([
  ['version', 1],
  ['plans', {}],
  ['signals', {}],
  ['triggers', {}],
  ['offers', {}],
]);

/**
 * Checks the shape against the schema, reports every departure from it, and gives the part of the playbook that is
 * sound. Undefined when the value is no map at all (reported too).
 */
export function checkShape(value: unknown, report: Report): SoundPart | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report.add([], 'is not a map of sections', 'Begin with version: 1, and see docs/playbook.md');
    return undefined;
  }
  const strict = PlaybookSchema.safeParse(value, { reportInput: true });
  if (strict.success) {
    return strict.data;
  }
  for (const path of strict.error.issues.flatMap((issue) => misspelt(value, issue))) {
    // Reported as a misspelling already, not as missing too.
    report.breakOff(path);
  }
  for (const problem of strict.error.issues.flatMap((issue) => issueProblems(issue, []))) {
    report.add(problem.path, problem.message, problem.mend, problem.part);
  }
  return soundPart(structuredClone(value), report);
}

/** The fields that unknown keys most likely mean, where they are not there. */
function misspelt(root: object, issue: z.core.$ZodIssue): readonly Path[] {
  if (issue.code !== 'unrecognized_keys') {
    return [];
  }
  const path = plainPath(issue.path);
  const parent = path.reduce<unknown>((at, step) => childOf(at, step), root);
  return issue.keys.flatMap((key) => {
    const meant = nearest(key, keysAt(path));
    return meant === undefined || childOf(parent, meant) !== undefined ? [] : [[...path, meant]];
  });
}

/** Takes out what the schema refuses, again and again: what is left of an entry may lack something it needs. */
function soundPart(root: object, report: Report): SoundPart | undefined {
  for (;;) {
    const parsed = SoundPartSchema.safeParse(root, { reportInput: true });
    if (parsed.success) {
      return parsed.data;
    }
    const taken = parsed.error.issues.flatMap((issue) =>
      takeOut(root, issue) ? [brokenPath(issue)] : [],
    );
    if (taken.length === 0) {
      return undefined;
    }
    for (const paths of taken) {
      for (const path of paths) {
        report.breakOff(path);
      }
    }
  }
}

function brokenPath(issue: z.core.$ZodIssue): readonly Path[] {
  const path = plainPath(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => [...path, key]);
  }
  return [isMissing(issue) && path.length > 1 ? path.slice(0, -1) : path];
}

function takeOut(root: object, issue: z.core.$ZodIssue): boolean {
  const path = plainPath(issue.path);
  const [first] = path;
  if (path.length === 1 && first !== undefined && emptySections.has(first)) {
    return Reflect.set(root, first, structuredClone(emptySections.get(first)));
  }
  return brokenPath(issue)
    .map((target) => remove(root, target))
    .some((isGone) => isGone);
}

function isMissing(issue: z.core.$ZodIssue): boolean {
  return issue.code !== 'unrecognized_keys' && issue.input === undefined;
}

function remove(root: object, path: Path): boolean {
  const [last] = path.slice(-1);
  const parent = path.slice(0, -1).reduce<unknown>((at, step) => childOf(at, step), root);
  if (
    last === undefined ||
    typeof parent !== 'object' ||
    parent === null ||
    !Object.hasOwn(parent, last)
  ) {
    return false;
  }
  if (Array.isArray(parent)) {
    // A hole would move nothing: later issues of the same round still find their places.
    return Reflect.set(parent, last, undefined);
  }
  return Reflect.deleteProperty(parent, last);
}

function childOf(parent: unknown, step: string | number): unknown {
  return typeof parent === 'object' && parent !== null && Object.hasOwn(parent, step)
    ? Reflect.get(parent, step)
    : undefined;
}
