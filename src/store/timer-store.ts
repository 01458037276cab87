import { z } from 'zod';
import type { Input } from '../core/input.ts';
import type { RedisConnection } from './connection.ts';
import { reaching } from './store-fault.ts';

/** An input that comes back to its own account at a time. */
export interface Timer {
  readonly input: Input & { readonly kind: 'timer' };
  readonly dueMs: number;
}

/** What waits for its time. By the hub's clock and not the platform's, so that a replay or a test moves it. */
export interface TimerStore {
  /** Sets timers; one that is set already stays as it is. */
  add(timers: readonly Timer[]): Promise<void>;
  /** The timers whose time has come, earliest first, at most `max`. */
  due(nowMs: number, max: number): Promise<readonly Timer[]>;
  remove(ids: readonly string[]): Promise<void>;
  /** Takes a person out of its timers: an e-mail does not follow any more, a prompt still ends. Gives how many there were. */
  forget(userId: string): Promise<number>;
  /** How many are due. */
  countDue(nowMs: number): Promise<number>;
}

const dueKey = '{timers}:due';
const inputsKey = '{timers}:inputs';

const TimerInput = z.object({
  kind: z.literal('timer'),
  what: z.enum(['closes', 'follow_up', 'retires', 'horizon', 'standing']),
  id: z.string(),
  dedupeDay: z.number(),
  receivedMs: z.number(),
  accountId: z.string(),
  userId: z.string(),
  decisionId: z.string(),
});

/** The timers on Redis. Every call throws `store_unreachable` when Redis does not answer. */
export function createTimerStore(redis: RedisConnection): TimerStore {
  return {
    async add(timers) {
      if (timers.length === 0) {
        return;
      }
      // Both or none: a time without its input could never be served, and would be due for ever.
      await reaching('set a timer', () =>
        redis
          .multi()
          .hset(inputsKey, ...timers.flatMap(({ input }) => [input.id, JSON.stringify(input)]))
          .zadd(dueKey, 'NX', ...timers.flatMap(({ dueMs, input }) => [dueMs, input.id]))
          .exec(),
      );
    },

    async due(nowMs, max) {
      const flat = await reaching('look for timers', () =>
        redis.zrangebyscore(dueKey, '-inf', nowMs, 'WITHSCORES', 'LIMIT', 0, max),
      );
      const ids = flat.filter((_, at) => at % 2 === 0);
      if (ids.length === 0) {
        return [];
      }
      const texts = await reaching('read timers', () => redis.hmget(inputsKey, ...ids));
      return texts.flatMap((text, at) =>
        text === null
          ? []
          : [{ input: TimerInput.parse(JSON.parse(text)), dueMs: Number(flat[2 * at + 1]) }],
      );
    },

    async remove(ids) {
      if (ids.length > 0) {
        await reaching('clear timers', () =>
          redis
            .multi()
            .zrem(dueKey, ...ids)
            .hdel(inputsKey, ...ids)
            .exec(),
        );
      }
    },

    async forget(userId) {
      return reaching('take a person out of the timers', async () => {
        let forgotten = 0;
        let cursor = '0';
        do {
          const [next, flat] = await redis.hscan(inputsKey, cursor, 'COUNT', 500);
          for (let at = 1; at < flat.length; at += 2) {
            const input = TimerInput.parse(JSON.parse(flat[at] ?? ''));
            if (input.userId === userId) {
              await (input.what === 'follow_up'
                ? redis.multi().zrem(dueKey, input.id).hdel(inputsKey, input.id).exec()
                : redis.hset(inputsKey, input.id, JSON.stringify({ ...input, userId: '' })));
              forgotten += 1;
            }
          }
          cursor = next;
        } while (cursor !== '0');
        return forgotten;
      });
    },

    async countDue(nowMs) {
      return reaching('count timers', () => redis.zcount(dueKey, '-inf', nowMs));
    },
  };
}
