import type { Redis } from 'ioredis';
import { dayMs } from '../../src/core/duration.ts';
import type { Rules, TriggerRule } from '../workload/rules.ts';
import type { SegmentCall } from '../workload/segment-call.ts';
import { keys } from './keys.ts';

const dedupeSeconds = (7 * dayMs) / 1_000;

/** How often each rule's event happened in the account within its window; undefined: the message was counted before. */
export type Counts = ReadonlyMap<string, number> | undefined;

/**
 * Counts an event for every rule that listens to it, in one round trip: a mark for the message, and per rule a sorted set
 * that is added to, cut to its window, counted and given its expiry. A repeated message changes nothing in any of them.
 */
export function createCountEvent(
  redis: Redis,
  rules: Rules,
): (call: SegmentCall, nowMs: number) => Promise<Counts> {
  const rulesByEvent = new Map<string, TriggerRule[]>();
  for (const rule of rules.triggers) {
    const listening = rulesByEvent.get(rule.counter.eventName) ?? [];
    listening.push(rule);
    rulesByEvent.set(rule.counter.eventName, listening);
  }
  const valueEvent = rules.counters[0]?.eventName;

  return async (call, nowMs) => {
    const { messageId } = call;
    const accountId = call.context.groupId;
    const timeMs = Date.parse(call.timestamp);
    const listening = rulesByEvent.get(call.event) ?? [];
    const pipeline = redis.pipeline();
    pipeline.set(keys.seen(messageId), '1', 'EX', dedupeSeconds, 'NX');
    for (const { id, counter } of listening) {
      const key = keys.rule(id, accountId);
      const windowMs = counter.windowDays * dayMs;
      pipeline.zadd(key, timeMs, messageId);
      pipeline.zremrangebyscore(key, '-inf', nowMs - windowMs);
      pipeline.zcard(key);
      pipeline.expire(key, windowMs / 1_000);
    }
    if (call.event === valueEvent) {
      pipeline.sadd(keys.value(accountId), messageId);
    }
    const answers = (await pipeline.exec()) ?? [];
    const failure = answers.find(([error]) => error !== null)?.[0];
    if (failure !== undefined && failure !== null) {
      throw failure;
    }
    if (answers[0]?.[1] === null) {
      return undefined;
    }
    return new Map(listening.map(({ id }, at) => [id, Number(answers[3 + at * 4]?.[1])]));
  };
}
