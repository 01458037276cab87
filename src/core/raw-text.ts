/** Longest text that is surely no more than 32 KB as UTF-8: a UTF-16 unit has at most three bytes. */
const charsMax = Math.floor((32 * 1024) / 3);

/** What came in as it is kept for the operator: text, cut to at most 32 KB of UTF-8. */
export function rawText(value: unknown): string {
  const text = typeof value === 'string' ? value : jsonOf(value);
  return text.slice(0, charsMax).toWellFormed();
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '"nested too deeply to be written"';
  }
}
