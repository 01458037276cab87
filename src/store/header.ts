import { Fault } from '../core/fault.ts';

/** How many inputs of one dedupe day were counted in a unit, and the day until whose start their sets surely live. */
export interface DedupeDay {
  readonly day: number;
  readonly count: number;
  readonly expiresDay: number;
}

/** A stored state, taken apart. `bytes` is a view of the stored value, not a copy. */
export interface StoredState {
  readonly version: number;
  readonly days: readonly DedupeDay[];
  readonly bytes: Uint8Array;
}

/** The header of a state that does not exist yet. */
export const noDays: readonly DedupeDay[] = [];

/**
 * Puts the store's header before a unit's state: version (u32), number of dedupe days, and for each day (u16), expiry day
 * (u16) and count; numbers without a width are LEB128. Days are days since 1970, 0 to 65,535.
 */
export function encodeState(
  version: number,
  days: readonly DedupeDay[],
  bytes: Uint8Array,
): Buffer {
  let length = 4 + varintLength(days.length) + days.length * 4;
  for (const { count } of days) {
    length += varintLength(count);
  }
  const stored = Buffer.allocUnsafe(length + bytes.length);
  let at = stored.writeUInt32LE(version, 0);
  at = writeVarint(stored, at, days.length);
  for (const { day, expiresDay, count } of days) {
    at = stored.writeUInt16LE(day, at);
    at = stored.writeUInt16LE(expiresDay, at);
    at = writeVarint(stored, at, count);
  }
  stored.set(bytes, at);
  return stored;
}

/** Undoes `encodeState`. Throws `state_unreadable` when the value is cut short; `key` is named in the message's stead. */
export function decodeState(stored: Buffer): StoredState {
  try {
    const version = stored.readUInt32LE(0);
    const length = readVarint(stored, 4);
    let at = length.next;
    const days: DedupeDay[] = [];
    for (let left = length.value; left > 0; left -= 1) {
      const day = stored.readUInt16LE(at);
      const expiresDay = stored.readUInt16LE(at + 2);
      const count = readVarint(stored, at + 4);
      days.push({ day, expiresDay, count: count.value });
      at = count.next;
    }
    return { version, days, bytes: stored.subarray(at) };
  } catch (error) {
    throw new Fault(
      'state_unreadable',
      'never',
      `A stored state of ${stored.length} bytes has a broken header; restore Redis from a backup or delete that key.`,
      error,
    );
  }
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) {
    length += 1;
  }
  return length;
}

function writeVarint(into: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) {
    at = into.writeUInt8((rest % 128) + 128, at);
  }
  return into.writeUInt8(rest, at);
}

function readVarint(
  from: Buffer,
  start: number,
): { readonly value: number; readonly next: number } {
  let value = 0;
  let scale = 1;
  for (let at = start; ; at += 1, scale *= 128) {
    const byte = from.readUInt8(at);
    value += (byte % 128) * scale;
    if (byte < 128) {
      return { value, next: at + 1 };
    }
  }
}
