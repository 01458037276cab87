import { dayOf } from '../duration.ts';
import type { Playbook } from '../playbook.ts';
import { isEducation } from '../prompt/family.ts';
import type { AskingCounts } from './rates.ts';
import {
  type Cell,
  type Counters,
  createSnapshot,
  type LearningRules,
  type PriorOf,
  type PromptCell,
  type Snapshot,
  type Unasked,
  withoutSizes,
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

/** Reads counters by the rules of a playbook. Where it does not tell sizes apart, what was counted by size is taken together. */
export function snapshotOf(held: Counters, playbook: Playbook, nowMs: number): Snapshot {
  const rules = learningRulesOf(playbook);
  const counters = playbook.learning.sizes === undefined ? withoutSizes(held) : held;
  return createSnapshot(
    counters,
    dayOf(nowMs),
    rules,
    priorOf(playbook),
    rootOf(playbook),
    playbook.learning.prior === 'uplift' ? unaskedOf(playbook) : undefined,
  );
}

function learningRulesOf({ economics, learning }: Playbook): LearningRules {
  const { halfLifeDays, kappaCell, kappaRatio } = learning;
  return { windowDays: economics.attributionDays, halfLifeDays, kappaCell, kappaRatio };
}

/**
 * The configured chance of each cell; of a lesson, that its feature is used. What the playbook no longer knows has the
 * chance of a signal without a kind.
 */
export function priorOf({ economics, offers }: Playbook): PriorOf {
  const ofKind = (signal: string): { readonly prompt: number; readonly hold: number } => {
    const known = Object.entries(economics.priors).find(([kind]) => kind === signal);
    return known?.[1] ?? economics.priors.none;
  };
  return (cell: Cell) => {
    const offer = cell.arm === 'prompt' ? offers.get(cell.offer) : undefined;
    const family = cell.arm === 'prompt' ? offer?.family : cell.family;
    const usual = isEducation(family) ? economics.education : ofKind(cell.signal);
    return cell.arm === 'prompt' ? (offer?.priors ?? usual).prompt : usual.hold;
  };
}

/** Where it is counted that an offer's family is bought without asking, and the configured chance of that for the offer. */
function unaskedOf(playbook: Playbook): (cell: PromptCell) => Unasked {
  const chanceOf = priorOf(playbook);
  const family = familyOf(playbook);
  return ({ offer, signal, size }) => {
    const cell: Cell = { arm: 'hold', family: family(offer), signal, size };
    return { cell, chance: playbook.offers.get(offer)?.priors?.hold ?? chanceOf(cell) };
  };
}

/** Lessons are pooled among themselves: how well they teach says nothing of how well prices sell. */
function rootOf(playbook: Playbook): (cell: Cell) => string {
  const family = familyOf(playbook);
  return (cell) =>
    isEducation(cell.arm === 'prompt' ? family(cell.offer) : cell.family) ? 'education' : 'sales';
}

/** The family of an offer; one that the playbook no longer has is a family by itself. */
export function familyOf({ offers }: Playbook): (offer: string) => string {
  return (offer) => offers.get(offer)?.family ?? `gone:${offer}`;
}
