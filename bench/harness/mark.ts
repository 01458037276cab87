import { median } from './rounds.ts';

/** A goal that a benchmark measures. Whoever reads the table sees the goal beside what was measured. */
export interface Mark {
  readonly name: string;
  /** `x`: a ratio of two contestants of the same round. The others are amounts. */
  readonly unit: 'x' | 'us' | 'bytes' | 'ms' | 'requests' | 'writes' | 'MB';
  readonly better: 'higher' | 'lower';
  readonly must: number;
  /** Undefined: nobody has set one. */
  readonly stretch: number | undefined;
}

/** A mark with what was measured, one value per round. */
export interface Marked extends Mark {
  readonly values: readonly number[];
}

/** `met`, `stretch met`, or by how much it falls short: a share of the mark, or how many times the mark it is. */
export function verdictOf(marked: Marked): string {
  const measured = median(marked.values);
  const reaches = (goal: number): boolean =>
    marked.better === 'higher' ? measured >= goal : measured <= goal;
  if (marked.stretch !== undefined && reaches(marked.stretch)) {
    return 'stretch met';
  }
  if (reaches(marked.must)) {
    return 'met';
  }
  const gap = Math.abs(measured - marked.must) / marked.must;
  if (Number.isNaN(gap)) {
    return 'not measured';
  }
  return gap < 1
    ? `short by ${(gap * 100).toFixed(gap < 0.1 ? 1 : 0)} %`
    : `${(measured / marked.must).toFixed(1)} times the mark`;
}
