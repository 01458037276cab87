/** Longest id of a user or account, in characters: it becomes part of a key in the store. */
const idCharsMax = 500;
const squareOpen = 91;
const squareClose = 93;

/**
 * There is something in the id field, but it names nobody. A symbol, because every text may be an
 * id.
 */
export const unusable: unique symbol = Symbol('unusable');

/**
 * Reads an id field. Text is trimmed and numbers become text, because PHP and Python clients send
 * numbers. Undefined when absent, null or blank. `unusable`: an array or what looks like one
 * (`[id1,id2]`), an object, a boolean, a number that JSON cannot carry exactly (two users would
 * become one), more than 500 characters, or the unit separator (0x1F), with which the core joins
 * ids.
 */
export function toId(value: unknown): string | undefined | typeof unusable {
  if (typeof value === 'string') {
    return fromText(value);
  }
  if (value === undefined || value === null) {
    return undefined;
  }
  if (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) {
    return String(value);
  }
  return unusable;
}

function fromText(text: string): string | undefined | typeof unusable {
  const id = text.trim();
  if (id === '') {
    return undefined;
  }
  if (
    id.length > idCharsMax ||
    (id.charCodeAt(0) === squareOpen && id.charCodeAt(id.length - 1) === squareClose) ||
    id.includes('\u001f')
  ) {
    return unusable;
  }
  // Half a surrogate pair cannot be written as UTF-8: the id would not be found again under its name.
  return id.isWellFormed() ? id : id.toWellFormed();
}

/** The id, where an unusable one is as good as none. */
export function idOrNone(value: unknown): string | undefined {
  const id = toId(value);
  return id === unusable ? undefined : id;
}
