import { type PackedReader, type PackedWriter, unreadable } from '../packed.ts';

/*
 * Sums are kept in whole thousandths: floats would give another sum in another order. Positive and negative parts are
 * kept apart, because only sums of one sign stay the same in every order when they reach the largest number.
 */

/** Amounts beyond it count as it. */
const largestAmount = 1e9;

/** A number in thousandths: clamped to +-1e9, rounded half away from zero. */
export function toThousandths(value: number): number {
  const size = Math.round(Math.min(Math.abs(value), largestAmount) * 1_000);
  return value < 0 && size > 0 ? -size : size;
}

/** The sum of two amounts of at least 0, at most 2^53 - 1: from there on it stays, whatever the order. */
export function saturatingSum(left: number, right: number): number {
  return Math.min(left + right, Number.MAX_SAFE_INTEGER);
}

/** Packs an amount in thousandths within +-1e12; most are whole, and those leave their three zeros out. */
export function packThousandths(writer: PackedWriter, amount: number): void {
  writer.zigzag(amount % 1_000 === 0 ? (amount / 1_000) * 2 : amount * 2 + 1);
}

/** Reads what `packThousandths` wrote. */
export function unpackThousandths(reader: PackedReader): number {
  const packed = reader.zigzag();
  const amount = packed % 2 === 0 ? (packed / 2) * 1_000 : (packed - 1) / 2;
  if (Math.abs(amount) > largestAmount * 1_000) {
    throw unreadable('holds an amount above the largest');
  }
  return amount;
}
