import type { Scalar } from './event/event.ts';
import { Fault } from './fault.ts';
import type { PackedReader, PackedWriter } from './packed.ts';

const kinds = ['string', 'number', 'boolean'] as const;

/** Packs a string, number or boolean. */
export function packScalar(writer: PackedWriter, value: Scalar): void {
  if (typeof value === 'string') {
    writer.varint(kinds.indexOf('string'));
    writer.string(value);
  } else if (typeof value === 'number') {
    writer.varint(kinds.indexOf('number'));
    writer.f64(value);
  } else {
    writer.varint(kinds.indexOf('boolean'));
    writer.varint(value ? 1 : 0);
  }
}

/** Reads what `packScalar` wrote. */
export function unpackScalar(reader: PackedReader): Scalar {
  const kind = kinds[reader.varint()];
  switch (kind) {
    case 'string':
      return reader.string();
    case 'number':
      return reader.f64();
    case 'boolean':
      return reader.varint() === 1;
    case undefined:
      throw new Fault(
        'state_unreadable',
        'never',
        'A stored value is of a kind that this version does not know.',
      );
    default:
      return kind satisfies never;
  }
}

/** Packs named scalars, ordered by name. */
export function packScalars(writer: PackedWriter, values: Readonly<Record<string, Scalar>>): void {
  const names = Object.keys(values).toSorted();
  writer.varint(names.length);
  for (const name of names) {
    const value = values[name];
    if (value !== undefined) {
      writer.string(name);
      packScalar(writer, value);
    }
  }
}

/** Reads what `packScalars` wrote. */
export function unpackScalars(reader: PackedReader): Readonly<Record<string, Scalar>> {
  const entries = Array.from(
    { length: reader.varint() },
    () => [reader.string(), unpackScalar(reader)] as const,
  );
  return Object.fromEntries(entries);
}

/** Packs a value, or that there is none. */
export function packOptional<Value>(
  writer: PackedWriter,
  value: Value | undefined,
  pack: (value: Value) => void,
): void {
  writer.varint(value === undefined ? 0 : 1);
  if (value !== undefined) {
    pack(value);
  }
}

/** Reads what `packOptional` wrote. */
export function unpackOptional<Value>(
  reader: PackedReader,
  unpack: () => Value,
): Value | undefined {
  return reader.varint() === 0 ? undefined : unpack();
}
