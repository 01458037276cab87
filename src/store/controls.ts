import { z } from 'zod';
import type { Controls } from '../core/controls.ts';
import type { Offer } from '../core/playbook.ts';
import type { RedisConnection } from './connection.ts';
import { beginEpoch } from './learning.ts';
import { reaching } from './store-fault.ts';

/** Whether a prompt may leave now. `wait`: the workspace's pace is used up for so long. */
export type Admission =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'wait'; readonly forMs: number }
  | { readonly kind: 'refused'; readonly reason: string };

/** Whom a switch is for: everything, or one offer. */
export type SwitchTarget = { readonly offerId: string } | 'everything';

/** The operator's switches, the offers' budgets and the workspace's pace: the same for every process, in Redis. */
export interface ControlStore {
  /** Stops everything or one offer; works at the next prompt of any worker. */
  stop(target: SwitchTarget, why: string): Promise<void>;
  /** Takes a stop back. False when it was not stopped. */
  resume(target: SwitchTarget): Promise<boolean>;
  /** What is stopped, and which of the offers have spent their budget. */
  read(offers: Iterable<Offer>, nowMs: number): Promise<Controls>;
  /** Asks right before sending. A prompt that was admitted before is admitted again and counts once. */
  admit(prompt: {
    readonly decisionId: string;
    readonly offerId: string;
    readonly budget: Offer['budget'];
    readonly perMinute: number;
    readonly nowMs: number;
  }): Promise<Admission>;
  /** Gives budget and pace back, because the prompt surely reached nobody. */
  giveBack(decisionId: string, offerId: string): Promise<void>;
}

const switchesKey = '{control}:switches';
const paceKey = '{control}:pace';
const budgetKey = (offerId: string): string => `{control}:budget:${offerId}`;

const Answer = z.union([
  z.tuple([z.literal('admitted')]),
  z.tuple([z.literal('spent')]),
  z.tuple([z.enum(['paused', 'stopped']), z.string()]),
  z.tuple([z.literal('wait'), z.coerce.number()]),
]);

/** The controls on Redis. Every call throws `store_unreachable` when Redis does not answer. */
export function createControlStore(redis: RedisConnection): ControlStore {
  return {
    async stop(target, why) {
      await reaching('stop prompts', () => redis.hset(switchesKey, fieldOf(target), why));
    },

    async resume(target) {
      const wasStopped =
        (await reaching('resume prompts', () => redis.hdel(switchesKey, fieldOf(target)))) === 1;
      if (wasStopped && target !== 'everything') {
        // What was held against it is no longer: else the hub would stop it again at once.
        await beginEpoch(redis, target.offerId);
      }
      return wasStopped;
    },

    async read(offers, nowMs) {
      const limited = [...offers].flatMap((offer) =>
        offer.budget === undefined ? [] : [{ id: offer.id, budget: offer.budget }],
      );
      const [switches, used] = await reaching('read the switches', () =>
        Promise.all([
          redis.hgetall(switchesKey),
          Promise.all(
            limited.map(({ id, budget }) =>
              redis.zcount(budgetKey(id), `(${nowMs - budget.withinMs}`, '+inf'),
            ),
          ),
        ]),
      );
      const spent = limited.filter(({ budget }, at) => (used[at] ?? 0) >= budget.max);
      return {
        paused: switches['all'],
        stopped: new Map(
          Object.entries(switches).flatMap(([field, why]) =>
            field.startsWith('offer:') ? [[field.slice('offer:'.length), why]] : [],
          ),
        ),
        spent: new Set(spent.map(({ id }) => id)),
      };
    },

    async admit({ decisionId, offerId, budget, perMinute, nowMs }) {
      const answer = Answer.parse(
        await reaching('let a prompt go', () =>
          redis.motisigAdmit(
            switchesKey,
            paceKey,
            budgetKey(offerId),
            decisionId,
            offerId,
            nowMs,
            perMinute,
            budget?.max ?? 0,
            budget?.withinMs ?? 0,
          ),
        ),
      );
      switch (answer[0]) {
        case 'admitted':
          return { kind: 'admitted' };
        case 'wait':
          return { kind: 'wait', forMs: Math.max(1, answer[1]) };
        case 'spent':
          return { kind: 'refused', reason: 'the budget of the offer is spent' };
        case 'paused':
          return { kind: 'refused', reason: `the hub is paused (${answer[1]})` };
        case 'stopped':
          return { kind: 'refused', reason: `the offer is stopped (${answer[1]})` };
        default:
          return answer satisfies never;
      }
    },

    async giveBack(decisionId, offerId) {
      await reaching('give a slot back', () =>
        Promise.all([redis.zrem(paceKey, decisionId), redis.zrem(budgetKey(offerId), decisionId)]),
      );
    },
  };
}

function fieldOf(target: SwitchTarget): string {
  return target === 'everything' ? 'all' : `offer:${target.offerId}`;
}
