import { partitionCount, partitionOf } from '../core/partition.ts';
import type { RedisConnection } from './connection.ts';
import { crmDueKey, crmTakenKey } from './keys.ts';
import { reaching } from './store-fault.ts';

/** An account that this caller alone may tell the CRM of, until the lease ends. */
export interface TakenAccount {
  readonly accountId: string;
  readonly leaseUntilMs: number;
}

/** Which accounts the CRM is to be told of, and when. An account stands once, however often it was marked. */
export interface CrmQueue {
  /** Has these accounts told of at `dueMs`, or earlier where they were to be anyway. */
  mark(accountIds: readonly string[], dueMs: number): Promise<void>;
  /** Takes at most `max` accounts that are due. A lease that ends without a finish makes its account due again. */
  take(max: number, nowMs: number, leaseMs: number): Promise<readonly TakenAccount[]>;
  /**
   * Accounts that wait or are being told of, how many of them are due at `nowMs`, and when the first of them is or was due
   * (epoch ms).
   */
  waiting(nowMs: number): Promise<{
    readonly accounts: number;
    readonly due: number;
    readonly firstDueMs: number | undefined;
  }>;
}

/** The queue on Redis, two sorted sets per partition. Every call throws `store_unreachable` when Redis does not answer. */
export function createCrmQueue(redis: RedisConnection): CrmQueue {
  let nextPartition = 0;

  const dueCounts = (nowMs: number): Promise<readonly number[]> =>
    Promise.all(
      partitions.map(
        async (partition) =>
          (await redis.zcount(crmDueKey(partition), '-inf', nowMs)) +
          (await redis.zcount(crmTakenKey(partition), '-inf', nowMs)),
      ),
    );

  return {
    async mark(accountIds, dueMs) {
      const byPartition = Map.groupBy(accountIds, accountPartition);
      await reaching('note whom the CRM is to be told of', () =>
        Promise.all(
          [...byPartition].map(([partition, ids]) =>
            redis.zadd(crmDueKey(partition), 'LT', ...ids.flatMap((id) => [dueMs, id])),
          ),
        ),
      );
    },

    async take(max, nowMs, leaseMs) {
      const leaseUntilMs = nowMs + leaseMs;
      return reaching('look whom the CRM is to be told of', async () => {
        const counts = await dueCounts(nowMs);
        const taken: TakenAccount[] = [];
        // Begins behind the partition where the last call ended, so that a full one does not starve the others.
        for (let step = 0; step < partitionCount && taken.length < max; step += 1) {
          const partition = (nextPartition + step) % partitionCount;
          if ((counts[partition] ?? 0) > 0) {
            const ids = await redis.motisigCrmTake(
              crmDueKey(partition),
              crmTakenKey(partition),
              nowMs,
              leaseUntilMs,
              max - taken.length,
            );
            taken.push(...ids.map((accountId) => ({ accountId, leaseUntilMs })));
          }
        }
        nextPartition = (nextPartition + 1) % partitionCount;
        return taken;
      });
    },

    async waiting(nowMs) {
      return reaching('look whom the CRM is to be told of', async () => {
        const looked = await Promise.all(
          partitions.map(async (partition) => {
            const [accounts, taken, due, first] = await Promise.all([
              redis.zcard(crmDueKey(partition)),
              redis.zcard(crmTakenKey(partition)),
              redis.zcount(crmDueKey(partition), '-inf', nowMs),
              redis.zrange(crmDueKey(partition), '0', '0', 'WITHSCORES'),
            ]);
            const firstDueMs = Number(first[1] ?? Number.NaN);
            return { accounts: accounts + taken, due: due + taken, firstDueMs };
          }),
        );
        const firsts = looked.flatMap(({ firstDueMs }) =>
          Number.isNaN(firstDueMs) ? [] : [firstDueMs],
        );
        return {
          accounts: looked.reduce((sum, { accounts }) => sum + accounts, 0),
          due: looked.reduce((sum, one) => sum + one.due, 0),
          firstDueMs: firsts.length === 0 ? undefined : Math.min(...firsts),
        };
      });
    },
  };
}

const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);

function accountPartition(accountId: string): number {
  return partitionOf({ kind: 'account', id: accountId });
}
