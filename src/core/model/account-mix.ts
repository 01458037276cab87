import { defaultMinBuyers } from './lift.ts';
import type { LearningFact } from './step.ts';
import type { AccountSize } from './size.ts';
import { readCellKey } from './tally.ts';
import { holdCellOf, isByChance, overEpisodes, type OverEpisode } from './weighed-episodes.ts';

/*
 * The known bias of the counters (dm1 section 5.2): accounts worth more are asked more often, so the prompts and the holds of
 * a cell may come from different accounts. Enters: the log. Leaves: the cells whose plain difference, which is what the model
 * believes, is not the one in which every moment weighs alike. Always holds: the order of the log does not matter.
 */

/** An episode as far as it is weighed. */
export type MixEpisode = Pick<OverEpisode, 'unit' | 'isHoldout' | 'pi' | 'isConverted'>;

/** The share that converts, asked minus not asked. */
export interface ComparedWeighings {
  /** As counted. */
  readonly counted: number;
  /** With each moment weighed by its probability. */
  readonly weighed: number;
  /** Of the difference of the two. */
  readonly standardError: number;
}

/** A cell whose counters compare different accounts. */
export interface MixBias extends ComparedWeighings {
  readonly offer: string;
  readonly signal: string;
  readonly channel: string;
  /** Of a cell by size. */
  readonly size: AccountSize | undefined;
  readonly prompts: number;
  readonly holds: number;
}

/** Below so many prompts, or holds, nothing is said of a cell. */
const leastEpisodes = 50;
const standardErrors = 2;
/** Where all are asked alike, both differences are the same but for the last bits, and so is their standard error. */
const rounding = 1e-9;

/**
 * The cells in which the counted difference and the weighed one (section 10, by the recorded probabilities) differ by more
 * than two standard errors, the largest first. The standard error is that of the difference of both over the same episodes,
 * by linearization, with all episodes of an account taken together. Where all is fair, two standard errors are exceeded by
 * chance in about one cell of twenty.
 */
export function mixBiases(facts: readonly LearningFact[], nowMs: number): readonly MixBias[] {
  const byCell = new Map<string, OverEpisode[]>();
  for (const episode of overEpisodes(facts, nowMs)) {
    const held = byCell.get(episode.cell);
    if (held === undefined) {
      byCell.set(episode.cell, [episode]);
    } else {
      held.push(episode);
    }
  }
  return [...byCell]
    .flatMap(([key, prompts]): readonly MixBias[] => {
      const cell = readCellKey(key);
      const [first] = prompts;
      if (cell?.arm !== 'prompt' || first === undefined) {
        return [];
      }
      const holds = holdCellOf(first).flatMap((name) => byCell.get(name) ?? []);
      if (![prompts, holds].every(isEnough)) {
        return [];
      }
      const compared = compareWeighings(prompts, holds);
      const { offer, signal, channel, size } = cell;
      const told = { offer, signal, channel, size, prompts: prompts.length, holds: holds.length };
      return isBiased(compared) ? [{ ...told, ...compared }] : [];
    })
    .toSorted((left, right) => off(right) - off(left) || (nameOf(left) < nameOf(right) ? -1 : 1));
}

/** What the biases mean and what to do, in one sentence; undefined where there are none. */
export function mixBiasInWords(biases: readonly MixBias[]): string | undefined {
  const [worst] = biases;
  if (worst === undefined) {
    return undefined;
  }
  const signed = (share: number): string =>
    `${share < 0 ? '-' : '+'}${(Math.abs(share) * 100).toFixed(1)} %`;
  const mend =
    worst.size === undefined
      ? 'write learning.sizes, so that accounts of like size are compared'
      : 'move the borders in learning.sizes, so that its accounts are more alike';
  const others = biases.length - 1;
  const more =
    others === 0 ? '' : `, and of ${others} more ${others === 1 ? 'cell' : 'cells'} the same`;
  return (
    `What is learned of ${nameOf(worst)} compares different accounts: as counted, asking adds ${signed(worst.counted)}, ` +
    `and with every moment weighed alike ${signed(worst.weighed)} (more than chance explains)${more}; ` +
    `until that is mended such offers are made too often or too seldom: ${mend}, or raise learning.epsNone or learning.holdoutShare.`
  );
}

function nameOf({ channel, offer, signal, size }: MixBias): string {
  const where = size === undefined ? '' : ` in ${size} accounts`;
  return `${offer} at ${signal} signals by ${channel}${where}`;
}

function off({ counted, weighed }: MixBias): number {
  return Math.abs(counted - weighed);
}

/** How much an episode weighs as counted, and with every moment weighed alike. */
interface Weighing {
  readonly counted: (one: MixEpisode) => number;
  readonly weighed: (one: MixEpisode) => number;
}

/** Counters take every episode for one; only where asking was left to chance is its probability known. */
const ofPrompts: Weighing = {
  counted: () => 1,
  weighed: (one) => (isByChance(one) ? 1 / one.pi : 0),
};
const ofHolds: Weighing = {
  counted: () => 1,
  weighed: (one) => (isByChance(one) ? 1 / (1 - one.pi) : 0),
};

/**
 * Compares asked with not asked in both ways; at least one episode on each side, and each left to chance for the weighed
 * share to be one.
 */
export function compareWeighings(
  prompts: readonly MixEpisode[],
  holds: readonly MixEpisode[],
): ComparedWeighings {
  const pulls = new Map<string, number>();
  const [asked, held] = [sharesOf(prompts, ofPrompts), sharesOf(holds, ofHolds)];
  const note = (episodes: readonly MixEpisode[], shares: Shares, sign: 1 | -1): void => {
    for (const one of episodes) {
      pulls.set(one.unit, (pulls.get(one.unit) ?? 0) + sign * shares.pullOf(one));
    }
  };
  note(prompts, asked, 1);
  note(holds, held, -1);
  const squares = [...pulls.values()].reduce((sum, pull) => sum + pull * pull, 0);
  return {
    counted: asked.counted - held.counted,
    weighed: asked.weighed - held.weighed,
    standardError: Math.sqrt((squares * pulls.size) / Math.max(1, pulls.size - 1)),
  };
}

/** Whether the two differ by more than chance explains. */
export function isBiased({ counted, weighed, standardError }: ComparedWeighings): boolean {
  return Math.abs(counted - weighed) > Math.max(rounding, standardErrors * standardError);
}

/** Whether a side has enough episodes, and purchases in them, for anything to be said: 50, and 5. */
export function isEnough(episodes: readonly MixEpisode[]): boolean {
  const byChance = episodes.filter(isByChance);
  const buyers = byChance.filter(({ isConverted }) => isConverted);
  return byChance.length >= leastEpisodes && buyers.length >= defaultMinBuyers;
}

interface Shares {
  readonly counted: number;
  readonly weighed: number;
  /** How far one episode moves counted minus weighed (its influence, to the first order). */
  pullOf(one: MixEpisode): number;
}

function sharesOf(episodes: readonly MixEpisode[], weighing: Weighing): Shares {
  const share = (weightOf: (one: MixEpisode) => number) => {
    const all = episodes.reduce((sum, one) => sum + weightOf(one), 0);
    const converted = episodes.reduce((sum, one) => sum + (one.isConverted ? weightOf(one) : 0), 0);
    const mean = converted / all;
    const pullOf = (one: MixEpisode): number =>
      (weightOf(one) * ((one.isConverted ? 1 : 0) - mean)) / all;
    return { mean, pullOf };
  };
  const counted = share(weighing.counted);
  const weighed = share(weighing.weighed);
  return {
    counted: counted.mean,
    weighed: weighed.mean,
    pullOf: (one) => counted.pullOf(one) - weighed.pullOf(one),
  };
}
