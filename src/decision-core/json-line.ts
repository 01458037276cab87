/** A line as data, or why it is none. */
export type ReadLine =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'broken'; readonly error: string };

/** Strings, which may hold the words, or the words themselves. */
const stringOrWord = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/gu;

/**
 * Reads one line of JSON. Bare `Infinity` and `NaN`, which JSON does not know but Python writes, are taken as the words
 * "Infinity" and "NaN"; a field then says whether it can be so.
 */
export function readJsonLine(line: string): ReadLine {
  try {
    return { kind: 'value', value: JSON.parse(line) };
  } catch {
    const quoted = line.replace(stringOrWord, (found) =>
      found.startsWith('"') ? found : `"${found}"`,
    );
    return quoted === line
      ? { kind: 'broken', error: 'the line is not JSON; write one object per line' }
      : readJsonLine(quoted);
  }
}
