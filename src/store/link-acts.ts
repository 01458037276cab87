import { dayMs } from '../core/duration.ts';
import type { LinkActs, UpgradeCall } from '../links/acts.ts';
import type { RedisConnection } from './connection.ts';
import { linkActsKey } from './keys.ts';
import { reaching } from './store-fault.ts';

/** Longer than any link lives, so that what was done once is never done again by the same link. */
const keptMs = 120 * dayMs;
const upgradeField = 'upgrade';
const doing = 'remember what a link was used for';

/**
 * What people did through links, on Redis: a hash per decision with the time of each act, a mark on those that were told
 * on, and the state of the upgrade call. `redis` is a `producer` connection. Throws `store_unreachable` when Redis does
 * not answer, and a RangeError for an id that is no decision id: whoever asks has read the decision in the ledger.
 */
export function createLinkActs(redis: RedisConnection): LinkActs {
  return {
    async of(decisionId) {
      const stored = await reaching(doing, () => redis.hgetall(keyOf(decisionId)));
      const done = Object.entries(stored).flatMap(([field, value]) =>
        field === upgradeField || field.endsWith('.told') ? [] : [[field, Number(value)] as const],
      );
      return { done: new Map(done), upgrade: toUpgradeCall(stored[upgradeField]) };
    },

    async begin(decisionId, act, nowMs) {
      const key = keyOf(decisionId);
      const answers = await reaching(doing, async () =>
        redis
          .pipeline()
          .hsetnx(key, act, String(nowMs))
          .hmget(key, act, `${act}.told`)
          .pexpire(key, keptMs)
          .exec(),
      );
      for (const [error] of answers ?? []) {
        if (error !== null) {
          return await reaching(doing, () => Promise.reject(error));
        }
      }
      const [, read] = answers ?? [];
      const [time, told] = Array.isArray(read?.[1]) ? read[1] : [];
      return { timeMs: Number(time), isTold: told === '1' };
    },

    async finish(decisionId, act) {
      await reaching(doing, () => redis.hset(keyOf(decisionId), `${act}.told`, '1'));
    },

    async claimUpgrade(decisionId, nowMs) {
      const key = keyOf(decisionId);
      const isOurs = await reaching(doing, () =>
        redis.hsetnx(key, upgradeField, toField('calling', nowMs)),
      );
      if (isOurs === 1) {
        await reaching(doing, () => redis.pexpire(key, keptMs));
        return undefined;
      }
      // Undefined again only when the call that held it failed just now: its answer is not known here.
      const held = await reaching(doing, () => redis.hget(key, upgradeField));
      return toUpgradeCall(held ?? undefined) ?? { state: 'calling', sinceMs: nowMs };
    },

    async settleUpgrade(decisionId, outcome, nowMs) {
      const key = keyOf(decisionId);
      await reaching<unknown>(doing, () =>
        outcome === 'failed'
          ? redis.hdel(key, upgradeField)
          : redis.hset(key, upgradeField, toField(outcome, nowMs)),
      );
    },
  };
}

function keyOf(decisionId: string): string {
  const key = linkActsKey(decisionId);
  if (key === undefined) {
    throw new RangeError('What a link was used for is kept under decision ids only.');
  }
  return key;
}

function toField(state: UpgradeCall['state'], sinceMs: number): string {
  return `${state} ${sinceMs}`;
}

function toUpgradeCall(field: string | undefined): UpgradeCall | undefined {
  const [state, sinceMs] = field?.split(' ') ?? [];
  return state === 'calling' || state === 'done' || state === 'unknown'
    ? { state, sinceMs: Number(sinceMs) }
    : undefined;
}
