import type { Redis } from 'ioredis';
import { dayMs } from '../../src/core/duration.ts';
import type { Rules } from '../workload/rules.ts';
import type { SegmentCall } from '../workload/segment-call.ts';
import { keys } from './keys.ts';

const capMs = 7 * dayMs;
const decisionSeconds = (90 * dayMs) / 1_000;
const historyMax = 50;

/** What was decided when rules fired. */
export interface OrdinaryDecision {
  readonly decisionId: string;
  readonly accountId: string;
  readonly userId: string;
  readonly decidedMs: number;
  readonly messageId: string;
  readonly fired: readonly string[];
  /** `prompt`, or why not. */
  readonly outcome: 'prompt' | 'value_moment_not_reached' | 'frequency_cap';
}

/**
 * Decides for the rules that hold: those that fired before are left out; if any is left, the value moment and one prompt
 * a week per account and user are checked, and the decision is written. Undefined: nothing fired.
 */
export function createDecide(
  redis: Redis,
  rules: Rules,
): (
  call: SegmentCall,
  holding: readonly string[],
  nowMs: number,
) => Promise<OrdinaryDecision | undefined> {
  return async (call, holding, nowMs) => {
    const accountId = call.context.groupId;
    const fired = await firedFirst(redis, accountId, holding);
    if (fired.length === 0) {
      return undefined;
    }
    const ofAccount = keys.prompts('account', accountId);
    const ofUser = keys.prompts('user', call.userId);
    const answers = await redis
      .pipeline()
      .scard(keys.value(accountId))
      .zcount(ofAccount, nowMs - capMs, '+inf')
      .zcount(ofUser, nowMs - capMs, '+inf')
      .exec();
    const [value = 0, accountPrompts = 0, userPrompts = 0] = (answers ?? []).map(([, answer]) =>
      Number(answer),
    );
    const outcome =
      value < rules.valueAtLeast
        ? 'value_moment_not_reached'
        : accountPrompts + userPrompts > 0
          ? 'frequency_cap'
          : 'prompt';
    const decision: OrdinaryDecision = {
      decisionId: `${accountId}-${call.messageId}`,
      accountId,
      userId: call.userId,
      decidedMs: nowMs,
      messageId: call.messageId,
      fired,
      outcome,
    };
    await write(redis, decision);
    return decision;
  };
}

async function firedFirst(
  redis: Redis,
  accountId: string,
  holding: readonly string[],
): Promise<readonly string[]> {
  if (holding.length === 0) {
    return [];
  }
  const pipeline = redis.pipeline();
  for (const id of holding) {
    pipeline.sadd(keys.fired(accountId), id);
  }
  const added = await pipeline.exec();
  return holding.filter((_, at) => added?.[at]?.[1] === 1);
}

async function write(redis: Redis, decision: OrdinaryDecision): Promise<void> {
  const { decisionId, accountId, userId, decidedMs } = decision;
  const pipeline = redis.pipeline();
  pipeline.set(keys.decision(decisionId), JSON.stringify(decision), 'EX', decisionSeconds);
  pipeline.lpush(keys.history(accountId), decisionId);
  pipeline.ltrim(keys.history(accountId), 0, historyMax - 1);
  if (decision.outcome === 'prompt') {
    for (const key of [keys.prompts('account', accountId), keys.prompts('user', userId)]) {
      pipeline.zadd(key, decidedMs, decisionId);
      pipeline.expire(key, capMs / 1_000);
    }
  }
  await pipeline.exec();
}
