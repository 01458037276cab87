import type { PackedReader, PackedWriter } from '../packed.ts';
import type { Seat } from './state.ts';

/** Packs a seat: which of the times are there, then each as its distance from the one before. */
export function packSeat(writer: PackedWriter, seat: Seat): void {
  const times = [seat.firstJoinMs, seat.lastJoinMs, seat.lastLeftMs, seat.namedMs];
  writer.varint(
    times.reduce<number>((bits, timeMs, at) => bits + (timeMs === undefined ? 0 : 2 ** at), 0),
  );
  let beforeMs = 0;
  for (const timeMs of times) {
    if (timeMs !== undefined) {
      writer.zigzag(timeMs - beforeMs);
      beforeMs = timeMs;
    }
  }
  writer.varint(seat.roles.size);
  for (const [role, firstMs] of seat.roles) {
    writer.u32(role);
    writer.zigzag(firstMs - beforeMs);
  }
  writer.varint(seat.countedIn.length);
  for (const id of seat.countedIn) {
    writer.u32(id);
  }
}

/** Reads what `packSeat` wrote. */
export function unpackSeat(reader: PackedReader): Seat {
  const bits = reader.varint();
  let beforeMs = 0;
  const time = (at: number): number | undefined => {
    if ((bits & (2 ** at)) === 0) {
      return undefined;
    }
    beforeMs += reader.zigzag();
    return beforeMs;
  };
  const [firstJoinMs, lastJoinMs, lastLeftMs, namedMs] = [time(0), time(1), time(2), time(3)];
  const roles = new Map<number, number>();
  for (let left = reader.count(); left > 0; left -= 1) {
    roles.set(reader.u32(), beforeMs + reader.zigzag());
  }
  const countedIn = Array.from({ length: reader.count() }, () => reader.u32());
  return { firstJoinMs, lastJoinMs, lastLeftMs, namedMs, roles, countedIn };
}
