import { type PackedReader, type PackedWriter, unreadable } from '../packed.ts';
import type { CounterSpec } from '../playbook.ts';
import type { Sample } from './sample.ts';

/* The first or the last of a signal by event time, with the value it carried. */

/** What a counter of the first or last time holds; undefined: it never happened. */
export interface Once {
  readonly kind: 'once';
  readonly held: Occurrence | undefined;
}

/** One time that it happened. */
export interface Occurrence {
  readonly timeMs: number;
  readonly tie: number;
  readonly value: string | number | undefined;
}

const forms = ['undefined', 'number', 'string'] as const;

/** It never happened. */
export const neverOnce: Once = { kind: 'once', held: undefined };

/** What a sample offers to remember; undefined when the counter remembers a value and the sample has none. */
export function occurrenceOf(spec: CounterSpec, sample: Sample): Occurrence | undefined {
  const { timeMs, tie, value } = sample;
  if (spec.value === undefined) {
    return { timeMs, tie, value: undefined };
  }
  if (value === undefined || value === '' || Number.isNaN(value)) {
    return undefined;
  }
  return { timeMs, tie, value: typeof value === 'string' ? value.toWellFormed() : value + 0 };
}

/** Keeps the earlier of two for `first`, the later for `last`. Gives the same counter when it keeps what it has. */
export function addOnce(once: Once, spec: CounterSpec, occurrence: Occurrence): Once {
  const { held } = once;
  if (held === undefined) {
    return { kind: 'once', held: occurrence };
  }
  const step = occurrence.timeMs - held.timeMs || occurrence.tie - held.tie;
  const isBetter = spec.kind === 'first' ? step < 0 : step > 0;
  return isBetter ? { kind: 'once', held: occurrence } : once;
}

/** Two histories as one. */
export function mergeOnce(left: Once, right: Once, spec: CounterSpec): Once {
  return right.held === undefined ? left : addOnce(left, spec, right.held);
}

/** Packs a first or a last. */
export function packOnce(writer: PackedWriter, once: Once): void {
  const { held } = once;
  writer.varint(held === undefined ? 0 : 1);
  if (held === undefined) {
    return;
  }
  const { timeMs, tie, value } = held;
  writer.zigzag(timeMs);
  writer.varint(tie);
  if (value === undefined) {
    writer.varint(forms.indexOf('undefined'));
  } else if (typeof value === 'number') {
    writer.varint(forms.indexOf('number'));
    writer.number(value);
  } else {
    writer.varint(forms.indexOf('string'));
    writer.string(value);
  }
}

/** Reads what `packOnce` wrote. */
export function unpackOnce(reader: PackedReader): Once {
  if (reader.varint() === 0) {
    return neverOnce;
  }
  const timeMs = reader.zigzag();
  const tie = reader.varint();
  return { kind: 'once', held: { timeMs, tie, value: unpackValue(reader) } };
}

function unpackValue(reader: PackedReader): string | number | undefined {
  const form = forms[reader.varint()];
  switch (form) {
    case 'undefined':
      return undefined;
    case 'number':
      return reader.number();
    case 'string':
      return reader.string();
    default:
      throw unreadable('holds a value of an unknown form');
  }
}
