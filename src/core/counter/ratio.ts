import type { PackedReader, PackedWriter } from '../packed.ts';
import type { CounterSpec } from '../playbook.ts';
import {
  addToTally,
  emptyTally,
  mergeTallies,
  readTally,
  type Tally,
  tallyShapeOf,
} from './tally.ts';
import { packTally, unpackTally } from './tally-codec.ts';

/*
 * How many of one signal there were for each of another: 9 failed exports of 30. Enters: (signal, time) in any order. Leaves:
 * the ratio of two counts within one window. Always holds: what a count holds, twice.
 */

/** What a ratio holds. */
export interface Ratio {
  readonly kind: 'ratio';
  /** Of the first signal of the spec's steps, and of the second. */
  readonly part: Tally;
  readonly whole: Tally;
}

/** Nothing happened. */
export const emptyRatio: Ratio = { kind: 'ratio', part: emptyTally, whole: emptyTally };

/** What a ratio says. */
export interface Proportion {
  /** `part / whole`; 0 while there are fewer of the whole than the spec's `min`. */
  readonly value: number;
  readonly part: number;
  readonly whole: number;
  readonly isExact: boolean;
}

/** Adds a time of one of the two signals. Gives the same ratio when it is too old to count ever again, or of neither. */
export function addToRatio(
  ratio: Ratio,
  spec: CounterSpec,
  signal: string | undefined,
  timeMs: number,
): Ratio {
  const shape = tallyShapeOf(spec);
  const entry = { timeMs, by: 0, amount: 1 };
  switch (signal === undefined ? -1 : (spec.steps ?? []).indexOf(signal)) {
    case 0: {
      const part = addToTally(ratio.part, shape, entry);
      return part === ratio.part ? ratio : { ...ratio, part };
    }
    case 1: {
      const whole = addToTally(ratio.whole, shape, entry);
      return whole === ratio.whole ? ratio : { ...ratio, whole };
    }
    default:
      return ratio;
  }
}

/** Two histories as one. */
export function mergeRatios(left: Ratio, right: Ratio, spec: CounterSpec): Ratio {
  const shape = tallyShapeOf(spec);
  return {
    kind: 'ratio',
    part: mergeTallies(left.part, right.part, shape),
    whole: mergeTallies(left.whole, right.whole, shape),
  };
}

/** Both counts in the window `(now - window, now]`; `now` is never before the newest event of either. */
export function readRatio(ratio: Ratio, spec: CounterSpec, nowMs: number): Proportion {
  const shape = tallyShapeOf(spec);
  const endMs = Math.max(nowMs, newestOfRatio(ratio) ?? nowMs);
  const part = readTally(ratio.part, shape, endMs, undefined);
  const whole = readTally(ratio.whole, shape, endMs, undefined);
  return {
    value: whole.amount < (spec.min ?? 1) ? 0 : part.amount / whole.amount,
    part: part.amount,
    whole: whole.amount,
    isExact: part.isExact && whole.isExact,
  };
}

/** When the newest event of either happened; undefined for a ratio without a window, or an empty one. */
export function newestOfRatio({ part, whole }: Ratio): number | undefined {
  const [left, right] = [part.recent[0]?.timeMs, whole.recent[0]?.timeMs];
  return left === undefined || right === undefined ? (left ?? right) : Math.max(left, right);
}

/** Packs a ratio. */
export function packRatio(writer: PackedWriter, ratio: Ratio, spec: CounterSpec): void {
  packTally(writer, ratio.part, spec);
  packTally(writer, ratio.whole, spec);
}

/** Reads what `packRatio` wrote for the same spec. */
export function unpackRatio(reader: PackedReader, spec: CounterSpec): Ratio {
  return { kind: 'ratio', part: unpackTally(reader, spec), whole: unpackTally(reader, spec) };
}
