import { dayMs } from '../core/duration.ts';
import type { DedupeDay } from './header.ts';

/** Redis keeps integer sets of up to 512 members in 8 bytes each; above that a member costs 72 (hot-path section 1). */
const shardFillMax = 400;
const shardsPerLevel = 16;
const levelMax = 3;
/** Days that need no entry to be found again are kept for their count only; so many are worth their bytes. */
const plainDaysMax = 64;
const daysMax = 4096;

/** The day number of a time, as the sets use it. */
export function dayOf(timeMs: number): number {
  return toSetDay(Math.floor(timeMs / dayMs));
}

/** Folds any day number (a sender's clock may say anything) into the 0 to 65,535 of the header: the same in every copy. */
export function toSetDay(day: number): number {
  return day & 0xffff;
}

/** 0: one set; 1, 2, 3: 16, 256, 4,096 shards. Follows from how many inputs of that day were counted. */
export function levelOf(count: number): number {
  let level = 0;
  for (let fill = shardFillMax; count > fill && level < levelMax; fill *= shardsPerLevel) {
    level += 1;
  }
  return level;
}

/** The level at which the sets of a day are now, by the header's table. */
export function levelOfDay(days: readonly DedupeDay[], day: number): number {
  return levelOf(days.find((entry) => entry.day === day)?.count ?? 0);
}

/** The set in which a fingerprint of a day is, at one level. `dayKey` is `dedupeKey(...)`. */
export function dedupeSetKey(dayKey: string, level: number, fingerprint: number): string {
  if (level === 0) {
    return dayKey;
  }
  return `${dayKey}:${level}.${(fingerprint % shardsPerLevel ** level).toString(36)}`;
}

/** A day's additions: where to, and the table's entry afterwards. `setsExpiry`: the level-0 set needs a new expiry. */
export interface DayGrowth {
  readonly entry: DedupeDay;
  readonly level: number;
  readonly setsExpiry: boolean;
}

/**
 * What adding `added` fingerprints to a day does. The level follows the count after the addition, so that no set grows
 * over its size. Each id is found for at least `horizonDays`: a set's expiry (horizon and a day from when it is set) is
 * renewed once a day, for shards at each addition.
 */
export function growDay(
  before: DedupeDay | undefined,
  day: number,
  added: number,
  today: number,
  horizonDays: number,
): DayGrowth {
  const count = (before?.count ?? 0) + added;
  const level = levelOf(count);
  const expiresDay = today + horizonDays + 1;
  const isFresh = before !== undefined && before.expiresDay >= expiresDay;
  return { entry: { day, count, expiresDay }, level, setsExpiry: level > 0 || !isFresh };
}

/** The table with new entries in the place of old ones, without days whose sets are gone. In no particular order. */
export function mergeDays(
  before: readonly DedupeDay[],
  grown: readonly DedupeDay[],
  today: number,
): readonly DedupeDay[] {
  const kept = before.filter(
    (old) => old.expiresDay >= today && !grown.some((entry) => entry.day === old.day),
  );
  const merged = [...kept, ...grown];
  if (merged.length <= plainDaysMax) {
    return merged;
  }
  const sharded = merged.filter((entry) => levelOf(entry.count) > 0);
  const plain = merged.filter((entry) => levelOf(entry.count) === 0);
  plain.sort((a, b) => b.count - a.count);
  return [...sharded.slice(-daysMax), ...plain.slice(0, plainDaysMax)];
}
