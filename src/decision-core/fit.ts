import { z } from 'zod';
import type { DayCount } from '../core/model/counts.ts';
import type { LagCount } from '../core/model/delay.ts';
import { meanOf } from '../core/model/pooling.ts';
import {
  type Cell,
  type CellHistory,
  cellKey,
  createSnapshot,
  type PriorOf,
  type PromptCell,
  type Unasked,
  withoutSizes,
} from '../core/model/snapshot.ts';
import { sizes } from '../core/model/size.ts';
import type { Answer } from './answer.ts';
import {
  chance,
  count,
  flag,
  halfLife,
  name,
  openChance,
  parseFields,
  positive,
  rowsOf,
  wholeFrom,
  wholeNumber,
} from './field.ts';
import { comparePlainAndWeighed } from './weighed.ts';

/** A pair in any of its three spellings; as a list it is the specification's order, hold before prompt. */
const Pair = z.union(
  [
    z.strictObject({ prompt: openChance, hold: openChance }),
    z
      .strictObject({ p1: openChance, p0: openChance })
      .transform(({ p1, p0 }) => ({ prompt: p1, hold: p0 })),
    z.tuple([openChance, openChance]).transform(([hold, prompt]) => ({ prompt, hold })),
  ],
  {
    error:
      'does not have its form; write { "prompt": 0.11, "hold": 0.05 }, each above 0 and below 1',
  },
);
type Pair = z.output<typeof Pair>;

/** The prior table of dm1 section 2; a signal that is not in it has the prior of `none`. */
const rarest: Pair = { prompt: 0.006, hold: 0.003 };
const priorTable: ReadonlyMap<string, Pair> = new Map([
  ['limit', { prompt: 0.11, hold: 0.05 }],
  ['power', { prompt: 0.05, hold: 0.02 }],
  ['team', { prompt: 0.07, hold: 0.03 }],
  ['explore', { prompt: 0.03, hold: 0.01 }],
  ['adjacent', { prompt: 0.04, hold: 0.01 }],
  ['none', rarest],
]);

/** One pair for every signal, or pairs by signal laid over the table. */
const Priors = z.union(
  [
    Pair.transform((pair) => ({ kind: 'all' as const, pair })),
    z.record(z.string(), Pair).transform((pairs) => ({
      kind: 'by signal' as const,
      pairs: new Map(Object.entries(pairs)),
    })),
  ],
  {
    error:
      'do not have their form; write { "prompt": 0.11, "hold": 0.05 } or such a pair for each signal, chances above 0 and below 1',
  },
);
type Priors = z.output<typeof Priors>;

const options = {
  priors: Priors.optional(),
  kappaRatio: positive.optional(),
  kappaCell: positive.optional(),
  halfLifeDays: halfLife.optional(),
  W: wholeFrom(0, 60).optional(),
  prior: z
    .enum(['chances', 'uplift'], { error: 'is neither; write "chances" or "uplift"' })
    .optional(),
};

const size = z
  .enum(sizes, { error: 'is no size; write "small", "mid" or "large", or leave it out' })
  .optional();

const PromptRow = z.object({
  arm: z.literal('prompt'),
  cell: z.object({ offer: name, signal: name, channel: name, family: name, size }),
  day: wholeNumber,
  y: flag,
  pi: chance.optional(),
  lag: count.optional(),
});
const HoldRow = z.object({
  arm: z.literal('hold'),
  cell: z.object({ signal: name, family: name, size }),
  day: wholeNumber,
  y: flag,
  pi: chance.optional(),
});
const Row = z.discriminatedUnion('arm', [PromptRow, HoldRow], {
  error: (issue) =>
    issue.code === 'invalid_union' ? 'is neither; write "prompt" or "hold"' : undefined,
});

/** One episode as it was sent. */
export type FitRow = z.output<typeof Row>;

/** Either arm of a cell. */
type Named =
  | Pick<z.output<typeof PromptRow>, 'arm' | 'cell'>
  | Pick<z.output<typeof HoldRow>, 'arm' | 'cell'>;

const Query = z.object({ offer: name, signal: name, channel: name, family: name, size });

const QueryLine = z.strictObject({
  op: z.literal('query').optional(),
  query: Query,
  asOfDay: wholeNumber,
  ...options,
});

const FitLine = z.strictObject({
  op: z.literal('fit'),
  rows: rowsOf(Row),
  append: z.boolean().optional(),
  query: Query.optional(),
  asOfDay: wholeNumber.optional(),
  ...options,
});

interface Options {
  readonly priors?: Priors | undefined;
  readonly kappaRatio?: number | undefined;
  readonly kappaCell?: number | undefined;
  readonly halfLifeDays?: number | undefined;
  readonly W?: number | undefined;
  readonly prior?: 'chances' | 'uplift' | undefined;
}

/** What `fit` has learned so far. */
export interface Fitted {
  readonly rows: readonly FitRow[];
  readonly options: Options;
}

/** What a session has learned at its beginning. */
export const nothingFitted: Fitted = { rows: [], options: {} };

/** `fit`: keeps the rows and options for the queries that follow, in place of those before (or, with `append`, beside them). */
export function fit(
  before: Fitted,
  line: unknown,
): { readonly fitted: Fitted; readonly answer: Answer } {
  const parsed = parseFields(FitLine, line);
  if (parsed.kind === 'wrong') {
    return { fitted: before, answer: { error: parsed.error } };
  }
  const { op: _, rows, append, query: asked, asOfDay, ...given } = parsed.value;
  if (asked !== undefined && asOfDay === undefined) {
    return {
      fitted: before,
      answer: { error: 'asOfDay: is missing; write the day of the query, a whole number' },
    };
  }
  const fitted =
    append === true
      ? { rows: [...before.rows, ...rows], options: { ...before.options, ...given } }
      : { rows, options: given };
  const cells = new Set(fitted.rows.map((row) => cellKey(cellOf(row)))).size;
  const told = { op: 'fit', rows: fitted.rows.length, cells, refused: false };
  return {
    fitted,
    answer:
      asked === undefined || asOfDay === undefined
        ? told
        : { ...told, ...answerOf(fitted, asked, asOfDay) },
  };
}

/** `query`: what is believed of one cell on a day, by all that was fitted. Options on the line stand for this query alone. */
export function query(fitted: Fitted, line: unknown): Answer {
  const parsed = parseFields(QueryLine, line);
  if (parsed.kind === 'wrong') {
    return { error: parsed.error };
  }
  const { op: _, query: asked, asOfDay, ...given } = parsed.value;
  return {
    op: 'query',
    ...answerOf({ ...fitted, options: { ...fitted.options, ...given } }, asked, asOfDay),
    refused: false,
  };
}

function answerOf(
  { rows, options: given }: Fitted,
  asked: z.output<typeof Query>,
  asOfDay: number,
): Answer {
  const counters = { cells: historiesOf(rows), lags: lagsOf(rows) };
  const chanceOf = priorOf(given);
  const snapshot = createSnapshot(
    // A query without a size is of all of them.
    asked.size === undefined ? withoutSizes(counters) : counters,
    asOfDay,
    {
      windowDays: given.W ?? 14,
      halfLifeDays: given.halfLifeDays ?? 180,
      kappaRatio: given.kappaRatio ?? 10,
      kappaCell: given.kappaCell ?? 40,
    },
    chanceOf,
    undefined,
    given.prior === 'uplift' ? unaskedOf(counters.cells, asked, chanceOf) : undefined,
  );
  const prompt = snapshot.belief(cellOf({ arm: 'prompt', cell: asked }));
  const hold = snapshot.belief(cellOf({ arm: 'hold', cell: asked }));
  const meanPrompt = meanOf(prompt);
  const meanHold = meanOf(hold);
  return {
    alpha1: prompt.alpha,
    beta1: prompt.beta,
    alpha0: hold.alpha,
    beta0: hold.beta,
    meanP1: meanPrompt,
    meanP0: meanHold,
    meanUplift: meanPrompt - meanHold,
    n1: prompt.n,
    y1: prompt.y,
    n0: hold.n,
    y0: hold.y,
    snapshotId: snapshot.id,
    ...comparePlainAndWeighed(rows, asked, asOfDay, given.W ?? 14),
  };
}

function priorOf({ priors }: Options): PriorOf {
  const pairs = priors?.kind === 'by signal' ? priors.pairs : new Map<string, Pair>();
  const table = new Map([...priorTable, ...pairs].map(([signal, pair]) => [plain(signal), pair]));
  const of = (signal: string): Pair =>
    priors?.kind === 'all' ? priors.pair : (table.get(signal) ?? table.get('none') ?? rarest);
  return (cell) => of(cell.signal)[cell.arm];
}

/** An offer belongs to the family of its rows, the first by name; the one that is asked about to that of the query. */
function unaskedOf(
  histories: readonly CellHistory[],
  asked: z.output<typeof Query>,
  chanceOf: PriorOf,
): (cell: PromptCell) => Unasked {
  const families = new Map<string, string>();
  for (const { cell, family } of histories) {
    if (cell.arm === 'prompt') {
      const held = families.get(cell.offer) ?? family;
      families.set(cell.offer, held < family ? held : family);
    }
  }
  families.set(plain(asked.offer), asked.family);
  return ({ offer, signal, size: of }) => {
    const family = plain(families.get(offer) ?? asked.family);
    const cell: Cell = { arm: 'hold', family, signal, size: of };
    return { cell, chance: chanceOf(cell) };
  };
}

/** A name in which no bar stands: bars part the names of a cell's key. */
function plain(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('|', '%7C');
}

function cellOf(row: Named): Cell {
  const signal = plain(row.cell.signal);
  const { size } = row.cell;
  return row.arm === 'prompt'
    ? {
        arm: 'prompt',
        offer: plain(row.cell.offer),
        signal,
        channel: plain(row.cell.channel),
        size,
      }
    : { arm: 'hold', family: plain(row.cell.family), signal, size };
}

/** An offer that stands under several families has the delays of the first by name, whatever the order of the rows. */
function historiesOf(rows: readonly FitRow[]): readonly CellHistory[] {
  const byCell = new Map<string, { cell: Cell; family: string; days: Map<number, DayCount> }>();
  for (const row of rows) {
    const { family } = row.cell;
    const cell = cellOf(row);
    const key = cellKey(cell);
    const held = byCell.get(key) ?? { cell, family, days: new Map<number, DayCount>() };
    held.family = family < held.family ? family : held.family;
    byCell.set(key, held);
    const { n, y } = held.days.get(row.day) ?? { n: 0, y: 0 };
    held.days.set(row.day, { day: row.day, n: n + 1, y: y + (row.y ? 1 : 0) });
  }
  return [...byCell.values()].map(({ days, ...cell }) => ({ ...cell, days: [...days.values()] }));
}

function lagsOf(rows: readonly FitRow[]): ReadonlyMap<string, readonly LagCount[]> {
  const lags = new Map<string, LagCount[]>();
  for (const row of rows) {
    if (row.arm === 'prompt' && row.y && row.lag !== undefined) {
      const held = lags.get(row.cell.family) ?? [];
      held.push({ day: row.day, lag: row.lag, count: 1 });
      lags.set(row.cell.family, held);
    }
  }
  return lags;
}
