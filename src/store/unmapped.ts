import type { RedisConnection } from './connection.ts';
import { reaching } from './store-fault.ts';

/** An event that no rule knows, and how often it came. */
export interface UnmappedEvent {
  /** As a playbook writes it; `''` for all together that came after 500 others. */
  readonly event: string;
  readonly count: number;
}

/** How often events came that no rule knows, over the whole installation. */
export interface UnmappedCounts {
  /** Adds counts by event, all in one call. Beyond 500 names, new ones are counted together. */
  add(counts: ReadonlyMap<string, number>): Promise<void>;
  /** All of them, most frequent first. */
  all(): Promise<readonly UnmappedEvent[]>;
}

const key = '{unmapped}';
const namesMax = 500;
const keptSeconds = 90 * 24 * 60 * 60;

/** The counts on Redis: one hash. Every call throws `store_unreachable` when Redis does not answer. */
export function createUnmappedCounts(redis: RedisConnection): UnmappedCounts {
  return {
    async add(counts) {
      if (counts.size > 0) {
        await reaching('count events that no rule knows', () =>
          redis.motisigUnmapped(key, namesMax, keptSeconds, ...[...counts].flat()),
        );
      }
    },

    async all() {
      const held = await reaching('read the events that no rule knows', () => redis.hgetall(key));
      return Object.entries(held)
        .map(([event, count]): UnmappedEvent => ({ event, count: Number(count) }))
        .toSorted((left, right) => right.count - left.count || (left.event < right.event ? -1 : 1));
    },
  };
}
