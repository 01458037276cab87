/** One account with what a model foretold of its uplift. */
export interface ScoredUnit {
  readonly score: number;
  readonly isTreated: boolean;
  readonly isConverted: boolean;
}

export type Qini =
  | { readonly kind: 'area'; readonly area: number }
  | { readonly kind: 'undefined'; readonly reason: string };

/**
 * How well scores order accounts by uplift: 1 for the perfect order, about 0 for a random one, below 0 for a wrong one.
 * Curve of treated responders minus control responders scaled by group size; area above the diagonal, divided by
 * that of the perfect order (treated responders first, control responders last). Equal scores are one straight piece
 * of the curve, so the order of rows never matters.
 */
export function qiniOf(units: readonly ScoredUnit[]): Qini {
  const treated = units.filter(({ isTreated }) => isTreated).length;
  const control = units.length - treated;
  if (treated === 0 || control === 0) {
    return { kind: 'undefined', reason: `no row is ${treated === 0 ? 'treated' : 'untreated'}` };
  }
  const scale = treated / control;
  const gainOf = (unit: ScoredUnit): number =>
    unit.isConverted ? (unit.isTreated ? 1 : -scale) : 0;
  const perfect = areaOf(units.map((unit) => [gainOf(unit), gainOf(unit)]));
  if (!(perfect > 0)) {
    return { kind: 'undefined', reason: 'nobody converted, or nobody could be put before another' };
  }
  return {
    kind: 'area',
    area: areaOf(units.map((unit) => [unit.score, gainOf(unit)])) / perfect,
  };
}

/** Area between the curve and the straight line to its end, by descending score; a tie is one straight piece. */
function areaOf(points: readonly (readonly [score: number, gain: number])[]): number {
  const sorted = points.toSorted(([left], [right]) => right - left);
  let area = 0;
  let height = 0;
  let at = 0;
  while (at < sorted.length) {
    const [score] = sorted[at] ?? [0, 0];
    const from = at;
    let rise = 0;
    while (at < sorted.length && sorted[at]?.[0] === score) {
      rise += sorted[at]?.[1] ?? 0;
      at += 1;
    }
    area += (at - from) * (height + rise / 2);
    height += rise;
  }
  return area - (sorted.length * height) / 2;
}
