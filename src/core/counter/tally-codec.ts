import type { PackedReader, PackedWriter } from '../packed.ts';
import type { CounterSpec } from '../playbook.ts';
import { packThousandths, unpackThousandths } from './amount.ts';
import type { Cell } from './cells.ts';
import { packStep, unpackStep } from './step.ts';
import type { Entry, Tally } from './tally.ts';

/*
 * The packed form of a tally: how many entries and whether there are cells, then each as its distance in time from the
 * one before. What the spec makes the same for all (amount 1, no `by`) is not written.
 */

/** Packs a tally. */
export function packTally(writer: PackedWriter, tally: Tally, spec: CounterSpec): void {
  const { recent, cells } = tally;
  writer.varint(recent.length * 2 + (cells.length > 0 ? 1 : 0));
  let beforeMs: number | undefined;
  for (const entry of recent) {
    packStep(writer, beforeMs, entry.timeMs);
    beforeMs = entry.timeMs;
    if (spec.by !== undefined) {
      writer.u32(entry.by);
    }
    if (spec.kind === 'sum') {
      packThousandths(writer, entry.amount);
    }
  }
  if (cells.length > 0) {
    packCells(writer, cells, spec);
  }
}

function packCells(writer: PackedWriter, cells: readonly Cell[], spec: CounterSpec): void {
  writer.varint(cells.length);
  let before: number | undefined;
  for (const cell of cells) {
    packStep(writer, before, cell.bucket);
    before = cell.bucket;
    if (spec.by !== undefined) {
      writer.u32(cell.by);
    }
    writer.varint(cell.positive);
    if (spec.kind === 'sum') {
      writer.varint(cell.negative);
    }
  }
}

/** Reads what `packTally` wrote for the same spec. */
export function unpackTally(reader: PackedReader, spec: CounterSpec): Tally {
  const head = reader.varint();
  const recent: Entry[] = [];
  let timeMs: number | undefined;
  for (let left = Math.floor(head / 2); left > 0; left -= 1) {
    timeMs = unpackStep(reader, timeMs);
    const by = spec.by === undefined ? 0 : reader.u32();
    const amount = spec.kind === 'sum' ? unpackThousandths(reader) : 1;
    recent.push({ timeMs, by, amount });
  }
  return { kind: 'tally', recent, cells: head % 2 === 0 ? [] : unpackCells(reader, spec) };
}

function unpackCells(reader: PackedReader, spec: CounterSpec): readonly Cell[] {
  const cells: Cell[] = [];
  let bucket: number | undefined;
  for (let left = reader.count(); left > 0; left -= 1) {
    bucket = unpackStep(reader, bucket);
    const by = spec.by === undefined ? 0 : reader.u32();
    const positive = reader.varint();
    const negative = spec.kind === 'sum' ? reader.varint() : 0;
    cells.push({ bucket, by, positive, negative });
  }
  return cells;
}
