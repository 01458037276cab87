import { dayOf } from '../duration.ts';
import {
  creditConversion,
  type EpisodesMoved,
  type EpisodeState,
  type Increment,
  noEpisodes,
  openEpisodes,
  retireEpisodes,
} from './episode.ts';
import { cellKey, type Counters } from './snapshot.ts';
import type { LearningFact, OpenedFact } from './step.ts';
import { createTally, readCellKey } from './tally.ts';

type Bought = Extract<LearningFact, { readonly kind: 'bought' | 'reversed' }>;

/**
 * The counters as they follow from the log alone: every window is opened again and every purchase credited again. Neither
 * the order nor the repetition of the lines matters. `nowMs`: windows that are over by then have their delays counted.
 */
export function countersFromLog(
  facts: Iterable<LearningFact>,
  familyOf: (offer: string) => string,
  nowMs: number,
): Counters {
  const tally = createTally();
  for (const one of incrementsFromLog(facts, nowMs)) {
    tally.add(one);
  }
  return tally.counters(familyOf);
}

/** The steps of the counters that follow from the log, each under the id that it had live. */
export function incrementsFromLog(
  facts: Iterable<LearningFact>,
  nowMs: number,
): readonly Increment[] {
  const units = new Map<string, { readonly opened: OpenedFact[]; readonly bought: Bought[] }>();
  for (const fact of facts) {
    const unit = units.get(fact.unit) ?? { opened: [], bought: [] };
    units.set(fact.unit, unit);
    if (fact.kind === 'opened') {
      unit.opened.push(fact);
    } else if (fact.kind === 'bought') {
      unit.bought.push(fact);
    }
  }
  const increments: Increment[] = [];
  for (const { bought, opened } of units.values()) {
    let state: EpisodeState = noEpisodes;
    const take = (moved: EpisodesMoved): void => {
      state = moved.state;
      increments.push(...moved.increments);
    };
    for (const fact of opened.toSorted((left, right) => left.startMs - right.startMs)) {
      take(openEpisodes(state, fact, cellsOf(fact)));
    }
    for (const { family, timeMs } of bought) {
      take(creditConversion(state, { family, timeMs }));
    }
    take(retireEpisodes(state, nowMs));
  }
  return increments;
}

/** One count that two sets of counters do not share. */
export interface Difference {
  /** The cell, or the family of a delay, and the UTC day. */
  readonly name: string;
  readonly day: number;
  readonly live: number;
  readonly rebuilt: number;
}

/** Where two sets of counters differ; days before `oldestDay` are let go of and not compared. */
export function differencesOf(
  live: Counters,
  rebuilt: Counters,
  oldestDay: number,
): readonly Difference[] {
  const left = flat(live);
  const right = flat(rebuilt);
  return [...new Set([...left.keys(), ...right.keys()])].toSorted().flatMap((key) => {
    const [day = '', ...name] = key.split(' ');
    const counts = { live: left.get(key) ?? 0, rebuilt: right.get(key) ?? 0 };
    return counts.live === counts.rebuilt || Number(day) < oldestDay
      ? []
      : [{ name: name.join(' '), day: Number(day), ...counts }];
  });
}

/** The first day that is still kept. */
export function oldestKeptDay(nowMs: number): number {
  return dayOf(nowMs) - keptDays;
}

/** Counts of a day are let go of after so many days: they weigh a fifth by then. */
const keptDays = 400;

function cellsOf({ episodes }: OpenedFact) {
  return episodes.flatMap(({ cell, family }) => {
    const read = readCellKey(cell);
    return read === undefined ? [] : [{ family, cell: read }];
  });
}

function flat({ cells, lags }: Counters): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (key: string, count: number): void => {
    if (count !== 0) {
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
  };
  for (const { cell, days } of cells) {
    for (const { day, n, y } of days) {
      add(`${day} episodes of ${cellKey(cell)}`, n);
      add(`${day} conversions of ${cellKey(cell)}`, y);
    }
  }
  for (const [family, counted] of lags) {
    for (const { count, day, lag } of counted) {
      add(`${day} delays of ${lag} days of ${family}`, count);
    }
  }
  return counts;
}
