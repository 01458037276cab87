import type { Redis } from 'ioredis';
import { dayMs } from '../../src/core/duration.ts';
import type { AccountOutput } from '../workload/output.ts';
import type { Rules } from '../workload/rules.ts';
import { keys } from './keys.ts';

/** What the ordinary build has counted and fired, per account. Throws when two rules of one counter disagree. */
export async function ordinaryOutputs(
  redis: Redis,
  rules: Rules,
  accountIds: readonly string[],
  nowMs: number,
): Promise<readonly AccountOutput[]> {
  return Promise.all(
    accountIds.map(async (accountId) => {
      const heights = await Promise.all(
        rules.triggers.map(({ id, counter }) =>
          redis.zcount(keys.rule(id, accountId), `(${nowMs - counter.windowDays * dayMs}`, nowMs),
        ),
      );
      const counts: Record<string, number> = {};
      for (const [at, { counter, id }] of rules.triggers.entries()) {
        const height = heights[at] ?? 0;
        if ((counts[counter.signal] ?? height) !== height) {
          throw new Error(
            `The rules of ${counter.signal} count differently for ${accountId}; ${id} has ${height}.`,
          );
        }
        counts[counter.signal] = height;
      }
      return { accountId, counts, fired: await redis.smembers(keys.fired(accountId)) };
    }),
  );
}
