import { z } from 'zod';
import type { Effect } from '../core/input.ts';
import { partitionCount } from '../core/partition.ts';
import type { RedisConnection } from './connection.ts';
import { outboxKey } from './keys.ts';
import { reaching } from './store-fault.ts';

/** An effect that was committed and not yet handed on. */
export interface OutboxEntry {
  readonly id: string;
  readonly committedMs: number;
  readonly effect: Effect;
}

/** What is committed and waits to be handed on, by partition. Written by the commit script only. */
export interface Outbox {
  /** Gives what waits in a partition page by page; a page may hold an entry of an earlier one again. */
  pages(partition: number): AsyncGenerator<readonly OutboxEntry[]>;
  /** Takes out what was handed on; ids by partition. */
  remove(ids: ReadonlyMap<number, readonly string[]>): Promise<void>;
  /** How many entries wait, over all partitions. */
  waiting(): Promise<number>;
}

const Stored = z.strictObject({
  t: z.number(),
  e: z.custom<Effect>((value) => typeof value === 'object'),
});
const pageSize = 200;

/** The text of an entry in the outbox. */
export function encodeOutboxEntry(effect: Effect, committedMs: number): string {
  return JSON.stringify({ t: committedMs, e: effect });
}

/** The outbox on Redis. Every call throws `store_unreachable` when Redis does not answer. */
export function createOutbox(redis: RedisConnection): Outbox {
  return {
    async *pages(partition) {
      let cursor = '0';
      do {
        const [next, flat] = await reaching('read the outbox', () =>
          redis.hscan(outboxKey(partition), cursor, 'COUNT', pageSize),
        );
        yield entriesOf(flat);
        cursor = next;
      } while (cursor !== '0');
    },

    async remove(ids) {
      await reaching('clear the outbox', () =>
        Promise.all(
          [...ids]
            .filter(([, gone]) => gone.length > 0)
            .map(([partition, gone]) => redis.hdel(outboxKey(partition), ...gone)),
        ),
      );
    },

    async waiting() {
      const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
      const lengths = await reaching('count the outbox', () =>
        Promise.all(partitions.map((partition) => redis.hlen(outboxKey(partition)))),
      );
      return lengths.reduce((sum, length) => sum + length, 0);
    },
  };
}

function entriesOf(flat: readonly string[]): readonly OutboxEntry[] {
  const entries: OutboxEntry[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const id = flat[at];
    const stored = Stored.parse(JSON.parse(flat[at + 1] ?? ''));
    if (id !== undefined) {
      entries.push({ id, committedMs: stored.t, effect: stored.e });
    }
  }
  return entries;
}
