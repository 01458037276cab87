import { PackedReader, PackedWriter, unreadable } from '../packed.ts';
import type { CounterSpec } from '../playbook.ts';
import { type Counter, emptyCounter, mergeCounters } from './counter.ts';
import { decodeCounter, encodeCounter } from './counter-codec.ts';

/*
 * The counters of one account or one user. Enters: bytes, of which nothing is read until a counter is asked for. Leaves:
 * bytes, in which counters that nobody touched are copied as they are. So an event costs the counters it moves, however
 * many the playbook has. Counters that the playbook no longer knows are carried along: a rule that comes back finds its
 * history.
 *
 * Packed: the length of all, then for each counter by rising id: id u32, length, bytes.
 */

interface Held {
  readonly spec: CounterSpec;
  readonly counter: Counter;
}

/** Where a counter is in the table's bytes, with its id and length; or where it would be, without a payload. */
interface Slot {
  readonly start: number;
  readonly end: number;
  readonly payload: Uint8Array | undefined;
}

/** Counters that the playbook no longer knows are kept up to this many. */
export const unknownMax = 64;

/** Immutable, but for what it remembers of its own bytes. */
export class CounterTable {
  /** A table without counters. */
  static readonly empty = new CounterTable(new Uint8Array(0), new Map(), new Map());

  private readonly packed: Uint8Array;
  /** Decoded from `packed` on demand; shared by all tables made of the same bytes. */
  private readonly decoded: Map<number, Counter>;
  /** Newer than `packed`. */
  private readonly changed: ReadonlyMap<number, Held>;

  private constructor(
    packed: Uint8Array,
    decoded: Map<number, Counter>,
    changed: ReadonlyMap<number, Held>,
  ) {
    this.packed = packed;
    this.decoded = decoded;
    this.changed = changed;
  }

  /** Takes what `encode` wrote; keeps a view on the reader's bytes, so these must not change afterwards. */
  static decode(reader: PackedReader): CounterTable {
    const packed = reader.bytes();
    return packed.length === 0
      ? CounterTable.empty
      : new CounterTable(packed, new Map(), new Map());
  }

  /** The counter of a spec; an empty one when it has counted nothing. Corrupt bytes throw Fault('state_unreadable'). */
  get(spec: CounterSpec): Counter {
    const known = this.changed.get(spec.id)?.counter ?? this.decoded.get(spec.id);
    if (known !== undefined) {
      return known;
    }
    const { payload } = slotOf(this.packed, spec.id, 0);
    if (payload === undefined) {
      return emptyCounter(spec);
    }
    const counter = decodeCounter(new PackedReader(payload), spec);
    this.decoded.set(spec.id, counter);
    return counter;
  }

  /** A table with this counter in place of the one before. */
  with(spec: CounterSpec, counter: Counter): CounterTable {
    return new CounterTable(
      this.packed,
      this.decoded,
      new Map(this.changed).set(spec.id, { spec, counter }),
    );
  }

  /** Writes the table. The same counters give the same bytes, whatever way they came about. */
  encode(writer: PackedWriter): void {
    writer.sized(() => this.write(writer));
  }

  /**
   * Both tables as one. Of a counter that no spec names (the playbook no longer knows it) and both hold, one is kept, the
   * same whichever table is asked. Such counters beyond the 64 of the smallest ids are dropped.
   */
  merge(other: CounterTable, specs: readonly CounterSpec[]): CounterTable {
    const known = new Map(specs.map((spec) => [spec.id, spec]));
    const right = payloadsOf(other.bytes());
    const merged = payloadsOf(this.bytes());
    for (const [id, payload] of right) {
      const held = merged.get(id);
      merged.set(id, held === undefined ? payload : mergePayloads(held, payload, known.get(id)));
    }
    return withPayloads(merged).trimmed(new Set(known.keys()));
  }

  /** The table without counters that `known` (ids of the playbook's counters) does not have, but for 64 of them. */
  trimmed(known: ReadonlySet<number>): CounterTable {
    // A slot is at least five bytes long: most tables cannot hold so many at all.
    if (this.packed.length / 5 + this.changed.size <= unknownMax) {
      return this;
    }
    const payloads = payloadsOf(this.bytes());
    const unknown = [...payloads.keys()].filter((id) => !known.has(id));
    if (unknown.length <= unknownMax) {
      return this;
    }
    for (const id of unknown.slice(unknownMax)) {
      payloads.delete(id);
    }
    return withPayloads(payloads);
  }

  /** The slots alone, without their length. */
  private bytes(): Uint8Array {
    const writer = new PackedWriter();
    this.write(writer);
    return writer.finish();
  }

  private write(writer: PackedWriter): void {
    const changed = [...this.changed].toSorted(([left], [right]) => left - right);
    // Untouched slots are copied in whole stretches, not one by one.
    let copied = 0;
    for (const [id, { spec, counter }] of changed) {
      const slot = slotOf(this.packed, id, copied);
      writer.append(this.packed.subarray(copied, slot.start));
      writer.u32(id);
      writer.sized(() => encodeCounter(counter, spec, writer));
      copied = slot.end;
    }
    writer.append(this.packed.subarray(copied));
  }
}

/** Finds the place of a counter, from a slot that starts at `from` on. */
function slotOf(packed: Uint8Array, id: number, from: number): Slot {
  const reader = new PackedReader(packed.subarray(from));
  let before = -1;
  while (!reader.isAtEnd) {
    const start = from + reader.position;
    const found = reader.u32();
    if (found <= before) {
      throw unreadable('holds counters out of order');
    }
    before = found;
    if (found > id) {
      return { start, end: start, payload: undefined };
    }
    if (found === id) {
      const payload = reader.bytes();
      return { start, end: from + reader.position, payload };
    }
    reader.skipBytes();
  }
  return { start: packed.length, end: packed.length, payload: undefined };
}

function payloadsOf(packed: Uint8Array): Map<number, Uint8Array> {
  const payloads = new Map<number, Uint8Array>();
  const reader = new PackedReader(packed);
  while (!reader.isAtEnd) {
    payloads.set(reader.u32(), reader.bytes());
  }
  return payloads;
}

function withPayloads(payloads: ReadonlyMap<number, Uint8Array>): CounterTable {
  const writer = new PackedWriter();
  writer.sized(() => {
    for (const [id, payload] of [...payloads].toSorted(([left], [right]) => left - right)) {
      writer.u32(id);
      writer.bytes(payload);
    }
  });
  return CounterTable.decode(new PackedReader(writer.finish()));
}

function mergePayloads(
  left: Uint8Array,
  right: Uint8Array,
  spec: CounterSpec | undefined,
): Uint8Array {
  if (spec === undefined) {
    return isGreater(left, right) ? left : right;
  }
  const ours = decodeCounter(new PackedReader(left), spec);
  const theirs = decodeCounter(new PackedReader(right), spec);
  const writer = new PackedWriter();
  encodeCounter(mergeCounters(ours, theirs, spec), spec, writer);
  return writer.finish();
}

/** The longer one, or of two as long the one that is greater byte by byte. */
function isGreater(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) {
    return left.length > right.length;
  }
  const differs = left.findIndex((byte, at) => byte !== right[at]);
  return (left[differs] ?? 0) > (right[differs] ?? 0);
}
