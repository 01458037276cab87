import type { FeedbackPoll } from '../core/ports.ts';
import type { RedisConnection } from './connection.ts';
import { reaching } from './store-fault.ts';

/** How far each poll has come. Opaque texts of the polls; nobody else reads them. */
export interface PollCursors {
  read(vendor: FeedbackPoll['vendor']): Promise<string | undefined>;
  /** Resolves when Redis has it. */
  keep(vendor: FeedbackPoll['vendor'], cursor: string): Promise<void>;
}

const key = '{feedback-poll}:cursors';

/** The cursors on Redis: one hash. Every call throws `store_unreachable` when Redis does not answer. */
export function createPollCursors(redis: RedisConnection): PollCursors {
  return {
    async read(vendor) {
      const cursor = await reaching('read how far a poll has come', () => redis.hget(key, vendor));
      return cursor ?? undefined;
    },
    async keep(vendor, cursor) {
      await reaching('keep how far a poll has come', () => redis.hset(key, vendor, cursor));
    },
  };
}
