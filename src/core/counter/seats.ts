import { dayMs, hourMs, minuteMs } from '../duration.ts';
import { type PackedReader, type PackedWriter, unreadable } from '../packed.ts';
import type { CounterSpec } from '../playbook.ts';

/*
 * How many members an account has, how many of them hold a role, and how both changed lately. Enters: changes that single
 * members make (src/core/account/seat.ts), each with its event time; a member that turns out to be something else takes its
 * changes back and makes others. Leaves: levels now, some time ago, and the highest of the last 30 days. Always holds: a
 * sum over the members as they are known now, so neither the order of events nor their repetition can matter; no list of
 * members, so 50,000 cost what 5 do.
 *
 * Changes are kept in buckets of event time, because a change that is taken back must vanish without a trace. Buckets
 * before the horizon are forgotten, measured from the newest membership event, never from the clock; only the level itself
 * has no horizon.
 */

/** What a counter of seats holds. */
export interface Seats {
  readonly kind: 'seats';
  /** When the newest membership event happened, epoch ms; undefined before the first. */
  readonly newestMs: number | undefined;
  /** Those who are counted: all members, or those with the role. */
  readonly counted: Side;
  /** All members, which a share is held against; without any where nothing is. */
  readonly everyone: Side;
}

/** A level and what changed it within the horizon. */
export interface Side {
  /** How many there are now. */
  readonly active: number;
  /** Newest bucket first, none with a change of 0. */
  readonly changes: readonly SeatCell[];
}

/** What changed within one span of time. */
export interface SeatCell {
  /** Number of the span: `floor(timeMs / bucketMs)`. */
  readonly bucket: number;
  readonly change: number;
}

/** What one member does to one side. */
export interface SeatChange {
  readonly side: 'counted' | 'everyone';
  readonly timeMs: number;
  /** 1 or -1. */
  readonly change: number;
}

/** What seats say. `value`: what thresholds are compared with. */
export interface SeatReading {
  readonly value: number;
  readonly isExact: boolean;
  /** Who is counted now, and all members where a share is measured. */
  readonly count: number;
  readonly members: number;
  /** A share within a window: the share when the window began. */
  readonly before: number;
}

/** Nobody is a member. */
export const emptySeats: Seats = {
  kind: 'seats',
  newestMs: undefined,
  counted: { active: 0, changes: [] },
  everyone: { active: 0, changes: [] },
};

/** How long a level without a window is remembered: a seat that was given up and filled again within this time is no new one. */
const seatMemoryMs = 30 * dayMs;

/** With fewer members nobody speaks of shares, when the playbook does not say. */
export const roleShareMin = 5;

const bucketsMax = 192;

/** The bucket of seats, ms: 1 minute, 1 hour, 6 hours or 24 hours, the finest with which 192 cover the window. */
function seatsBucketMs(windowMs: number | undefined): number {
  const longMs = windowMs ?? seatMemoryMs;
  return [minuteMs, hourMs, 6 * hourMs].find((ms) => longMs / ms <= bucketsMax) ?? dayMs;
}

/**
 * Takes back what members did and adds what they do now. `newestMs`: the time of the membership event behind it, also when
 * it changed nothing. Gives the same seats when nothing is different.
 */
export function changeSeats(
  seats: Seats,
  windowMs: number | undefined,
  changes: readonly SeatChange[],
  newestMs: number | undefined,
): Seats {
  const times = [seats.newestMs, newestMs].filter((timeMs) => timeMs !== undefined);
  const next: Seats = {
    kind: 'seats',
    newestMs: times.length === 0 ? undefined : Math.max(...times),
    counted: sideAfter('counted', seats, windowMs, changes, times),
    everyone: sideAfter('everyone', seats, windowMs, changes, times),
  };
  const isSame =
    next.newestMs === seats.newestMs &&
    next.counted === seats.counted &&
    next.everyone === seats.everyone;
  return isSame ? seats : next;
}

/** Both histories as one. */
export function mergeSeats(left: Seats, right: Seats, windowMs: number | undefined): Seats {
  const bucketMs = seatsBucketMs(windowMs);
  const sides = (['counted', 'everyone'] as const).map((side) => ({ side, from: right[side] }));
  const changes = sides.flatMap(({ side, from }) =>
    from.changes.map(({ bucket, change }) => ({ side, timeMs: bucket * bucketMs, change })),
  );
  const merged = changeSeats(left, windowMs, changes, right.newestMs);
  return {
    ...merged,
    counted: { ...merged.counted, active: left.counted.active + right.counted.active },
    everyone: { ...merged.everyone, active: left.everyone.active + right.everyone.active },
  };
}

/**
 * Seats without a window: how many there are. With one: how many of those who are there now came within `(now - window,
 * now]`. A share: of all members now; with a window how much it rose since the window began, 0.2 for 20 points. `now` is
 * never before the newest membership event. A bucket that the window's edge cuts counts whole.
 */
export function readSeats(seats: Seats, spec: CounterSpec, nowMs: number): SeatReading {
  const { counted, everyone } = seats;
  const { windowMs } = spec;
  const bucketMs = seatsBucketMs(windowMs);
  const outsideMs = Math.max(nowMs, seats.newestMs ?? nowMs) - (windowMs ?? 0);
  const isInside = ({ bucket }: SeatCell): boolean => (bucket + 1) * bucketMs - 1 > outsideMs;
  const since = (side: Side): number =>
    side.changes.filter(isInside).reduce((sum, { change }) => sum + change, 0);
  const isCut = [...counted.changes, ...everyone.changes].some(
    (cell) => isInside(cell) && cell.bucket * bucketMs <= outsideMs,
  );
  const told = { count: counted.active, members: everyone.active, before: 0 };
  if (spec.kind !== 'roleShare') {
    const value = windowMs === undefined ? counted.active : since(counted);
    return { ...told, value, isExact: windowMs === undefined || !isCut };
  }
  const isFew = everyone.active < (spec.min ?? roleShareMin);
  const share = isFew ? 0 : counted.active / everyone.active;
  if (windowMs === undefined) {
    return { ...told, value: share, isExact: true };
  }
  const membersBefore = everyone.active - since(everyone);
  const before = membersBefore <= 0 ? 0 : (counted.active - since(counted)) / membersBefore;
  // A team that was not there when the window began has no share that could have risen.
  const value = isFew || membersBefore < (spec.min ?? roleShareMin) ? 0 : share - before;
  return { ...told, value, before, isExact: !isCut };
}

/** The highest level of the 30 days before `nowMs`, at the ends of the buckets, and the one now. */
export function highestOf({ counted, newestMs }: Seats, nowMs: number): number {
  const bucketMs = seatsBucketMs(undefined);
  const sinceMs = Math.max(nowMs, newestMs ?? nowMs) - seatMemoryMs;
  let level = counted.active;
  let highest = level;
  for (const { bucket, change } of counted.changes) {
    if (bucket * bucketMs <= sinceMs) {
      break;
    }
    level -= change;
    highest = Math.max(highest, level);
  }
  return highest;
}

/** Packs seats. */
export function packSeats(writer: PackedWriter, seats: Seats): void {
  writer.varint(seats.newestMs === undefined ? 0 : 1);
  writer.zigzag(seats.newestMs ?? 0);
  for (const { active, changes } of [seats.counted, seats.everyone]) {
    writer.zigzag(active);
    writer.varint(changes.length);
    let before = 0;
    for (const { bucket, change } of changes) {
      writer.zigzag(bucket - before);
      before = bucket;
      writer.zigzag(change);
    }
  }
}

/** Reads what `packSeats` wrote. */
export function unpackSeats(reader: PackedReader): Seats {
  const hasNewest = reader.varint() === 1;
  const newestMs = reader.zigzag();
  return {
    kind: 'seats',
    newestMs: hasNewest ? newestMs : undefined,
    counted: unpackSide(reader),
    everyone: unpackSide(reader),
  };
}

function unpackSide(reader: PackedReader): Side {
  const active = reader.zigzag();
  const changes: SeatCell[] = [];
  let bucket = 0;
  for (let left = reader.count(); left > 0; left -= 1) {
    bucket += reader.zigzag();
    if (!Number.isSafeInteger(bucket)) {
      throw unreadable('holds a time that no event can have');
    }
    changes.push({ bucket, change: reader.zigzag() });
  }
  return { active, changes };
}

function sideAfter(
  name: SeatChange['side'],
  seats: Seats,
  windowMs: number | undefined,
  changes: readonly SeatChange[],
  times: readonly number[],
): Side {
  const side = seats[name];
  const bucketMs = seatsBucketMs(windowMs);
  const newest = times.length === 0 ? Number.NEGATIVE_INFINITY : Math.max(...times);
  const oldest = Math.floor((newest - (windowMs ?? seatMemoryMs) + 1) / bucketMs);
  const sums = new Map(side.changes.map(({ bucket, change }) => [bucket, change]));
  let { active } = side;
  for (const { side: of, timeMs, change } of changes) {
    if (of === name) {
      const bucket = Math.floor(timeMs / bucketMs);
      sums.set(bucket, (sums.get(bucket) ?? 0) + change);
      active += change;
    }
  }
  const kept = Array.from(sums, ([bucket, change]) => ({ bucket, change }))
    .filter(({ bucket, change }) => bucket >= oldest && change !== 0)
    .toSorted((left, right) => right.bucket - left.bucket);
  const isSame =
    active === side.active &&
    kept.length === side.changes.length &&
    kept.every(({ bucket, change }, at) => {
      const held = side.changes[at];
      return held?.bucket === bucket && held.change === change;
    });
  return isSame ? side : { active, changes: kept };
}
