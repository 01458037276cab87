import { dayMs, minuteMs } from '../core/duration.ts';
import type { LinkActs, UpgradeCall } from '../links/acts.ts';
import type { RedisConnection } from './connection.ts';
import { linkActsKey } from './keys.ts';
import { reaching } from './store-fault.ts';

/** Longer than any link lives, so that what was done once is never done again by the same link. */
const keptMs = 120 * dayMs;
/** Much longer than the two seconds that a server may lose (docs/decisions/0004) and than it is away by then. */
const rememberedMs = 15 * minuteMs;
const upgradeField = 'upgrade';
const doing = 'remember what a link was used for';

/**
 * What people did through links, on Redis: a hash per decision with the time of each act, a mark on those that were told
 * on, and the state of the upgrade call. The calls of the last quarter of an hour are in memory as well, so that a server
 * which has lost its last seconds has none of them made again by this process. `redis` is a `producer` connection. Throws
 * `store_unreachable` when Redis does not answer, and a RangeError for an id that is no decision id: whoever asks has read
 * the decision in the ledger.
 */
export function createLinkActs(redis: RedisConnection): LinkActs {
  const recent = new Map<string, UpgradeCall>();
  const remember = (decisionId: string, call: UpgradeCall, nowMs: number): void => {
    for (const [id, { sinceMs }] of recent) {
      if (nowMs - sinceMs > rememberedMs) {
        recent.delete(id);
      }
    }
    recent.set(decisionId, call);
  };
  const write = (key: string, { sinceMs, state }: UpgradeCall): Promise<unknown> =>
    redis.multi().hset(key, upgradeField, toField(state, sinceMs)).pexpire(key, keptMs).exec();

  return {
    async of(decisionId) {
      const stored = await reaching(doing, () => redis.hgetall(keyOf(decisionId)));
      const done = Object.entries(stored).flatMap(([field, value]) =>
        field === upgradeField || field.endsWith('.told') ? [] : [[field, Number(value)] as const],
      );
      const upgrade = toUpgradeCall(stored[upgradeField]) ?? recent.get(decisionId);
      return { done: new Map(done), upgrade };
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
        const forgotten = recent.get(decisionId);
        const call = forgotten ?? { state: 'calling', sinceMs: nowMs };
        await reaching(doing, () => write(key, call));
        remember(decisionId, call, nowMs);
        return forgotten;
      }
      // Undefined again only when the call that held it failed just now: its answer is not known here.
      const held = await reaching(doing, () => redis.hget(key, upgradeField));
      return toUpgradeCall(held ?? undefined) ?? { state: 'calling', sinceMs: nowMs };
    },

    async settleUpgrade(decisionId, outcome, nowMs) {
      const key = keyOf(decisionId);
      if (outcome === 'failed') {
        recent.delete(decisionId);
        await reaching(doing, () => redis.hdel(key, upgradeField));
        return;
      }
      const call = { state: outcome, sinceMs: nowMs };
      remember(decisionId, call, nowMs);
      await reaching(doing, () => write(key, call));
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
