import { Fault } from './fault.ts';

/*
 * The bytes in which states are kept. Enters: numbers and strings in a fixed order. Leaves: bytes without names or types,
 * so a reader asks in the same order. Always holds: the same values give the same bytes on every machine; bytes that end
 * too early or hold an impossible number throw Fault('state_unreadable') and never give a wrong value silently.
 */

const encoder = new TextEncoder();
// Fatal, and with its byte order mark kept: a text comes back as it was, or not at all.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
// One place to turn a float into bytes; used and left within one call.
const floatBytes = new Uint8Array(8);
const floatView = new DataView(floatBytes.buffer);
/** What the eighth and last byte of a varint counts for; it holds the highest four of 53 bits. */
const lastWeight = 2 ** 49;

/** Writes values one after another. Numbers out of range are a mistake of the program and throw a RangeError. */
export class PackedWriter {
  private buffer: Uint8Array;
  private length = 0;

  /** `capacity`: bytes to begin with; it grows by itself. */
  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
  }

  /** An integer from 0 to 2^53 - 1, seven bits a byte: 1 byte below 128, 4 below 2^28, 6 for a time in ms. */
  varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`A varint holds an integer from 0 to 2^53 - 1, not ${value}.`);
    }
    this.reserve(8);
    let rest = value;
    // Bit operations see 32 bits only, so the high part of a large number is divided off.
    while (rest > 0x7fffffff) {
      this.buffer[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.buffer[this.length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  /** An integer from -(2^53 - 1) to 2^53 - 1; small ones of either sign take one byte. */
  zigzag(value: number): void {
    if (!Number.isSafeInteger(value)) {
      throw new RangeError(`A zigzag holds an integer from -(2^53 - 1) to 2^53 - 1, not ${value}.`);
    }
    // Sign and six bits in the first byte, so that doubling never leaves the safe integers.
    const size = Math.abs(value);
    const first = (value < 0 ? 1 : 0) | ((size % 64) << 1);
    const rest = Math.floor(size / 64);
    this.byte(rest === 0 ? first : first | 128);
    if (rest !== 0) {
      this.varint(rest);
    }
  }

  /** An integer from 0 to 2^32 - 1, always four bytes: for hashes, which have no small values. */
  u32(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
      throw new RangeError(`A u32 holds an integer from 0 to 2^32 - 1, not ${value}.`);
    }
    this.reserve(4);
    this.buffer[this.length++] = value & 255;
    this.buffer[this.length++] = (value >>> 8) & 255;
    this.buffer[this.length++] = (value >>> 16) & 255;
    this.buffer[this.length++] = value >>> 24;
  }

  /** Any number, eight bytes. */
  f64(value: number): void {
    floatView.setFloat64(0, value, true);
    this.append(floatBytes);
  }

  /** Any number; integers (most amounts and limits) take two to nine bytes, others nine. Minus zero comes back as zero. */
  number(value: number): void {
    if (Number.isSafeInteger(value)) {
      this.byte(0);
      this.zigzag(value);
    } else {
      this.byte(1);
      this.f64(value);
    }
  }

  /** A text as UTF-8 with its length before it. Half a surrogate pair comes back as U+FFFD. */
  string(text: string): void {
    this.bytes(encoder.encode(text));
  }

  /** Bytes with their length before them. */
  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.append(bytes);
  }

  /** What `write` writes to this writer, with its length before it: read by `bytes`. Spares a writer for the part. */
  sized(write: () => void): void {
    const start = this.length;
    write();
    const end = this.length;
    // The length is known only now: it is written behind the part, and the two change places.
    this.varint(end - start);
    const head = this.buffer.slice(end, this.length);
    this.buffer.copyWithin(start + head.length, start, end);
    this.buffer.set(head, start);
  }

  /** Bytes as they are: the reader has to know how many. */
  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** All that was written, as bytes of their own. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  private byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) {
      return;
    }
    const larger = new Uint8Array(Math.max(2 * this.buffer.length, this.length + more));
    larger.set(this.buffer.subarray(0, this.length));
    this.buffer = larger;
  }
}

/**
 * Reads what a PackedWriter wrote, in the same order. Every read throws Fault('state_unreadable') when the bytes end too
 * early or hold what no writer writes.
 */
export class PackedReader {
  private readonly buffer: Uint8Array;
  private at = 0;

  constructor(buffer: Uint8Array) {
    this.buffer = buffer;
  }

  /** Whether all bytes were read. */
  get isAtEnd(): boolean {
    return this.at === this.buffer.length;
  }

  /** How many bytes were read so far. */
  get position(): number {
    return this.at;
  }

  varint(): number {
    let byte = this.byte();
    let value = byte & 127;
    let weight = 128;
    while (byte > 127) {
      byte = this.byte();
      const group = byte & 127;
      if (weight > lastWeight || (weight === lastWeight && group > 15)) {
        throw unreadable('holds a number above 2^53');
      }
      value += group * weight;
      weight *= 128;
    }
    return value;
  }

  /** A varint that says how many items follow, each of one byte or more: a corrupt one never asks for endless memory. */
  count(): number {
    const count = this.varint();
    if (count > this.buffer.length - this.at) {
      throw unreadable('announces more items than it has bytes');
    }
    return count;
  }

  zigzag(): number {
    const first = this.byte();
    const low = (first >>> 1) & 63;
    const size = first > 127 ? this.varint() * 64 + low : low;
    if (!Number.isSafeInteger(size)) {
      throw unreadable('holds a number above 2^53');
    }
    // Not `-size` alone: minus zero would differ from the zero that was written.
    return (first & 1) === 1 && size !== 0 ? -size : size;
  }

  u32(): number {
    return this.byte() + this.byte() * 0x100 + this.byte() * 0x10000 + this.byte() * 0x1000000;
  }

  f64(): number {
    floatBytes.set(this.take(8));
    return floatView.getFloat64(0, true);
  }

  number(): number {
    switch (this.byte()) {
      case 0:
        return this.zigzag();
      case 1:
        return this.f64();
      default:
        throw unreadable('holds a number of an unknown form');
    }
  }

  string(): string {
    const bytes = this.bytes();
    try {
      return decoder.decode(bytes);
    } catch (error) {
      throw unreadable('holds a text that is not UTF-8', error);
    }
  }

  /** Bytes with their length before them: a view on the reader's buffer, not a copy. */
  bytes(): Uint8Array {
    return this.take(this.varint());
  }

  /** Goes past bytes with their length before them. */
  skipBytes(): void {
    this.advance(this.varint());
  }

  private byte(): number {
    const byte = this.buffer[this.at];
    if (byte === undefined) {
      throw unreadable('ends too early');
    }
    this.at += 1;
    return byte;
  }

  private take(length: number): Uint8Array {
    this.advance(length);
    return this.buffer.subarray(this.at - length, this.at);
  }

  private advance(length: number): void {
    if (length > this.buffer.length - this.at) {
      throw unreadable('ends too early');
    }
    this.at += length;
  }
}

/** The fault of bytes that no writer of this version wrote. `what` completes "A stored state ...". */
export function unreadable(what: string, cause?: unknown): Fault {
  return new Fault(
    'state_unreadable',
    'never',
    `A stored state ${what}, so it cannot be read; restore it from a backup or erase that account.`,
    cause,
  );
}
