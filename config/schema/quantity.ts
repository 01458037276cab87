import { z } from 'zod';
import { dayMs, hourMs, inWords, minuteMs } from '../../src/core/duration.ts';

/*
 * The quantities that a playbook is written in. Every schema has a description that can stand behind the word "Write":
 * the check uses it as the mend of a value that does not fit.
 */

const unitMs: Readonly<Record<string, number>> = {
  m: minuteMs,
  h: hourMs,
  d: dayMs,
};

/** The milliseconds of `7d`, `48h` or `30m`; undefined for anything else. */
function durationMs(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,6})([mhd])$/u.exec(text) ?? [];
  const each = unit === undefined ? undefined : unitMs[unit];
  return digits === undefined || each === undefined ? undefined : Number(digits) * each;
}

/** The longest window, cooldown or cap: what state keeps (docs/playbook.md, "Windows"). */
const longestMs = 90 * dayMs;

/** The shortest: the clocks of senders differ by seconds. */
const shortestMs = minuteMs;

/** A length of time within `minMs` to `maxMs`, as milliseconds. `what` describes it to people. */
export function duration(what: string, minMs = shortestMs, maxMs = longestMs) {
  return z
    .string()
    .regex(/^\d{1,6}[mhd]$/u)
    .superRefine((text, context) => {
      const ms = durationMs(text);
      if (ms === undefined || (ms >= minMs && ms <= maxMs)) {
        return;
      }
      const message =
        ms === 0
          ? 'is zero, which would switch this off'
          : `is too ${ms < minMs ? 'short' : 'long'}: ${inWords(ms)}`;
      const mend = `Write ${inWords(minMs)} to ${inWords(maxMs)}`;
      context.addIssue({ code: 'custom', message, params: { mend } });
    })
    .transform((text) => durationMs(text) ?? 0)
    .meta({
      description: `${what}, such as 7d, 48h or 30m (${inWords(minMs)} to ${inWords(maxMs)})`,
    });
}

/** A name that the playbook gives to one of its own things. */
export const Id = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,63}$/u)
  .meta({
    description:
      'a name of lower-case letters, digits, _ and -, at most 64, beginning with a letter',
  });

/** A property or trait of the customer's events, dotted where it is nested. */
export const PropertyPath = z
  .string()
  .regex(/^\S.{0,199}$/u)
  .meta({
    description:
      'the name of a property, such as report_count or usage.count (spelling by case, _ and spaces does not matter)',
  });

/** Money in units of the currency in which all prices are written, as whole cents. */
export function money(what: string) {
  return z
    .number()
    .min(0)
    .max(10_000_000)
    .refine((amount) => Math.abs(amount * 100 - Math.round(amount * 100)) < 1e-6, {
      error: 'has more than two decimals',
      params: { mend: 'Write an amount such as 49 or 49.50' },
    })
    .transform((amount) => Math.round(amount * 100))
    .meta({
      description: `${what}, in units of your currency, such as 49 or 49.50`,
    });
}

/** A chance, above 0 and below 1. */
export function probability(what: string) {
  return z
    .number()
    .gt(0)
    .lt(1)
    .meta({ description: `${what}: a number above 0 and below 1` });
}

/** A height: a plain number, or a share of a limit. */
export interface Height {
  readonly unit: 'value' | 'share';
  /** A share is 0.8 for `80%`. */
  readonly amount: number;
  /** As written. */
  readonly text: string;
}

/** `80%`. */
export const Percentage = z
  .string()
  .regex(/^\d{1,4}(\.\d{1,3})? ?%$/u)
  .transform(
    (text): Height => ({
      unit: 'share',
      amount: Number.parseFloat(text) / 100,
      text,
    }),
  );

/** `10` or `80%`. */
export const HeightValue = z
  .union([
    z.number().transform((amount): Height => ({ unit: 'value', amount, text: String(amount) })),
    Percentage,
  ])
  .meta({
    description: 'a number, or for a gauge a percentage of its limit, such as 3 or 80%',
  });

/** A value that a property or trait is compared with. */
export const Comparable = z
  .union([z.string(), z.number(), z.boolean()])
  .meta({ description: 'text, a number, true or false' });

/** What must hold of one property or trait. */
export const Test = z
  .union([
    Comparable,
    z.array(Comparable).min(1).meta({ description: 'a list of values of which it must be one' }),
    z
      .strictObject({
        atLeast: z.number().optional().meta({ description: 'the least number that passes' }),
        atMost: z.number().optional().meta({ description: 'the greatest number that passes' }),
        exists: z
          .boolean()
          .optional()
          .meta({ description: 'true: it must be there; false: it must not' }),
      })
      .refine((test) => Object.keys(test).length > 0, {
        error: 'tests nothing',
        params: {
          mend: 'Write atLeast, atMost or exists, such as { atLeast: 100 }',
        },
      }),
  ])
  .meta({
    description:
      'a value, a list of values of which it must be one, or { atLeast, atMost, exists }; text is compared without case',
  });
