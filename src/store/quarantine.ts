import { z } from 'zod';
import type { Quarantined } from '../core/ports.ts';
import type { RedisConnection } from './connection.ts';
import type { Forgotten } from './forgotten.ts';
import { reaching } from './store-fault.ts';

/** A kept call with the id under which it is kept: newer ids are greater. */
export interface KeptCall extends Quarantined {
  readonly id: string;
}

/** Calls that could not be understood or processed, kept for the operator. */
export interface Quarantine {
  /** Keeps them all, durably; resolves only then. Beyond about 10,000 the oldest go. */
  add(entries: readonly Quarantined[]): Promise<void>;
  /** Newest first, at most `limit`, older than the entry `before` when given. */
  newest(limit: number, before?: string): Promise<readonly KeptCall[]>;
  /** Forgets the calls of a person, and those that name the person or one of these addresses. Gives how many there were. */
  removeOf(userId: string, emails?: readonly string[]): Promise<number>;
}

const key = '{quarantine}';
const keptMax = 10_000;
const pageSize = 500;

const Stored = z.object({
  reason: z.string(),
  message: z.string(),
  door: z.string(),
  receivedMs: z.coerce.number(),
  userId: z.string().optional(),
  raw: z.string(),
});

/** The quarantine on Redis: one stream, which keeps nothing of those who are forgotten. Every call throws `store_unreachable` when Redis does not answer. */
export function createQuarantine(
  redis: RedisConnection,
  forgotten?: Pick<Forgotten, 'among'>,
): Quarantine {
  return {
    async add(given) {
      const gone = await forgotten?.among(given.flatMap(({ userId }) => userId ?? []));
      const entries = given.filter(
        ({ userId }) => userId === undefined || gone?.has(userId) !== true,
      );
      if (entries.length === 0) {
        return;
      }
      await reaching('keep a call that it does not understand', async () => {
        const pipeline = redis.pipeline();
        for (const { reason, message, door, receivedMs, userId, raw } of entries) {
          const whose = userId === undefined ? [] : ['userId', userId];
          const fields = [
            'reason',
            reason,
            'message',
            message,
            'door',
            door,
            'receivedMs',
            receivedMs,
            'raw',
            raw,
          ];
          pipeline.xadd(key, 'MAXLEN', '~', keptMax, '*', ...fields, ...whose);
        }
        for (const [error] of (await pipeline.exec()) ?? []) {
          if (error !== null) {
            throw error;
          }
        }
      });
    },

    async newest(limit, before) {
      const from = before === undefined ? '+' : `(${before}`;
      const found = await reaching('read the quarantine', () =>
        redis.xrevrange(key, from, '-', 'COUNT', limit),
      );
      return found.map(toKept);
    },

    async removeOf(userId, emails = []) {
      const named = JSON.stringify(userId);
      const isTheirs = ({ userId: whose, raw }: Quarantined): boolean =>
        whose === userId || raw.includes(named) || emails.some((email) => raw.includes(email));
      return reaching('forget the calls of a person', async () => {
        let removed = 0;
        let from = '-';
        for (;;) {
          const page = (await redis.xrange(key, from, '+', 'COUNT', pageSize)).map(toKept);
          const theirs = page.filter(isTheirs).map(({ id }) => id);
          removed += theirs.length === 0 ? 0 : await redis.xdel(key, ...theirs);
          const last = page.at(-1);
          if (page.length < pageSize || last === undefined) {
            return removed;
          }
          from = `(${last.id}`;
        }
      });
    },
  };
}

function toKept([id, flat]: readonly [string, readonly string[]]): KeptCall {
  const fields: Record<string, string> = {};
  for (let at = 0; at + 1 < flat.length; at += 2) {
    fields[flat[at] ?? ''] = flat[at + 1] ?? '';
  }
  const stored = Stored.parse(fields);
  return { ...stored, userId: stored.userId, id };
}
