import { type PackedReader, type PackedWriter, unreadable } from '../packed.ts';
import { weekdayName, weekdayOf, weekOf } from './iso-week.ts';
import { packStep, unpackStep } from './step.ts';

/*
 * In how many of the last weeks something happened, and on which days. Enters: times in any order, also twice. Leaves: the
 * number of ISO weeks (UTC) with at least one, and the weekday when it was always the same. Always holds: a function of
 * the set of times alone; exact.
 */

/** What a weekly counter holds. */
export interface Weekly {
  readonly kind: 'weekly';
  /** Weeks in which it happened, newest first. */
  readonly weeks: readonly SeenWeek[];
}

/** One week in which it happened. */
export interface SeenWeek {
  /** By `weekOf`. */
  readonly week: number;
  /** One bit for each day on which it happened: 1 for Monday to 64 for Sunday. */
  readonly days: number;
}

/** It never happened. */
export const emptyWeekly: Weekly = { kind: 'weekly', weeks: [] };

/** The most weeks that a counter looks back: those of a quarter. */
export const weeksMax = 13;

const allDays = 127;

/** Adds a time; `weeks`: how many the counter looks back. Gives the same counter when the day is known or too old. */
export function addToWeekly(weekly: Weekly, weeks: number, timeMs: number): Weekly {
  return withWeek(weekly, weeks, { week: weekOf(timeMs), days: 1 << weekdayOf(timeMs) });
}

/** Two histories as one. */
export function mergeWeeklies(left: Weekly, right: Weekly, weeks: number): Weekly {
  return right.weeks.reduce((merged, seen) => withWeek(merged, weeks, seen), left);
}

/**
 * In how many of the last `weeks` weeks, the one of `nowMs` included, it happened; `now` is never before the newest. The
 * weekday is there when all of them had the same one and no other.
 */
export function readWeekly(
  weekly: Weekly,
  weeks: number,
  nowMs: number,
): { readonly value: number; readonly weekday: string | undefined } {
  const current = Math.max(weekOf(nowMs), weekly.weeks[0]?.week ?? Number.NEGATIVE_INFINITY);
  const inside = weekly.weeks.filter((seen) => seen.week > current - weeks);
  const days = inside.reduce((all, seen) => all | seen.days, 0);
  const isOneDay = days !== 0 && (days & (days - 1)) === 0;
  return {
    value: inside.length,
    weekday: isOneDay ? weekdayName(Math.log2(days)) : undefined,
  };
}

/** Packs a weekly counter: two bytes a week. */
export function packWeekly(writer: PackedWriter, weekly: Weekly): void {
  writer.varint(weekly.weeks.length);
  let before: number | undefined;
  for (const { week, days } of weekly.weeks) {
    packStep(writer, before, week);
    before = week;
    writer.varint(days);
  }
}

/** Reads what `packWeekly` wrote. */
export function unpackWeekly(reader: PackedReader): Weekly {
  const weeks: SeenWeek[] = [];
  let week: number | undefined;
  for (let left = reader.count(); left > 0; left -= 1) {
    week = unpackStep(reader, week);
    const days = reader.varint();
    if (days < 1 || days > allDays) {
      throw unreadable('holds a week without a day that exists');
    }
    weeks.push({ week, days });
  }
  return { kind: 'weekly', weeks };
}

function withWeek(weekly: Weekly, weeks: number, seen: SeenWeek): Weekly {
  const newest = Math.max(weekly.weeks[0]?.week ?? seen.week, seen.week);
  const held = weekly.weeks.find((one) => one.week === seen.week);
  const days = (held?.days ?? 0) | seen.days;
  // What is too old is measured from the newest event, never from the clock: arrival must not matter.
  if (seen.week <= newest - weeks || days === held?.days) {
    return weekly;
  }
  const others = weekly.weeks.filter((one) => one !== held && one.week > newest - weeks);
  return {
    kind: 'weekly',
    weeks: [...others, { week: seen.week, days }].toSorted((left, right) => right.week - left.week),
  };
}
