import { dayMs } from '../duration.ts';
import { defaultAlpha, excludesZero, type LiftLook } from './lift.ts';
import { effectPerMoment, type WeighedEpisode } from './moments.ts';
import { cellKey } from './snapshot.ts';
import type { LearningFact } from './step.ts';
import { readCellKey } from './tally.ts';

/** A window that is over, with the cell in which it was counted. */
export type OverEpisode = WeighedEpisode & {
  readonly cell: string;
  readonly family: string;
  readonly isHoldout: boolean;
};

/** Below so many prompts, and so many purchases without one, nothing is said of an offer. */
const leastPrompts = 50;
const leastHeldBuyers = 5;
const firstMs = 30 * dayMs;
const leastExpected = 50;

/** Windows that are over, of accounts in which asking was left to chance; those of the holdout never had one. */
export function weighedEpisodes(
  facts: readonly LearningFact[],
  nowMs: number,
): readonly OverEpisode[] {
  return overEpisodes(facts, nowMs).filter(isByChance);
}

/** Whether it was left to chance if the account was asked, so that the episode can be weighed. */
export function isByChance({ isHoldout, pi }: Pick<OverEpisode, 'isHoldout' | 'pi'>): boolean {
  return !isHoldout && pi > 0 && pi < 1;
}

/** All windows that are over. */
export function overEpisodes(
  facts: readonly LearningFact[],
  nowMs: number,
): readonly OverEpisode[] {
  const times = new Map<string, number[]>();
  for (const fact of facts) {
    if (fact.kind === 'bought') {
      const key = `${fact.unit}|${fact.family}`;
      const held = times.get(key);
      if (held === undefined) {
        times.set(key, [fact.timeMs]);
      } else {
        held.push(fact.timeMs);
      }
    }
  }
  return facts.flatMap((fact): readonly OverEpisode[] => {
    if (fact.kind !== 'opened') {
      return [];
    }
    const { episodes, isHoldout, startMs, unit, windowDays } = fact;
    const endMs = startMs + windowDays * dayMs;
    return endMs > nowMs
      ? []
      : episodes.map(({ cell, family, pi }) => ({
          unit,
          t: startMs,
          cell,
          family,
          isHoldout,
          isPrompted: cell.startsWith('1|'),
          isConverted: (times.get(`${unit}|${family}`) ?? []).some(
            (timeMs) => startMs < timeMs && timeMs <= endMs,
          ),
          pi,
        }));
  });
}

/**
 * Offers of which it is proved that asking sells less than silence does (dm1 section 11): the interval of their effect per
 * moment, against silence of the same family and kinds of signals, lies below 0.
 */
export function worseThanSilence(
  facts: readonly LearningFact[],
  nowMs: number,
): ReadonlyMap<string, LiftLook> {
  const over = weighedEpisodes(facts, nowMs);
  const prompts = new Map<string, OverEpisode[]>();
  for (const episode of over) {
    const cell = readCellKey(episode.cell);
    if (cell?.arm === 'prompt') {
      const held = prompts.get(cell.offer);
      if (held === undefined) {
        prompts.set(cell.offer, [episode]);
      } else {
        held.push(episode);
      }
    }
  }
  const worse = new Map<string, LiftLook>();
  for (const [offer, asked] of prompts) {
    const cells = new Set(asked.flatMap(holdCellOf));
    const held = over.filter(({ cell }) => cells.has(cell));
    const buyers = held.filter(({ isConverted }) => isConverted).length;
    const all = [...asked, ...held];
    const look = effectPerMoment(all, expectedUnits(all), defaultAlpha);
    if (
      asked.length >= leastPrompts &&
      buyers >= leastHeldBuyers &&
      look !== undefined &&
      look.difference < 0 &&
      excludesZero(look)
    ) {
      worse.set(offer, look);
    }
  }
  return worse;
}

/** The name of the hold cell that a prompt's episode is compared with. */
export function holdCellOf({
  cell,
  family,
}: Pick<OverEpisode, 'cell' | 'family'>): readonly string[] {
  const read = readCellKey(cell);
  return read === undefined
    ? []
    : [cellKey({ arm: 'hold', family, signal: read.signal, size: read.size })];
}

/** The accounts of 90 days, foretold from the first 30. */
function expectedUnits(episodes: readonly OverEpisode[]): number {
  const startMs = episodes.reduce((least, { t }) => Math.min(least, t), Number.POSITIVE_INFINITY);
  const first = new Set(episodes.filter(({ t }) => t < startMs + firstMs).map(({ unit }) => unit));
  return Math.max(leastExpected, 3 * first.size);
}
