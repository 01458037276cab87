import type { RedisConnection } from './connection.ts';
import { reaching } from './store-fault.ts';

/** The right to do something that one process at a time may do. */
export interface Turn {
  /** Takes or keeps the turn for so long, ms above 0; false when another has it. */
  take(holder: string, forMs: number): Promise<boolean>;
  /** Gives it back; nothing happens when another has it by now. */
  end(holder: string): Promise<void>;
}

/** A turn on Redis. `doing` completes "cannot take the turn to ..."; both calls throw `store_unreachable`. */
export function createTurn(redis: RedisConnection, key: string, doing: string): Turn {
  const ask = (holder: string, forMs: number): Promise<number> =>
    reaching(`take the turn to ${doing}`, () => redis.motisigTurn(key, holder, forMs));
  return {
    take: async (holder, forMs) => (await ask(holder, Math.ceil(forMs))) === 1,
    async end(holder) {
      await ask(holder, 0);
    },
  };
}
