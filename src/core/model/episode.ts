import { dayMs, dayOf, hourMs } from '../duration.ts';
import { type Cell, cellKey } from './snapshot.ts';

/*
 * Episodes (dm1 sections 4 and 13): the unit of learning. One account, one family, one window, one yes or no. Pure moves
 * of a small value in the account's state; what is to be counted comes out as increments, each with an id that the
 * counters take once. Windows of an account and family never overlap, so a conversion has at most one episode.
 * The order and the repetition of outcomes change nothing; an episode stays for 35 days after its window for the late.
 */

/** One window of one family. */
export interface Episode {
  readonly decisionId: string;
  readonly family: string;
  /** The name of its cell in the counters. */
  readonly cell: string;
  readonly arm: Cell['arm'];
  readonly startMs: number;
  /** Its own window: a changed playbook does not change what has begun. */
  readonly windowDays: number;
  /** The earliest conversion in the window; undefined while there is none. */
  readonly convertedMs: number | undefined;
  /** A downgrade or refund took the conversion back: reports subtract it, counters do not. */
  readonly isReversed: boolean;
}

/** A purchase that no episode claims yet. */
export interface Uncredited {
  readonly family: string;
  readonly timeMs: number;
}

/** What an account remembers of its learning. Oldest first. */
export interface EpisodeState {
  readonly episodes: readonly Episode[];
  readonly uncredited: readonly Uncredited[];
}

export const noEpisodes: EpisodeState = { episodes: [], uncredited: [] };

/** One step of one counter. The same id is the same step, however often it arrives. */
export type Increment =
  | {
      readonly id: string;
      readonly of: 'episodes' | 'conversions';
      readonly cell: string;
      readonly day: number;
    }
  | {
      readonly id: string;
      readonly of: 'lags';
      readonly family: string;
      readonly day: number;
      readonly lag: number;
    };

export interface EpisodesMoved {
  readonly state: EpisodeState;
  readonly increments: readonly Increment[];
}

/** Whether a conversion found its episode, came again or before it, or belongs to none. */
export interface Credited extends EpisodesMoved {
  readonly kind: 'credited' | 'repeated' | 'uncredited';
  readonly decisionId: string | undefined;
}

/** How long after its window an episode waits for late conversions. */
const lateDays = 35;
/** How long a conversion waits for the decision that it belongs to. */
const uncreditedMs = 72 * hourMs;

/** Whether the family is locked: a window of it that began at `startMs` would overlap another. */
export function isLocked(
  state: EpisodeState,
  family: string,
  startMs: number,
  windowDays: number,
): boolean {
  return state.episodes.some(
    (held) =>
      held.family === family &&
      startMs < held.startMs + held.windowDays * dayMs &&
      held.startMs < startMs + windowDays * dayMs,
  );
}

/**
 * Opens one episode for each family, those that are locked excepted, and credits conversions that came before their
 * decision. A decision that is opened again changes nothing.
 */
export function openEpisodes(
  state: EpisodeState,
  decision: {
    readonly decisionId: string;
    readonly startMs: number;
    readonly windowDays: number;
  },
  cells: readonly { readonly family: string; readonly cell: Cell }[],
): EpisodesMoved {
  const { decisionId, startMs, windowDays } = decision;
  let moved: EpisodesMoved = { state, increments: [] };
  for (const { family, cell } of cells) {
    if (!isLocked(moved.state, family, startMs, windowDays)) {
      moved = open(moved, {
        decisionId,
        family,
        cell: cellKey(cell),
        arm: cell.arm,
        startMs,
        windowDays,
        convertedMs: undefined,
        isReversed: false,
      });
    }
  }
  return moved;
}

/** Credits a purchase of a family to the episode whose window it lies in, once; else keeps it for 72 hours. */
export function creditConversion(state: EpisodeState, conversion: Uncredited): Credited {
  const episode = state.episodes.find((held) => isInWindow(held, conversion));
  if (episode === undefined) {
    return {
      kind: 'uncredited',
      decisionId: undefined,
      state: { ...state, uncredited: withUncredited(state.uncredited, conversion) },
      increments: [],
    };
  }
  return {
    kind: episode.convertedMs === undefined ? 'credited' : 'repeated',
    decisionId: episode.decisionId,
    state: withEpisode(state, converted(episode, conversion.timeMs)),
    increments: episode.convertedMs === undefined ? [conversionStep(episode)] : [],
  };
}

/** Whether a conversion lies in a window of its family, before any other that is known of it. */
export function isFirstOfWindow(state: EpisodeState, conversion: Uncredited): boolean {
  return state.episodes.some(
    (held) =>
      isInWindow(held, conversion) &&
      (held.convertedMs === undefined || conversion.timeMs < held.convertedMs),
  );
}

/** A downgrade or refund: takes back the credited conversion of the family that lies at most a window before it. */
export function reverseConversion(
  state: EpisodeState,
  reversal: Uncredited,
): { readonly state: EpisodeState; readonly reversed: Episode | undefined } {
  const episode = state.episodes.findLast(
    ({ family, convertedMs, windowDays, isReversed }) =>
      family === reversal.family &&
      !isReversed &&
      convertedMs !== undefined &&
      convertedMs < reversal.timeMs &&
      reversal.timeMs <= convertedMs + windowDays * dayMs,
  );
  if (episode === undefined) {
    return { state, reversed: undefined };
  }
  const reversed = { ...episode, isReversed: true };
  return { state: withEpisode(state, reversed), reversed };
}

/**
 * Lets go of what is over. A prompt's delay is counted only now: an earlier conversion may arrive after a later one, and
 * counters only grow (docs/decisions).
 */
export function retireEpisodes(state: EpisodeState, nowMs: number): EpisodesMoved {
  const isOver = (held: Episode): boolean =>
    nowMs > held.startMs + (held.windowDays + lateDays) * dayMs;
  return {
    state: {
      episodes: state.episodes.filter((held) => !isOver(held)),
      uncredited: state.uncredited.filter(({ timeMs }) => nowMs - timeMs <= uncreditedMs),
    },
    increments: state.episodes.filter(isOver).flatMap(lagStep),
  };
}

/** When `retireEpisodes` will next have something to do with the episodes; undefined when there are none. */
export function nextRetirementMs(state: EpisodeState): number | undefined {
  const times = state.episodes.map(
    ({ startMs, windowDays }) => startMs + (windowDays + lateDays) * dayMs + 1,
  );
  return times.length === 0 ? undefined : Math.min(...times);
}

function open(before: EpisodesMoved, episode: Episode): EpisodesMoved {
  const { state } = before;
  const early = state.uncredited
    .filter((one) => isInWindow(episode, one))
    .map(({ timeMs }) => timeMs);
  const opened = early.length === 0 ? episode : { ...episode, convertedMs: Math.min(...early) };
  const id = `ep.${episode.decisionId}.${episode.family}`;
  return {
    state: {
      episodes: [...state.episodes, opened].toSorted((left, right) => left.startMs - right.startMs),
      uncredited: state.uncredited.filter((one) => !isInWindow(episode, one)),
    },
    increments: [
      ...before.increments,
      { id, of: 'episodes', cell: episode.cell, day: dayOf(episode.startMs) },
      ...(early.length === 0 ? [] : [conversionStep(episode)]),
    ],
  };
}

function isInWindow(episode: Episode, { family, timeMs }: Uncredited): boolean {
  return (
    episode.family === family &&
    episode.startMs < timeMs &&
    timeMs <= episode.startMs + episode.windowDays * dayMs
  );
}

function converted(episode: Episode, timeMs: number): Episode {
  return { ...episode, convertedMs: Math.min(timeMs, episode.convertedMs ?? timeMs) };
}

function conversionStep({ decisionId, family, cell, startMs }: Episode): Increment {
  const id = `cv.${decisionId}.${family}`;
  return { id, of: 'conversions', cell, day: dayOf(startMs) };
}

function lagStep(episode: Episode): readonly Increment[] {
  const { decisionId, family, arm, startMs, convertedMs } = episode;
  if (arm === 'hold' || convertedMs === undefined) {
    return [];
  }
  const lag = Math.floor((convertedMs - startMs) / dayMs);
  return [{ id: `lag.${decisionId}.${family}`, of: 'lags', family, day: dayOf(startMs), lag }];
}

function withEpisode(state: EpisodeState, episode: Episode): EpisodeState {
  const isSame = (held: Episode): boolean =>
    held.decisionId === episode.decisionId && held.family === episode.family;
  return { ...state, episodes: state.episodes.map((held) => (isSame(held) ? episode : held)) };
}

function withUncredited(held: readonly Uncredited[], one: Uncredited): readonly Uncredited[] {
  const isThere = held.some(({ family, timeMs }) => family === one.family && timeMs === one.timeMs);
  return isThere
    ? held
    : [...held, one].toSorted(
        (left, right) => left.timeMs - right.timeMs || (left.family < right.family ? -1 : 1),
      );
}
