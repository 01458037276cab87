import { allOn } from '../core/controls.ts';
import { dayMs, dayOf } from '../core/duration.ts';
import type { Input } from '../core/input.ts';
import { familyOf } from '../core/model/learned.ts';
import { incrementsFromLog, oldestKeptDay } from '../core/model/rebuild.ts';
import type { CellHistory } from '../core/model/snapshot.ts';
import type { LearningFact, LearningStep, OpenedFact } from '../core/model/step.ts';
import { createTally } from '../core/model/tally.ts';
import type { Playbook } from '../core/playbook.ts';
import { createDryRun } from './dry-run.ts';

/*
 * Learns from a past in which the hub asked nobody: the same `advance` lives through it in shadow mode, so that it finds the
 * moments at which it could have asked, and sees what was bought without. Enters: inputs in the order in which they happened,
 * and the log of what was learned before. Leaves: steps for the counters and the log, to be taken in their order. Always
 * holds: a window is taken once, however often the same past is told, whole or in pieces, never beside another window of its
 * account and family, and only when it is over. Whoever counts the steps sees to it that nobody else does meanwhile.
 */

/** What a past had to tell. */
export interface Backfill {
  readonly steps: readonly LearningStep[];
  /** What the steps come to: the moments of each family and kind of signal, and the purchases in their windows. */
  readonly cells: readonly CellHistory[];
  /** Windows that were left out, and why. */
  readonly leftOut: {
    /** Not over when the past ends: what is not told is not known. */
    readonly unfinished: number;
    /** Beside a window that was learned from before: mostly this very window. */
    readonly overlapping: number;
    /** Older than what is kept. */
    readonly tooOld: number;
  };
  /** Inputs of no known account, and those of times that are to come, which are not lived through. */
  readonly setAside: number;
  readonly toCome: number;
}

type FactStep = Extract<LearningStep, { readonly of: 'facts' }>;
type TakenWindow = FactStep & { readonly fact: OpenedFact };
type Verdict = 'taken' | keyof Backfill['leftOut'];

/** Lives through the past. `held`: the log so far. `nowMs`: nothing after it has happened. */
export function backfill(
  playbook: Playbook,
  past: readonly { readonly input: Input; readonly timeMs: number }[],
  held: readonly LearningFact[],
  nowMs: number,
): Backfill {
  const { learning } = playbook;
  const learns: Playbook = {
    ...playbook,
    learning: { ...learning, mode: 'learn', holdoutShare: 0 },
  };
  const dry = createDryRun(() => ({ playbook: learns, mode: 'shadow', controls: allOn }));
  const facts: FactStep[] = [];
  let setAside = 0;
  let endMs = Number.NEGATIVE_INFINITY;
  for (const { input, timeMs } of past) {
    if (timeMs <= nowMs) {
      const lived = dry.take(asNew(input), timeMs);
      facts.push(...lived.steps.filter((step) => step.of === 'facts'));
      setAside += lived.setAside.length;
      endMs = timeMs;
    }
  }
  const toCome = past.filter(({ timeMs }) => timeMs > nowMs).length;
  return { ...windowsOf(facts, held, endMs, nowMs, playbook), setAside, toCome };
}

/** A replayed event is history to a live hub, and fires nothing there; here it is what happens now. */
function asNew(input: Input): Input {
  return input.kind === 'event' ? { ...input, event: { ...input.event, isReplay: false } } : input;
}

function windowsOf(
  facts: readonly FactStep[],
  held: readonly LearningFact[],
  endMs: number,
  nowMs: number,
  playbook: Playbook,
): Pick<Backfill, 'steps' | 'cells' | 'leftOut'> {
  const before = windowsByFamily(held);
  const leftOut = { unfinished: 0, overlapping: 0, tooOld: 0 };
  const verdictOf = (fact: OpenedFact, family: string): Verdict => {
    const overMs = fact.startMs + fact.windowDays * dayMs;
    const key = `${fact.unit}|${family}`;
    if (overMs > endMs) {
      return 'unfinished';
    }
    if (dayOf(fact.startMs) < oldestKeptDay(nowMs)) {
      return 'tooOld';
    }
    return (before.get(key) ?? []).some((one) => fact.startMs < one.endMs && one.startMs < overMs)
      ? 'overlapping'
      : 'taken';
  };
  const taken: TakenWindow[] = facts.flatMap(({ day, fact, id }) =>
    fact.kind !== 'opened'
      ? []
      : fact.episodes.flatMap((episode): readonly TakenWindow[] => {
          const verdict = verdictOf(fact, episode.family);
          if (verdict !== 'taken') {
            leftOut[verdict] += 1;
            return [];
          }
          // A line of its own for each family: another telling may find others at the same event.
          return [
            {
              day,
              id: `${id}.${episode.family}`,
              of: 'facts',
              fact: { ...fact, episodes: [episode] },
            },
          ];
        }),
  );
  const windows = windowsByFamily(taken.map(({ fact }) => fact));
  const followed = facts.filter(({ fact }) => fact.kind !== 'opened' && belongs(fact, windows));
  const increments = incrementsFromLog(
    [...taken, ...followed].map(({ fact }) => fact),
    nowMs,
  );
  const tally = createTally();
  for (const one of increments) {
    tally.add(one);
  }
  return {
    // The lines that tell of windows come last: what breaks off before them is done again by telling it again.
    steps: [...increments, ...followed, ...taken],
    cells: tally.counters(familyOf(playbook)).cells,
    leftOut,
  };
}

/** Whether a purchase lies in one of these windows, or what takes it back at most as long after. */
function belongs(
  { family, kind, timeMs, unit }: Exclude<LearningFact, OpenedFact>,
  windows: ReadonlyMap<string, readonly Span[]>,
): boolean {
  return (windows.get(`${unit}|${family}`) ?? []).some(
    ({ endMs, startMs }) =>
      startMs < timeMs && timeMs <= endMs + (kind === 'reversed' ? endMs - startMs : 0),
  );
}

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

function windowsByFamily(facts: readonly LearningFact[]): ReadonlyMap<string, readonly Span[]> {
  const windows = new Map<string, Span[]>();
  for (const fact of facts) {
    if (fact.kind === 'opened') {
      const { episodes, startMs, unit, windowDays } = fact;
      for (const { family } of episodes) {
        const key = `${unit}|${family}`;
        const span = { startMs, endMs: startMs + windowDays * dayMs };
        const others = windows.get(key);
        if (others === undefined) {
          windows.set(key, [span]);
        } else {
          others.push(span);
        }
      }
    }
  }
  return windows;
}
