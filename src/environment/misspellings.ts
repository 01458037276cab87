/** A name one or two letters away from one of ours is almost surely meant to be it. */
export function misspellings(
  given: readonly string[],
  known: readonly string[],
): readonly string[] {
  return given.flatMap((name) => {
    if (known.includes(name) || name.length < 6) {
      return [];
    }
    const meant = known.find((ours) => ours.length >= 6 && distance(name.toUpperCase(), ours) <= 2);
    return meant === undefined
      ? []
      : [`The environment has ${name}, which nothing reads; did you mean ${meant}?`];
  });
}

/** Levenshtein distance. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (const [at, letter] of [...left].entries()) {
    const next = [at + 1];
    for (const [other, against] of [...right].entries()) {
      const kept = (row[other] ?? 0) + (letter === against ? 0 : 1);
      next.push(Math.min(kept, (row[other + 1] ?? 0) + 1, (next[other] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
