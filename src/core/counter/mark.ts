import { hash32 } from '../hash.ts';
import { type PackedReader, type PackedWriter, unreadable } from '../packed.ts';
import { countAtMost, type Ladder } from './ladder.ts';
import { monthOf } from './period.ts';
import { packStep, unpackStep } from './step.ts';

/*
 * What a gauge remembers of its past, so that a threshold fires once: when was it last reached, and when was the gauge
 * last below its re-arming point? A register for each trigger would answer that, but a thousand triggers would cost a
 * thousand registers per event. Instead the samples themselves are kept, and of those only the ones that answer for some
 * trigger: the newest of all that reached it. A sample goes when a newer one reached at least as many triggers, so a gauge
 * has at most as many marks as triggers, and in life two or three. Only maxima by time: the order of arrival cannot matter.
 */

/** A sample that was the newest to reach some trigger's threshold, or to be below some re-arming point. */
export interface Mark {
  readonly timeMs: number;
  readonly value: number;
  /** What the value is measured against; 0 where the value itself is what triggers measure. */
  readonly limit: number;
  /** `hash32` of the limit's period. */
  readonly period: number;
}

/** Newest first. `high`: reached thresholds, ever more of them. `low`: was below re-arming points, ever more of them. */
export interface Marks {
  readonly high: readonly Mark[];
  readonly low: readonly Mark[];
}

/** A gauge that reached nothing. */
export const noMarks: Marks = { high: [], low: [] };

/** What a trigger compares its threshold with. */
export function measureOf(mark: { readonly value: number; readonly limit: number }): number {
  return mark.limit === 0 ? mark.value : mark.value / mark.limit;
}

/** Adds a sample. Gives the same marks when newer ones answer for every trigger that it could. */
export function withMark(marks: Marks, mark: Mark, ladder: Ladder): Marks {
  const high = frontier(marks.high, mark, (one) => countAtMost(ladder.thresholds, measureOf(one)));
  const low = frontier(
    marks.low,
    mark,
    (one) => ladder.rearms.length - countAtMost(ladder.rearms, measureOf(one)),
  );
  return high === marks.high && low === marks.low ? marks : { high, low };
}

/** Both histories as one. */
export function mergeMarks(left: Marks, right: Marks, ladder: Ladder): Marks {
  return [...right.high, ...right.low].reduce((marks, mark) => withMark(marks, mark, ladder), left);
}

/** When the gauge was last below `rearm`, epoch ms. */
export function newestBelowMs(marks: Marks, rearm: number): number | undefined {
  return marks.low.find((mark) => measureOf(mark) < rearm)?.timeMs;
}

/** Packs marks; `newestMs` is at or after all of them. A period that is the month of its sample takes no room. */
export function packMarks(writer: PackedWriter, marks: Marks, newestMs: number): void {
  for (const side of [marks.high, marks.low]) {
    writer.varint(side.length);
    let beforeMs = newestMs;
    for (const mark of side) {
      packStep(writer, beforeMs, mark.timeMs);
      beforeMs = mark.timeMs;
      writer.number(mark.value);
      writer.number(mark.limit);
      const isMonth = mark.period === hash32(monthOf(mark.timeMs));
      writer.varint(isMonth ? 1 : 0);
      if (!isMonth) {
        writer.u32(mark.period);
      }
    }
  }
}

/** Reads what `packMarks` wrote. */
export function unpackMarks(reader: PackedReader, newestMs: number): Marks {
  return { high: unpackSide(reader, newestMs), low: unpackSide(reader, newestMs) };
}

function unpackSide(reader: PackedReader, newestMs: number): readonly Mark[] {
  const side: Mark[] = [];
  let timeMs = newestMs;
  for (let left = reader.count(); left > 0; left -= 1) {
    timeMs = unpackStep(reader, timeMs);
    const value = reader.number();
    const limit = reader.number();
    if (!Number.isFinite(measureOf({ value, limit }))) {
      throw unreadable('holds a mark that no event can have set');
    }
    side.push({
      timeMs,
      value,
      limit,
      period: reader.varint() === 1 ? hash32(monthOf(timeMs)) : reader.u32(),
    });
  }
  return side;
}

/** Adds a mark to those that are the newest at their level, or leaves it out when a newer one is as high. */
function frontier(
  marks: readonly Mark[],
  mark: Mark,
  levelOf: (mark: Mark) => number,
): readonly Mark[] {
  const level = levelOf(mark);
  if (level === 0) {
    return marks;
  }
  let at = 0;
  for (const held of marks) {
    if (newestFirst(mark, held) < 0) {
      break;
    }
    if (levelOf(held) >= level) {
      return marks;
    }
    at += 1;
  }
  return [
    ...marks.slice(0, at),
    mark,
    ...marks.slice(at).filter((older) => levelOf(older) > level),
  ];
}

/** A total order: two samples of one millisecond have one winner, whichever came first. */
function newestFirst(left: Mark, right: Mark): number {
  return (
    right.timeMs - left.timeMs ||
    right.value - left.value ||
    right.limit - left.limit ||
    right.period - left.period
  );
}
