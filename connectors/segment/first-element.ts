const quote = 34;
const backslash = 92;
const comma = 44;
const squareOpen = 91;
const squareClose = 93;
const curlyOpen = 123;
const curlyClose = 125;

/** The bytes of an array's first element as they came, and whether it is the only one. */
export interface FirstElement {
  readonly bytes: Buffer;
  readonly isOnly: boolean;
}

/**
 * Cuts the first element out of the JSON text of an array without parsing the rest, because a
 * signature may cover only it. Undefined when the text is no array, is empty or ends too early.
 * What the element holds is not checked.
 */
export function firstElementOf(body: Buffer): FirstElement | undefined {
  const open = skipSpace(body, hasByteOrderMark(body) ? 3 : 0);
  if (body[open] !== squareOpen) {
    return undefined;
  }
  const from = skipSpace(body, open + 1);
  let depth = 0;
  let isText = false;
  for (let at = from; at < body.length; at += 1) {
    const byte = body[at];
    if (isText) {
      if (byte === backslash) {
        at += 1;
      } else if (byte === quote) {
        isText = false;
      }
    } else if (byte === quote) {
      isText = true;
    } else if (byte === curlyOpen || byte === squareOpen) {
      depth += 1;
    } else if (depth > 0 && (byte === curlyClose || byte === squareClose)) {
      depth -= 1;
    } else if (depth === 0 && (byte === comma || byte === squareClose)) {
      const bytes = body.subarray(from, backOverSpace(body, at));
      return bytes.length === 0 ? undefined : { bytes, isOnly: byte === squareClose };
    }
  }
  return undefined;
}

function hasByteOrderMark(body: Buffer): boolean {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}

function skipSpace(body: Buffer, from: number): number {
  let at = from;
  while (isSpace(body[at])) {
    at += 1;
  }
  return at;
}

function backOverSpace(body: Buffer, to: number): number {
  let at = to;
  while (isSpace(body[at - 1])) {
    at -= 1;
  }
  return at;
}
