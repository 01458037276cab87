import { saturatingSum } from './amount.ts';

/** What happened in one span of time under one `by` value, summed: the times inside it are forgotten. */
export interface Cell {
  /** Number of the span: `floor(timeMs / bucketMs)`; 0 in a counter without a window. */
  readonly bucket: number;
  /** `hash32` of the value counted apart; 0 where nothing is. */
  readonly by: number;
  /** Sum of the amounts above 0 and, as a number of at least 0, of those below. */
  readonly positive: number;
  readonly negative: number;
}

/**
 * Adds a cell to cells in their order (newest bucket first, then smallest hash), of which the first `cellsMax` are kept.
 * The same cells in any order of adding give the same result: a cell falls out only when so many come before it, and
 * that stays so for ever. Gives the same array when nothing changed.
 */
export function addCell(cells: readonly Cell[], cell: Cell, cellsMax: number): readonly Cell[] {
  let at = 0;
  for (const held of cells) {
    if (held.bucket === cell.bucket && held.by === cell.by) {
      return cells.with(at, {
        bucket: held.bucket,
        by: held.by,
        positive: saturatingSum(held.positive, cell.positive),
        negative: saturatingSum(held.negative, cell.negative),
      });
    }
    if (held.bucket < cell.bucket || (held.bucket === cell.bucket && held.by > cell.by)) {
      break;
    }
    at += 1;
  }
  if (at >= cellsMax) {
    return cells;
  }
  const next = cells.toSpliced(at, 0, cell);
  return next.length > cellsMax ? next.slice(0, cellsMax) : next;
}
