import { dayOf } from '../duration.ts';
import type { Playbook } from '../playbook.ts';
import type { AskingCounts } from './rates.ts';
import {
  type Cell,
  type Counters,
  createSnapshot,
  type LearningRules,
  type PriorOf,
  type Snapshot,
} from './snapshot.ts';

/** What a worker knows of the outcomes so far, read at most a minute ago. */
export interface Learned {
  readonly snapshot: Snapshot;
  /** Accounts that take part in the comparison: with few, more of them are left alone. */
  readonly accounts: number;
  /** What came of the prompts of an offer on a channel, by `offer|channel`. */
  readonly asking: ReadonlyMap<string, AskingCounts>;
}

const noCounters: Counters = { cells: [], lags: new Map() };

/** What is known before anything was counted, or when the counters are gone: the playbook's own numbers. */
export function priorsOnly(playbook: Playbook, nowMs: number): Learned {
  return {
    snapshot: snapshotOf(noCounters, playbook, nowMs),
    accounts: 0,
    asking: new Map(),
  };
}

/** Reads counters by the rules of a playbook. */
export function snapshotOf(counters: Counters, playbook: Playbook, nowMs: number): Snapshot {
  return createSnapshot(counters, dayOf(nowMs), learningRulesOf(playbook), priorOf(playbook));
}

function learningRulesOf({ economics, learning }: Playbook): LearningRules {
  const { halfLifeDays, kappaCell, kappaRatio } = learning;
  return { windowDays: economics.attributionDays, halfLifeDays, kappaCell, kappaRatio };
}

/** The configured chance of each cell. What the playbook no longer knows has the chance of a signal without a kind. */
export function priorOf({ economics, offers }: Playbook): PriorOf {
  const ofKind = (signal: string): { readonly prompt: number; readonly hold: number } => {
    const known = Object.entries(economics.priors).find(([kind]) => kind === signal);
    return known?.[1] ?? economics.priors.none;
  };
  return (cell: Cell) =>
    cell.arm === 'prompt'
      ? (offers.get(cell.offer)?.priors ?? ofKind(cell.signal)).prompt
      : ofKind(cell.signal).hold;
}

/** The family of an offer; one that the playbook no longer has is a family by itself. */
export function familyOf({ offers }: Playbook): (offer: string) => string {
  return (offer) => offers.get(offer)?.family ?? `gone:${offer}`;
}
