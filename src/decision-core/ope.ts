import { z } from 'zod';
import { type Estimate, evaluatePolicy, opeDefaults } from '../core/model/ope.ts';
import type { Answer } from './answer.ts';
import {
  anyNumber,
  chance,
  fromZero,
  name,
  parseFields,
  positive,
  rowsOf,
  wholeFrom,
} from './field.ts';

const Row = z.object({
  unit: name,
  pi: chance,
  piNew: chance,
  r: anyNumber,
  q: anyNumber.optional(),
  qNew: anyNumber.optional(),
});

const OpeLine = z.strictObject({
  op: z.literal('ope'),
  rows: rowsOf(Row),
  minEss: fromZero.default(opeDefaults.minEss),
  maxWeight: positive.default(opeDefaults.maxWeight),
  maxUntried: chance.default(opeDefaults.maxUntried),
  resamples: wholeFrom(0, 10_000).default(opeDefaults.resamples),
});

/** `ope`: what the new policy would have earned, or the reasons why the log cannot tell. */
export function ope(line: unknown): Answer {
  const parsed = parseFields(OpeLine, line);
  if (parsed.kind === 'wrong') {
    return { error: parsed.error };
  }
  const { op: _, rows, ...settings } = parsed.value;
  const error = mistakeIn(rows);
  if (error !== undefined) {
    return { error };
  }
  const evaluation = evaluatePolicy(
    rows.map(({ unit, pi, piNew, r, q, qNew }) => ({
      unit,
      pi,
      piNew,
      reward: r,
      guess: q === undefined || qNew === undefined ? undefined : { chosen: q, expected: qNew },
    })),
    settings,
  );
  const { ess, maxWeight } = evaluation;
  // A weight without bound is told by its reason: no number says it.
  const told = { ess, ...(Number.isFinite(maxWeight) ? { maxW: maxWeight } : {}) };
  if (evaluation.kind === 'refused') {
    return { op: 'ope', ...told, refused: true, reasons: evaluation.reasons };
  }
  const { ips, snips, dr } = evaluation;
  const intervals = { ips: intervalOf(ips), snips: intervalOf(snips), dr: dr && intervalOf(dr) };
  return {
    op: 'ope',
    ips: ips.value,
    snips: snips.value,
    dr: dr?.value,
    ...told,
    ...(settings.resamples > 0 ? { intervals } : {}),
    refused: false,
    reasons: [],
  };
}

function intervalOf({ low, high }: Estimate): readonly (number | undefined)[] {
  return [low, high];
}

/** Guesses stand on every row or on none: a doubly robust mean over some rows would be of other decisions. */
function mistakeIn(rows: readonly z.output<typeof Row>[]): string | undefined {
  const fields = ['q', 'qNew'] as const;
  const isGuessed = rows.some((row) => fields.some((field) => row[field] !== undefined));
  for (const [at, row] of rows.entries()) {
    const missing = fields.find((field) => row[field] === undefined);
    if (isGuessed && missing !== undefined) {
      return `rows[${at}].${missing}: is missing; write q and qNew on every row or on none`;
    }
  }
  return undefined;
}
