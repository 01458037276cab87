/**
 * The candidate that a misspelt word most likely meant: the fewest letters inserted, left out, changed or swapped, and
 * no more than a third of the word. Case does not count. Undefined when nothing is near. Ties: the first candidate.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  // A word of one or two letters is as near to every other one: it is matched but for its case.
  const most = word.length < 3 ? 0 : Math.max(1, Math.floor(word.length / 3));
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > most) {
      continue;
    }
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= most && (best === undefined || distance < best.distance)) {
      best = { candidate, distance };
    }
  }
  return best?.candidate;
}

/** Optimal string alignment distance (Damerau 1964): insertions, deletions, changes and swaps of neighbours. */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let above = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwap =
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1];
      current.push(
        Math.min(
          (above[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (above[column - 1] ?? 0) + (isSame ? 0 : 1),
          isSwap ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    before = above;
    above = current;
  }
  return above[right.length] ?? 0;
}

/** A mend that begins with the likely meaning: `Did you mean pro? Otherwise add it under plans`. */
export function didYouMean(word: string, candidates: Iterable<string>, otherwise: string): string {
  const near = nearest(word, candidates);
  const rest = `${otherwise.charAt(0).toLowerCase()}${otherwise.slice(1)}`;
  return near === undefined ? otherwise : `Did you mean ${near}? Otherwise ${rest}`;
}

/** At most twelve names as a list for people, or `none`. */
export function listed(names: Iterable<string>): string {
  const all = [...names];
  if (all.length === 0) {
    return 'none';
  }
  return all.length <= 12
    ? all.join(', ')
    : `${all.slice(0, 12).join(', ')} and ${all.length - 12} more`;
}
