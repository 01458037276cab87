import { type PackedReader, type PackedWriter, unreadable } from '../packed.ts';

/*
 * How many sessions a person had within a window, where a session is all that happened without a pause of `gapMs`. Enters:
 * times in any order, also twice. Leaves: sessions with at least one event in the window. Always holds: a function of the
 * set of times alone.
 *
 * A late event can join two sessions, so sessions cannot simply be counted off. What is kept are stretches: each event
 * covers the time from itself to just before a pause would be long enough, and a session is what is covered without a hole.
 * Joining stretches and cutting off what is too old can then be done in any order. Cut off is what the window has left,
 * measured from the newest event, and what lies before the newest 256 spans of `gapMs` with an event in them.
 */

/** What a counter of sessions holds. */
export interface Sessions {
  readonly kind: 'sessions';
  /** Newest first, never nearer than `gapMs` to each other. */
  readonly stretches: readonly Stretch[];
}

/** One session, or what is left of it. */
export interface Stretch {
  /** Its first event, or where it was cut off: then maybe after `lastMs`. */
  readonly fromMs: number;
  /** Its last event. */
  readonly lastMs: number;
}

/** How sessions are kept. */
export interface SessionsShape {
  readonly gapMs: number;
  readonly windowMs: number;
  /** Spans of `gapMs` with an event that are kept. */
  readonly spansMax: number;
}

/** Without a pause of this length it is one session: what Segment, Google Analytics and Mixpanel use. */
export const defaultGapMs = 30 * 60_000;

/** 128 hours of use with the default pause, within the window. */
export const spansMax = 256;

/** Nobody was there. */
export const emptySessions: Sessions = { kind: 'sessions', stretches: [] };

/** Adds an event. Gives the same counter when it lies inside a session, or is too old to matter ever again. */
export function addToSessions(sessions: Sessions, shape: SessionsShape, timeMs: number): Sessions {
  const { stretches } = sessions;
  const isInside = stretches.some(({ fromMs, lastMs }) => fromMs <= timeMs && timeMs <= lastMs);
  if (isInside || endMs({ fromMs: timeMs, lastMs: timeMs }, shape) <= sinceMs(stretches, shape)) {
    return sessions;
  }
  return joined([...stretches, { fromMs: timeMs, lastMs: timeMs }], shape);
}

/** Two histories as one. */
export function mergeSessions(left: Sessions, right: Sessions, shape: SessionsShape): Sessions {
  return joined([...left.stretches, ...right.stretches], shape);
}

/**
 * The sessions with an event in the window `(now - window, now]`; `now` is never before the newest event. Not exact, and
 * then too few, only where more than 256 spans of `gapMs` had an event.
 */
export function readSessions(
  sessions: Sessions,
  shape: SessionsShape,
  nowMs: number,
): { readonly value: number; readonly isExact: boolean } {
  const { stretches } = sessions;
  const outsideMs = Math.max(nowMs, stretches[0]?.lastMs ?? nowMs) - shape.windowMs;
  return {
    value: stretches.filter((stretch) => stretch.lastMs > outsideMs).length,
    isExact: oldestSpanMs(stretches, shape) <= outsideMs + 1,
  };
}

/** Packs sessions. */
export function packSessions(writer: PackedWriter, sessions: Sessions): void {
  writer.varint(sessions.stretches.length);
  let beforeMs = 0;
  for (const { fromMs, lastMs } of sessions.stretches) {
    writer.zigzag(lastMs - beforeMs);
    writer.zigzag(lastMs - fromMs);
    beforeMs = lastMs;
  }
}

/** Reads what `packSessions` wrote. */
export function unpackSessions(reader: PackedReader): Sessions {
  const stretches: Stretch[] = [];
  let lastMs = 0;
  for (let left = reader.count(); left > 0; left -= 1) {
    lastMs += reader.zigzag();
    const fromMs = lastMs - reader.zigzag();
    if (!Number.isSafeInteger(lastMs) || !Number.isSafeInteger(fromMs)) {
      throw unreadable('holds a time that no event can have');
    }
    stretches.push({ fromMs, lastMs });
  }
  return { kind: 'sessions', stretches };
}

/** Joins stretches that touch, cuts off what is too old. */
function joined(stretches: readonly Stretch[], shape: SessionsShape): Sessions {
  const oldestFirst: Stretch[] = [];
  for (const next of stretches.toSorted((left, right) => left.fromMs - right.fromMs)) {
    const open = oldestFirst.at(-1);
    if (open !== undefined && next.fromMs <= endMs(open, shape)) {
      oldestFirst.pop();
      oldestFirst.push({ fromMs: open.fromMs, lastMs: Math.max(open.lastMs, next.lastMs) });
    } else {
      oldestFirst.push(next);
    }
  }
  const whole = oldestFirst.toReversed();
  const since = sinceMs(whole, shape);
  return {
    kind: 'sessions',
    stretches: whole
      .filter((stretch) => endMs(stretch, shape) > since)
      .map(({ fromMs, lastMs }) => ({ fromMs: Math.max(fromMs, since), lastMs })),
  };
}

/** Up to here another event continues the session. */
function endMs(stretch: Stretch, shape: SessionsShape): number {
  return stretch.lastMs + shape.gapMs - 1;
}

/** What ends before is forgotten. Only ever later as events come, so it does not matter when things are forgotten. */
function sinceMs(stretches: readonly Stretch[], shape: SessionsShape): number {
  const newestMs = stretches[0]?.lastMs ?? Number.NEGATIVE_INFINITY;
  return Math.max(newestMs - shape.windowMs, oldestSpanMs(stretches, shape));
}

/**
 * Where the oldest of the spans begins that are kept; minus infinity when there is room. A session has an event in each
 * span that it touches, because its events are nearer to each other than a span is long; no two sessions share one.
 */
function oldestSpanMs(stretches: readonly Stretch[], shape: SessionsShape): number {
  let room = shape.spansMax;
  for (const { fromMs, lastMs } of stretches) {
    const last = Math.floor(lastMs / shape.gapMs);
    const spans = lastMs < fromMs ? 0 : last - Math.floor(fromMs / shape.gapMs) + 1;
    if (spans >= room) {
      return (last - room + 1) * shape.gapMs;
    }
    room -= spans;
  }
  return Number.NEGATIVE_INFINITY;
}
