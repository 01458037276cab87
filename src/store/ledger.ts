import { z } from 'zod';
import type { DecisionRecord } from '../core/decision/record.ts';
import { partitionOf } from '../core/partition.ts';
import type { Ledger } from '../core/ports.ts';
import type { RedisConnection } from './connection.ts';
import { historyKey, ledgerKey } from './keys.ts';
import { reaching } from './store-fault.ts';

const Claim = z.enum(['claimed', 'reclaimed', 'settled', 'busy', 'missing']);
const State = z.enum(['queued', 'claimed', 'sent', 'refused', 'expired', 'unknown']);
const Entry = z.object({
  state: State,
  attempts: z.coerce.number(),
  vendorId: z.string().optional(),
  reason: z.string().optional(),
  changedMs: z.coerce.number(),
  record: z.string(),
});

/**
 * The send ledger on Redis. `redis` is a `producer` connection. An id that is no decision id is `missing` everywhere. A
 * `claim` by the holder itself answers `claimed` and sets the lease anew, longer or shorter: so a worker that got no
 * answer gives its claim a short lease and lets the next attempt find it `reclaimed`. Throws `store_unreachable` when
 * Redis does not answer.
 */
export function createLedger(redis: RedisConnection): Ledger {
  return {
    async claim(decisionId, claim, nowMs, leaseMs) {
      const key = ledgerKey(decisionId);
      return key === undefined
        ? 'missing'
        : Claim.parse(
            await reaching('claim a prompt', () => redis.motisigClaim(key, claim, nowMs, leaseMs)),
          );
    },

    async release(decisionId, claim, nowMs) {
      const key = ledgerKey(decisionId);
      return (
        key !== undefined &&
        (await reaching('give a claim back', () => redis.motisigRelease(key, claim, nowMs))) === 1
      );
    },

    async settle(decisionId, claim, state, detail, nowMs) {
      const key = ledgerKey(decisionId);
      const fields = Object.entries(detail).flat();
      return (
        key !== undefined &&
        (await reaching('write down what became of a prompt', () =>
          redis.motisigSettle(key, claim, nowMs, state, ...fields),
        )) === 1
      );
    },

    async withdraw(decisionId, reason, nowMs) {
      const key = ledgerKey(decisionId);
      return (
        key !== undefined &&
        (await reaching('take a prompt back', () => redis.motisigWithdraw(key, reason, nowMs))) ===
          1
      );
    },

    async read(decisionId) {
      const key = ledgerKey(decisionId);
      const stored =
        key === undefined ? {} : await reaching('read a decision', () => redis.hgetall(key));
      if (Object.keys(stored).length === 0) {
        return undefined;
      }
      const { record, state, attempts, vendorId, reason, changedMs } = Entry.parse(stored);
      return { record: toRecord(record), state, attempts, vendorId, reason, changedMs };
    },

    async newestOf(accountId) {
      const unit = { kind: 'account', id: accountId } as const;
      const key = historyKey(partitionOf(unit), unit);
      return reaching('read the decisions of an account', () => redis.lrange(key, 0, -1));
    },
  };
}

function toRecord(text: string): DecisionRecord {
  return z
    .custom<DecisionRecord>((value) => typeof value === 'object' && value !== null)
    .parse(JSON.parse(text));
}
