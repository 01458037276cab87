import type { z } from 'zod';
import { descriptionAt, keysAt } from './field-guide.ts';
import { didYouMean, listed } from './nearest.ts';
import { plainPath } from './shape-path.ts';
import type { Path } from './yaml-source.ts';

/** A departure from the schema, in words. */
export interface ShapeProblem {
  readonly path: Path;
  readonly message: string;
  readonly mend: string;
  readonly part: 'key' | 'value';
}

/** Puts one issue of zod into words; `prefix` is the path of the value that the issue's own path begins at. */
export function issueProblems(issue: z.core.$ZodIssue, prefix: Path): readonly ShapeProblem[] {
  const path = [...prefix, ...plainPath(issue.path)];
  const mend = `Write ${descriptionAt(path)}`;
  const value = (message: string, otherMend = mend): readonly ShapeProblem[] => [
    { path, message, mend: otherMend, part: 'value' },
  ];
  if (issue.input === undefined && issue.code !== 'unrecognized_keys') {
    return [{ path, message: 'is missing', mend, part: 'value' }];
  }
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], key));
    case 'invalid_key':
      return [
        {
          path,
          message: 'is not a name that can stand here',
          mend: `Write ${descriptionAt(path, 'key')}`,
          part: 'key',
        },
      ];
    case 'invalid_type':
      return value(`is ${kindOf(issue.input)} where ${kindInWords(issue.expected)} belongs`);
    case 'invalid_value':
      return value(
        `is not one of ${listed(issue.values.map(String))}`,
        didYouMean(String(issue.input), issue.values.map(String), mend),
      );
    case 'too_small':
      return value(
        sizeInWords(
          issue.origin,
          issue.inclusive === true ? 'less than' : 'not above',
          issue.minimum,
        ),
      );
    case 'too_big':
      return value(
        sizeInWords(
          issue.origin,
          issue.inclusive === true ? 'more than' : 'not below',
          issue.maximum,
        ),
      );
    case 'invalid_union':
      return unionProblems(issue, path) ?? value('does not have a form that can stand here');
    case 'custom':
      return value(
        issue.message,
        typeof issue.params?.['mend'] === 'string' ? issue.params['mend'] : mend,
      );
    default:
      return value('does not have the form that belongs here');
  }
}

/** The issues of the one branch whose kind of value fits: they say more than "no branch fits". */
function unionProblems(
  issue: z.core.$ZodIssueInvalidUnion,
  path: Path,
): readonly ShapeProblem[] | undefined {
  const fitting = issue.errors.filter(
    (branch) => !branch.some((inner) => inner.path.length === 0 && inner.code === 'invalid_type'),
  );
  const [only] = fitting;
  return only === undefined || fitting.length > 1
    ? undefined
    : only.flatMap((inner) => issueProblems(inner, path));
}

function unknownKey(path: Path, key: string): ShapeProblem {
  const known = keysAt(path.slice(0, -1));
  return {
    path,
    message: `there is no field ${key} here`,
    mend: didYouMean(key, known, `Remove it; the fields here are ${listed(known)}`),
    part: 'key',
  };
}

function sizeInWords(origin: string, relation: string, bound: number | bigint): string {
  switch (origin) {
    case 'string':
      return `is ${relation === 'less than' ? 'empty' : `longer than ${bound} characters`}`;
    case 'array':
      return relation === 'less than'
        ? Number(bound) === 1
          ? 'is an empty list'
          : `is a list of fewer than ${bound}`
        : `is a list of more than ${bound}`;
    default:
      return `is ${relation} ${bound}`;
  }
}

function kindOf(value: unknown): string {
  if (value === null) {
    return 'empty';
  }
  if (Array.isArray(value)) {
    return 'a list';
  }
  if (typeof value === 'number' && !Number.isInteger(value)) {
    return Number.isFinite(value) ? 'a fraction' : 'no finite number';
  }
  return typeof value === 'object' ? 'a map' : kindInWords(typeof value);
}

function kindInWords(kind: string): string {
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a map',
    record: 'a map',
  };
  return words[kind] ?? kind;
}
