import { type PackedReader, type PackedWriter, unreadable } from '../packed.ts';

/** Packs an integer of a falling row: the first as it is, the others as the step down from the one before. */
export function packStep(writer: PackedWriter, before: number | undefined, value: number): void {
  if (before === undefined) {
    writer.zigzag(value);
  } else {
    writer.varint(before - value);
  }
}

/** Reads what `packStep` wrote. */
export function unpackStep(reader: PackedReader, before: number | undefined): number {
  const value = before === undefined ? reader.zigzag() : before - reader.varint();
  if (!Number.isSafeInteger(value)) {
    throw unreadable('holds a time that no event can have');
  }
  return value;
}
