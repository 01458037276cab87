import { z } from 'zod';

/*
 * The kinds of fields of decision-core, lenient in form and strict in meaning: 1 and true are the same yes, but a number
 * that is missing, null, NaN or out of range is an error that names its field.
 */

function numberField(what: string, isFit: (value: number) => boolean) {
  return z
    .number({ error: (issue) => mend(issue.input, what) })
    .refine(isFit, { error: (issue) => mend(issue.input, what) });
}

/** Numbers of a line; a mistake is told as what stands there and what to write. */
export const anyNumber = numberField('a finite number', () => true);
export const chance = numberField('a number from 0 to 1', (value) => value >= 0 && value <= 1);
export const openChance = numberField(
  'a number above 0 and below 1',
  (value) => value > 0 && value < 1,
);
export const positive = numberField('a number above 0', (value) => value > 0);
export const fromZero = numberField('a number from 0', (value) => value >= 0);
export const wholeNumber = numberField('a whole number', Number.isSafeInteger);
export const count = numberField(
  'a whole number from 0',
  (value) => Number.isSafeInteger(value) && value >= 0,
);

/** A whole number within bounds. */
export function wholeFrom(least: number, most: number) {
  return numberField(
    `a whole number from ${least} to ${most}`,
    (value) => Number.isSafeInteger(value) && value >= least && value <= most,
  );
}

/** A yes or no: true, false, 1 or 0. */
export const flag = z
  .union([z.boolean(), z.literal(0), z.literal(1)], {
    error: (issue) => mend(issue.input, '0, 1, true or false'),
  })
  .transform((value) => value === true || value === 1);

/** What came of an account: a yes or no, or an amount. */
export const outcome = z
  .union([z.boolean(), z.number()], {
    error: (issue) => mend(issue.input, '0, 1, true, false or an amount'),
  })
  .transform(Number);

/** A name: text, or a number taken as text. */
export const name = z
  .union([z.string(), z.number()], { error: (issue) => mend(issue.input, 'a name') })
  .transform(String)
  .refine((text) => text !== '', { error: 'is empty; write a name' });

/** A half-life: days above 0, or for ever as "Infinity" or null. */
const halfLifeWords = 'days above 0, or "Infinity"';
export const halfLife = z
  .union([z.number(), z.enum(['Infinity', 'inf']), z.null()], {
    error: (issue) => mend(issue.input, halfLifeWords),
  })
  .transform((value) => (typeof value === 'number' ? value : Number.POSITIVE_INFINITY))
  .refine((days) => days > 0, { error: (issue) => mend(issue.input, halfLifeWords) });

/** A list of objects; each row's mistakes name the row. */
export function rowsOf<Row extends z.ZodType>(row: Row) {
  return z.array(row, { error: (issue) => mend(issue.input, 'a list of rows') });
}

/** An object parsed, or one sentence that names the first field that is wrong. */
export type Parsed<T> =
  | { readonly kind: 'parsed'; readonly value: T }
  | { readonly kind: 'wrong'; readonly error: string };

/** Parses an object by a schema of the fields above. */
export function parseFields<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): Parsed<z.output<Schema>> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) {
    return { kind: 'parsed', value: parsed.data };
  }
  const [issue] = parsed.error.issues;
  return { kind: 'wrong', error: issue === undefined ? 'cannot be read' : sentenceOf(issue) };
}

/** `rows[3].pi: is missing; write a number from 0 to 1`. */
function sentenceOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const path = issue.keys.map((key) => pathInWords([...issue.path, key])).join(', ');
    return `${path}: there is no such field; docs/decision-core.md names those there are`;
  }
  const message =
    issue.code === 'invalid_type' && !issue.message.includes('; write ')
      ? mend(issue.input, issue.expected === 'object' ? 'an object' : `a ${issue.expected}`)
      : issue.message;
  return `${pathInWords(issue.path)}: ${message}`;
}

function pathInWords(path: readonly PropertyKey[]): string {
  const words = path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('');
  return words === '' ? 'the line' : words.replace(/^\./u, '');
}

function mend(input: unknown, what: string): string {
  const is =
    input === undefined
      ? 'is missing'
      : input === null
        ? 'is null'
        : typeof input === 'number'
          ? `is ${input}`
          : typeof input === 'string'
            ? ['NaN', 'Infinity', '-Infinity'].includes(input)
              ? `is ${input}`
              : 'is text'
            : Array.isArray(input)
              ? 'is a list'
              : `is ${typeof input === 'boolean' ? String(input) : 'an object'}`;
  return `${is}; write ${what}`;
}
