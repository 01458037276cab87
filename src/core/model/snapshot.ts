import { sha256Hex } from '../hash.ts';
import { type DayCount, type Evidence, evidenceOf } from './counts.ts';
import { type DelayCurve, delayCurve, type LagCount } from './delay.ts';
import {
  cellPosterior,
  chainRatio,
  type Expectation,
  type Level,
  meanOf,
  type Posterior,
} from './pooling.ts';
import type { AccountSize } from './size.ts';

/*
 * What was learned, read once and then fixed: cells of whole-number counters become posteriors (dm1 sections 3 and 5). A
 * snapshot is named by its content, and decisions name the snapshot. Without any counter it gives the configured priors.
 */

/**
 * Where an episode is counted: a prompt by offer, signal and channel; a hold, left alone, by family and signal; either also
 * by the size of the account, where sizes are told apart.
 */
export type Cell = (
  | {
      readonly arm: 'prompt';
      readonly offer: string;
      readonly signal: string;
      readonly channel: string;
    }
  | { readonly arm: 'hold'; readonly family: string; readonly signal: string }
) & { readonly size?: AccountSize | undefined };

/** The name of a cell in counters: `1|offer|signal|channel` or `0|family|signal`, and `|size` where there is one. */
export function cellKey(cell: Cell): string {
  return cell.size === undefined ? unsizedKey(cell) : `${unsizedKey(cell)}|${cell.size}`;
}

function unsizedKey(cell: Cell): string {
  return cell.arm === 'prompt'
    ? `1|${cell.offer}|${cell.signal}|${cell.channel}`
    : `0|${cell.family}|${cell.signal}`;
}

/** A cell with its history. */
export interface CellHistory {
  readonly cell: Cell;
  /** The family whose delays the cell's conversions have. */
  readonly family: string;
  readonly days: readonly DayCount[];
}

/** All that was counted. */
export interface Counters {
  readonly cells: readonly CellHistory[];
  readonly lags: ReadonlyMap<string, readonly LagCount[]>;
}

/** The configured chance of a conversion in a cell, above 0 and below 1. */
export type PriorOf = (cell: Cell) => number;

/** A cell of accounts that are asked. */
export type PromptCell = Extract<Cell, { readonly arm: 'prompt' }>;

/** Where it is counted that the same was bought without asking, and the configured chance of that for this very offer. */
export interface Unasked {
  readonly cell: Cell;
  readonly chance: number;
}

/** How counters are read. */
export interface LearningRules {
  readonly windowDays: number;
  readonly halfLifeDays: number;
  readonly kappaRatio: number;
  readonly kappaCell: number;
}

/** What is believed of a cell, and from how much. */
export interface Belief extends Posterior {
  /** Episodes and conversions as counted. */
  readonly n: number;
  readonly y: number;
  /** Discounted for age and for answers that are still to come. */
  readonly evidence: Evidence;
}

export interface Snapshot {
  /** First 16 hex of the SHA-256 of what it was made of. */
  readonly id: string;
  readonly today: number;
  belief(cell: Cell): Belief;
}

/** The counters with all sizes taken together. */
export function withoutSizes({ cells, lags }: Counters): Counters {
  return {
    lags,
    cells: cells.map((one) =>
      one.cell.size === undefined ? one : { ...one, cell: { ...one.cell, size: undefined } },
    ),
  };
}

/** What asking is expected to add at least, so that there is something to hold the evidence against. */
const leastAdded = 1e-4;

interface Read {
  readonly history: CellHistory;
  readonly evidence: Evidence;
}

/**
 * Reads the counters as of a UTC day. The order of cells and days does not matter; a cell may stand several times. Cells of
 * another `rootOf` share no level. With `unaskedOf` the configured chances are a prior of what asking adds: a prompt is
 * expected to sell that much more than is believed to be bought without, whatever that has turned out to be.
 */
export function createSnapshot(
  counters: Counters,
  today: number,
  rules: LearningRules,
  priorOf: PriorOf,
  rootOf: (cell: Cell) => string = () => '',
  unaskedOf?: (cell: PromptCell) => Unasked,
): Snapshot {
  const pathOf = (cell: Cell): readonly string[] => [
    `${cell.arm} ${rootOf(cell)}`,
    ...branchOf(cell),
  ];
  const curves = new Map<string, DelayCurve>();
  const curveOf = (family: string): DelayCurve => {
    const held =
      curves.get(family) ?? delayCurve(counters.lags.get(family) ?? [], rules.windowDays, today);
    curves.set(family, held);
    return held;
  };
  const reads = new Map<string, Read>();
  const sums = new Map<string, { -readonly [Key in keyof Level]: Level[Key] }>();
  const expectations = new Map<string, Expectation>();
  const expectationOf = (cell: Cell): Expectation => {
    if (cell.arm === 'hold' || unaskedOf === undefined) {
      return { unasked: 0, added: priorOf(cell) };
    }
    const key = cellKey(cell);
    const held = expectations.get(key);
    if (held !== undefined) {
      return held;
    }
    const { cell: hold, chance } = unaskedOf(cell);
    const unasked = (meanOf(believe(hold)) / priorOf(hold)) * chance;
    const expectation = { unasked, added: Math.max(leastAdded, priorOf(cell) - chance) };
    expectations.set(key, expectation);
    return expectation;
  };
  const believe = (cell: Cell): Belief =>
    beliefOf(pathOf(cell), reads.get(cellKey(cell)), sums, rules, expectationOf(cell), today);
  // By their names holds come before prompts, which are expected to sell more than they do.
  const histories = merged(counters.cells);
  for (const history of histories) {
    const evidence = evidenceOf(history.days, { today, ...rules, curve: curveOf(history.family) });
    const { added, unasked } = expectationOf(history.cell);
    reads.set(cellKey(history.cell), { history, evidence });
    for (const level of pathOf(history.cell)) {
      const sum = sums.get(level) ?? { expected: 0, observed: 0, foretold: 0 };
      sum.expected += evidence.n * added;
      sum.observed += evidence.y - evidence.n * unasked;
      sum.foretold += evidence.n * (added + unasked);
      sums.set(level, sum);
    }
  }
  let id: string | undefined;
  return {
    get id() {
      id ??= snapshotIdOf(histories, counters.lags, today, rules, unaskedOf !== undefined);
      return id;
    },
    today,
    belief: believe,
  };
}

/**
 * The chain of a cell below its arm: offer, signal, channel, size. A hold has no channel, so a level less. The size comes last:
 * what was counted before sizes were told apart lies at the level above, and is where each of them begins.
 */
function branchOf(cell: Cell): readonly string[] {
  const levels =
    cell.arm === 'prompt'
      ? [`1|${cell.offer}`, `1|${cell.offer}|${cell.signal}`, unsizedKey(cell)]
      : [`0|${cell.family}`, unsizedKey(cell)];
  return cell.size === undefined ? levels : [...levels, cellKey(cell)];
}

function beliefOf(
  path: readonly string[],
  read: Read | undefined,
  sums: ReadonlyMap<string, Level>,
  rules: LearningRules,
  expectation: Expectation,
  today: number,
): Belief {
  // Each level leaves out the child on the path, so nothing is used twice.
  const levels = path
    .slice(0, -1)
    .map((level, at) => without(sums.get(level), sums.get(path[at + 1] ?? '')));
  const evidence = read?.evidence ?? { n: 0, y: 0 };
  const posterior = cellPosterior(
    expectation,
    chainRatio(levels, rules.kappaRatio),
    evidence,
    rules.kappaCell,
  );
  // What has not happened yet counts nowhere.
  const days = (read?.history.days ?? []).filter(({ day }) => day <= today);
  return {
    ...posterior,
    n: days.reduce((sum, { n }) => sum + n, 0),
    y: days.reduce((sum, { y }) => sum + y, 0),
    evidence,
  };
}

function without(level: Level | undefined, child: Level | undefined): Level {
  if (level === undefined || child === undefined) {
    return level ?? nothingSeen;
  }
  const expected = level.expected - child.expected;
  if (expected < rounding * level.expected) {
    return nothingSeen;
  }
  return {
    expected,
    observed: level.observed - child.observed,
    foretold: Math.max(expected, level.foretold - child.foretold),
  };
}

const nothingSeen: Level = { expected: 0, observed: 0, foretold: 0 };
/** What is left of a level is no more than the rounding of its sums where it is a smaller share than this. */
const rounding = 1e-9;

/**
 * Cells in the order of their names, each once, its days in order and each once: sums come out the same to the last bit. One
 * that is told under several families has the delays of the first by name.
 */
function merged(cells: readonly CellHistory[]): readonly CellHistory[] {
  const byKey = new Map<string, { cell: Cell; family: string; days: Map<number, DayCount> }>();
  for (const { cell, days, family } of cells) {
    const key = cellKey(cell);
    const held = byKey.get(key) ?? { cell, family, days: new Map<number, DayCount>() };
    held.family = family < held.family ? family : held.family;
    byKey.set(key, held);
    for (const { day, n, y } of days) {
      const before = held.days.get(day);
      held.days.set(day, { day, n: n + (before?.n ?? 0), y: y + (before?.y ?? 0) });
    }
  }
  return [...byKey]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, { cell, days, family }]) => ({
      cell,
      family,
      days: [...days.values()].toSorted((left, right) => left.day - right.day),
    }));
}

function snapshotIdOf(
  histories: readonly CellHistory[],
  counted: Counters['lags'],
  today: number,
  rules: LearningRules,
  isOnUplift: boolean,
): string {
  const cells = histories.map((history) => [
    cellKey(history.cell),
    history.family,
    ...history.days.map(({ day, n, y }) => [day, n, y].join(':')),
  ]);
  const lags = [...counted]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([family, counts]) => [
      family,
      ...counts.map(({ day, lag, count }) => [day, lag, count].join(':')).toSorted(),
    ]);
  const { windowDays, halfLifeDays, kappaRatio, kappaCell } = rules;
  const numbers = [today, windowDays, halfLifeDays, kappaRatio, kappaCell].map(String);
  if (isOnUplift) {
    numbers.push('uplift');
  }
  return sha256Hex(JSON.stringify([numbers, cells, lags])).slice(0, 16);
}
