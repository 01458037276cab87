import { type PackedReader, type PackedWriter, unreadable } from '../packed.ts';
import type { CounterSpec } from '../playbook.ts';
import type { Counter } from './counter.ts';
import { packDistinct, unpackDistinct } from './distinct.ts';
import { packGauge, unpackGauge } from './gauge.ts';
import { packOnce, unpackOnce } from './once.ts';
import { packPace, unpackPace } from './pace.ts';
import { packRatio, unpackRatio } from './ratio.ts';
import { packSeats, unpackSeats } from './seats.ts';
import { packSessions, unpackSessions } from './sessions.ts';
import { trailShapeOf } from './shape.ts';
import { packTally, unpackTally } from './tally-codec.ts';
import { packTrail, unpackTrail } from './trail.ts';
import { packWeekly, unpackWeekly } from './weekly.ts';

/* The packed form of a counter, whatever its kind; which kind it is follows from the spec. */

/** The counter as bytes: the same counter, the same bytes. */
export function encodeCounter(counter: Counter, spec: CounterSpec, writer: PackedWriter): void {
  switch (counter.kind) {
    case 'tally':
      return packTally(writer, counter, spec);
    case 'distinct':
      return packDistinct(writer, counter, spec.windowMs);
    case 'gauge':
      return packGauge(writer, counter);
    case 'once':
      return packOnce(writer, counter);
    case 'sessions':
      return packSessions(writer, counter);
    case 'trail':
      return packTrail(writer, counter);
    case 'weekly':
      return packWeekly(writer, counter);
    case 'ratio':
      return packRatio(writer, counter, spec);
    case 'pace':
      return packPace(writer, counter);
    case 'seats':
      return packSeats(writer, counter);
    default:
      return counter satisfies never;
  }
}

/** Reads what `encodeCounter` wrote for the same spec. `reader` ends with the counter; else Fault('state_unreadable'). */
export function decodeCounter(reader: PackedReader, spec: CounterSpec): Counter {
  const counter = unpack(reader, spec);
  if (!reader.isAtEnd) {
    throw unreadable('holds a counter that is longer than it should be');
  }
  return counter;
}

function unpack(reader: PackedReader, spec: CounterSpec): Counter {
  switch (spec.kind) {
    case 'count':
    case 'sum':
    case 'trend':
      return unpackTally(reader, spec);
    case 'distinct':
      return unpackDistinct(reader, spec.windowMs);
    case 'gauge':
      return unpackGauge(reader);
    case 'first':
    case 'last':
      return unpackOnce(reader);
    case 'sessions':
      return spec.value === undefined
        ? unpackSessions(reader)
        : unpackDistinct(reader, spec.windowMs);
    case 'sequence':
    case 'elapsed':
      return unpackTrail(reader, trailShapeOf(spec).steps.length);
    case 'weekly':
      return unpackWeekly(reader);
    case 'ratio':
      return unpackRatio(reader, spec);
    case 'pace':
      return unpackPace(reader);
    case 'seats':
    case 'roleShare':
      return unpackSeats(reader);
    default:
      return spec.kind satisfies never;
  }
}
