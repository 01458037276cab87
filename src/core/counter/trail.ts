import { type PackedReader, type PackedWriter, unreadable } from '../packed.ts';
import { packStep, unpackStep } from './step.ts';

/*
 * When each of a few signals happened: what sequences and elapsed times are read from. Enters: (signal, time) in any order,
 * also twice. Leaves: the newest times of each signal. Always holds: a function of the set of entries alone, because an
 * event that arrives late may stand between any two others; nothing is matched before it is read.
 */

/** What a trail holds. */
export interface Trail {
  readonly kind: 'trail';
  /** For each step of the spec: the times of its signal, newest first, each once; empty where an earlier step has it. */
  readonly times: readonly (readonly number[])[];
}

/** How a trail is kept. */
export interface TrailShape {
  /** The signals of the steps; one may stand there twice. */
  readonly steps: readonly string[];
  /** Undefined: ever. */
  readonly windowMs: number | undefined;
  /** Times kept of each signal. */
  readonly timesMax: number;
}

/** Nothing happened. */
export function emptyTrail(shape: TrailShape): Trail {
  return { kind: 'trail', times: shape.steps.map(() => []) };
}

/** Adds a time of a signal. Gives the same trail when the time is known, too old, or the signal is no step. */
export function addToTrail(
  trail: Trail,
  shape: TrailShape,
  signal: string | undefined,
  timeMs: number,
): Trail {
  const at = signal === undefined ? -1 : shape.steps.indexOf(signal);
  const times = trail.times[at];
  const oldest = times?.at(-1) ?? Number.NEGATIVE_INFINITY;
  if (
    times === undefined ||
    times.includes(timeMs) ||
    (times.length >= shape.timesMax && timeMs < oldest) ||
    timeMs <= outsideMs(newestOf(trail) ?? timeMs, shape)
  ) {
    return trail;
  }
  return settle(trail.times.with(at, [...times, timeMs]), shape);
}

/** Two histories as one. */
export function mergeTrails(left: Trail, right: Trail, shape: TrailShape): Trail {
  const both = left.times.map((times, at) => [...new Set([...times, ...(right.times[at] ?? [])])]);
  return settle(both, shape);
}

/** When the newest event happened; undefined when there is none. */
export function newestOf(trail: Trail): number | undefined {
  const newest = Math.max(...trail.times.map((times) => times[0] ?? Number.NEGATIVE_INFINITY));
  return Number.isFinite(newest) ? newest : undefined;
}

/** The times of each step's signal in the window `(now - window, now]`, oldest first; `now` is never before the newest. */
export function timesWithin(
  trail: Trail,
  shape: TrailShape,
  nowMs: number,
): { readonly times: readonly (readonly number[])[]; readonly isExact: boolean } {
  const outside = outsideMs(Math.max(nowMs, newestOf(trail) ?? nowMs), shape);
  const isCut = (times: readonly number[]): boolean =>
    times.length >= shape.timesMax && (times.at(-1) ?? outside) > outside;
  return {
    times: trail.times.map((times) => times.filter((timeMs) => timeMs > outside).toReversed()),
    isExact: !trail.times.some(isCut),
  };
}

/** Packs a trail: three or four bytes a time. */
export function packTrail(writer: PackedWriter, trail: Trail): void {
  let firstMs = 0;
  for (const times of trail.times) {
    writer.varint(times.length);
    let beforeMs: number | undefined;
    for (const timeMs of times) {
      packStep(writer, beforeMs, beforeMs === undefined ? timeMs - firstMs : timeMs);
      beforeMs = timeMs;
    }
    firstMs = times[0] ?? firstMs;
  }
}

/** Reads what `packTrail` wrote for as many steps. */
export function unpackTrail(reader: PackedReader, steps: number): Trail {
  const all: (readonly number[])[] = [];
  let firstMs = 0;
  for (let step = 0; step < steps; step += 1) {
    const times: number[] = [];
    for (let left = reader.count(); left > 0; left -= 1) {
      const beforeMs = times.at(-1);
      const timeMs = unpackStep(reader, beforeMs) + (beforeMs === undefined ? firstMs : 0);
      if (!Number.isSafeInteger(timeMs)) {
        throw unreadable('holds a time that no event can have');
      }
      times.push(timeMs);
    }
    firstMs = times[0] ?? firstMs;
    all.push(times);
  }
  return { kind: 'trail', times: all };
}

/** The newest moment that is outside the window that ends at `nowMs`. */
function outsideMs(nowMs: number, shape: TrailShape): number {
  return shape.windowMs === undefined ? Number.NEGATIVE_INFINITY : nowMs - shape.windowMs;
}

/** Sorts, and forgets what is too old or too much. Measured from the newest event of all, never from the clock. */
function settle(times: readonly (readonly number[])[], shape: TrailShape): Trail {
  const outside = outsideMs(Math.max(...times.flat()), shape);
  return {
    kind: 'trail',
    times: times.map((some) =>
      some
        .filter((timeMs) => timeMs > outside)
        .toSorted((left, right) => right - left)
        .slice(0, shape.timesMax),
    ),
  };
}
