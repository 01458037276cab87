const secondsBelow = 1e11;
const earliestMs = Date.UTC(2000, 0, 1);
const latestMs = Date.UTC(2100, 0, 1);
const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/**
 * Year, month, day; then T or a space and the time; then a zone. Separators may be missing (basic
 * format), month, day and hour may have one digit, the fraction may follow a comma. Groups: 1-6
 * date and time, 7 fraction, 8 zone.
 */
const iso =
  /^(\d{4})(?:-(\d{1,2})-(\d{1,2})|(\d{2})(\d{2}))(?:[Tt ]\s*(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?\s*(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$/u;
/**
 * HTTP dates and what JavaScript's `Date` prints: `Fri, 20 Nov 2026 10:11:12 GMT`, `Fri Nov 20 2026
 * 10:11:12 GMT+0100 (CET)`.
 */
const worded =
  /^(?:[A-Za-z]{3,9},? )?(?:\d{1,2} [A-Za-z]{3,9}|[A-Za-z]{3,9} \d{1,2},?) \d{4} \d{1,2}:\d{2}(?::\d{2})?( (?:GMT|UTC|Z)?(?:[+-]\d{4})?(?: \([^)]*\))?)?$/u;
const number = /^-?\d+(?:\.\d+)?$/u;

/**
 * Epoch ms of a time as customers send it; undefined when it cannot be read or is outside 2000 to
 * 2099: no product reports those, but zero values of Go and of databases do, and years or durations
 * in the wrong field. A time without a zone is UTC, where `Date` would take the server's zone.
 * Numbers below 1e11 are epoch seconds, others epoch ms, also as text. Digits below the millisecond
 * are cut. The formats are those of real clients (vendors: Segment 5.3).
 */
export function toEpochMs(value: unknown): number | undefined {
  const ms =
    typeof value === 'string'
      ? fromText(value)
      : typeof value === 'number'
        ? fromNumber(value)
        : undefined;
  return ms !== undefined && ms >= earliestMs && ms < latestMs ? ms : undefined;
}

function fromNumber(value: number): number {
  return Math.floor(Math.abs(value) < secondsBelow ? value * 1000 : value);
}

function fromText(text: string): number | undefined {
  return fromCanonical(text) ?? fromOther(text.trim());
}

/**
 * The form of nearly all SDKs, `2026-11-20T10:11:12.345Z`, read without a regular expression: the
 * hot path.
 */
function fromCanonical(text: string): number | undefined {
  if (
    text.length !== 24 ||
    text.charCodeAt(23) !== 90 ||
    text.charCodeAt(10) !== 84 ||
    text.charCodeAt(4) !== 45 ||
    text.charCodeAt(7) !== 45 ||
    text.charCodeAt(13) !== 58 ||
    text.charCodeAt(16) !== 58 ||
    text.charCodeAt(19) !== 46
  ) {
    return undefined;
  }
  return fromParts(
    digits(text, 0, 4),
    digits(text, 5, 7),
    digits(text, 8, 10),
    digits(text, 11, 13),
    digits(text, 14, 16),
    digits(text, 17, 19),
    digits(text, 20, 23),
  );
}

/** NaN when one of the characters is no digit; every comparison with it is then false. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) {
      return Number.NaN;
    }
    value = value * 10 + digit;
  }
  return value;
}

function fromParts(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  milli: number,
): number | undefined {
  const isReal =
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= (monthDays[month - 1] ?? 0) &&
    (month !== 2 || day < 29 || isLeap(year)) &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 60 && // a leap second, 23:59:60, is the next minute
    milli >= 0;
  return isReal ? Date.UTC(year, month - 1, day, hour, minute, second, milli) : undefined;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function fromOther(text: string): number | undefined {
  const parts = iso.exec(text);
  if (parts !== null) {
    const [, year, month, day, basicMonth, basicDay, hour, minute, second, fraction, zone] = parts;
    const local = fromParts(
      Number(year),
      Number(month ?? basicMonth),
      Number(day ?? basicDay),
      Number(hour ?? 0),
      Number(minute ?? 0),
      Number(second ?? 0),
      fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0')),
    );
    return local === undefined ? undefined : local - offsetMs(zone);
  }
  if (number.test(text)) {
    return fromNumber(Number(text));
  }
  const words = worded.exec(text);
  if (words !== null) {
    const ms = Date.parse(words[1] === undefined ? `${text} UTC` : text);
    return Number.isNaN(ms) ? undefined : ms;
  }
  return undefined;
}

function offsetMs(zone: string | undefined): number {
  const sign = zone?.charCodeAt(0);
  if (zone === undefined || (sign !== 43 && sign !== 45)) {
    return 0;
  }
  const minutes =
    digits(zone, 1, 3) * 60 + (zone.length > 3 ? digits(zone, zone.length - 2, zone.length) : 0);
  return (sign === 45 ? -minutes : minutes) * 60_000;
}
