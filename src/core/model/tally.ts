import type { DayCount } from './counts.ts';
import type { LagCount } from './delay.ts';
import type { Increment } from './episode.ts';
import { readSize } from './size.ts';
import { type Cell, cellKey, type CellHistory, type Counters } from './snapshot.ts';

/** Counters held in memory: a replay, a simulation, or a state rebuilt from the log. */
export interface Tally {
  /** Counts a step, once per id. Gives false for one that was counted before. */
  add(increment: Increment): boolean;
  /** What was counted so far. `familyOf` an offer; a cell whose name cannot be read is left out. */
  counters(familyOf: (offer: string) => string): Counters;
}

/** The order of steps does not matter, nor how often each is added. */
export function createTally(): Tally {
  const seen = new Set<string>();
  const cells = new Map<string, Map<number, { n: number; y: number }>>();
  const lags = new Map<
    string,
    Map<string, { readonly day: number; readonly lag: number; count: number }>
  >();
  return {
    add(increment) {
      if (seen.has(increment.id)) {
        return false;
      }
      seen.add(increment.id);
      if (increment.of === 'lags') {
        const { family, day, lag } = increment;
        const counted = entryOf(lags, family, () => new Map());
        entryOf(counted, `${day}:${lag}`, () => ({ day, lag, count: 0 })).count += 1;
      } else {
        const days = entryOf(cells, increment.cell, () => new Map());
        const day = entryOf(days, increment.day, () => ({ n: 0, y: 0 }));
        day[increment.of === 'episodes' ? 'n' : 'y'] += 1;
      }
      return true;
    },
    counters: (familyOf) => ({
      cells: [...cells].flatMap(([key, days]) => historyOf(key, days, familyOf)),
      lags: new Map(
        [...lags].map(([family, counted]): [string, readonly LagCount[]] => [
          family,
          [...counted.values()].map((one) => ({ ...one })),
        ]),
      ),
    }),
  };
}

/** The cell of a name that `cellKey` made; undefined for any other text. */
export function readCellKey(key: string): Cell | undefined {
  const [arm, first, signal, ...rest] = key.split('|');
  const [channel] = rest;
  const cell: Cell | undefined =
    first === undefined || signal === undefined
      ? undefined
      : arm === '1' && channel !== undefined
        ? { arm: 'prompt', offer: first, signal, channel, ...sizeIn(rest[1]) }
        : arm === '0'
          ? { arm: 'hold', family: first, signal, ...sizeIn(rest[0]) }
          : undefined;
  // What was left over, or is no size, makes another name.
  return cell !== undefined && cellKey(cell) === key ? cell : undefined;
}

function sizeIn(name: string | undefined): Pick<Cell, 'size'> {
  const size = readSize(name);
  return size === undefined ? {} : { size };
}

function historyOf(
  key: string,
  days: ReadonlyMap<number, { readonly n: number; readonly y: number }>,
  familyOf: (offer: string) => string,
): readonly CellHistory[] {
  const cell = readCellKey(key);
  if (cell === undefined) {
    return [];
  }
  const family = cell.arm === 'prompt' ? familyOf(cell.offer) : cell.family;
  const counted = [...days].map(([day, { n, y }]): DayCount => ({ day, n, y }));
  return [{ cell, family, days: counted }];
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const held = map.get(key) ?? make();
  map.set(key, held);
  return held;
}
