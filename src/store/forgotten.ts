import { z } from 'zod';
import type { ErasureReport } from '../core/person/erasure-report.ts';
import { tombstoneOf } from '../core/person/forgotten.ts';
import type { RedisConnection } from './connection.ts';
import { reaching } from './store-fault.ts';
import { createTurn, type Turn } from './turn.ts';

/** Counts of what was removed, by kind. */
export type Removed = Readonly<Record<string, number>>;

/** A person whose traces are still looked for. */
export interface Erasure {
  readonly userId: string;
  /** Rises with each new wish to forget and each late event: a search that began before proves nothing. */
  readonly wish: number;
  /** E-mail addresses that were known of the person. */
  readonly emails: readonly string[];
}

/** Who is forgotten, for ever and by hash, and whose traces are still looked for, by id, until none is left. */
export interface Forgotten {
  /** Which of these persons are forgotten. */
  among(personIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Forgets persons from now on, durably, and asks for a search for their traces. May be repeated. */
  forget(personIds: readonly string[]): Promise<void>;
  /** Notes an address under which traces may stand. */
  noteEmail(personId: string, email: string): Promise<void>;
  pending(): Promise<readonly Erasure[]>;
  /** Adds to what was removed of a person. */
  count(personId: string, removed: Removed): Promise<void>;
  /** Ends a search that found nothing more. False, and it goes on, when there was a new wish since. */
  finish(erasure: Erasure, nowMs: number): Promise<boolean>;
  report(personId: string): Promise<ErasureReport>;
  /** Who searches. */
  readonly turn: Turn;
}

const goneKey = '{erasure}:gone';
const wishesKey = '{erasure}:wishes';
const emailsKey = '{erasure}:emails';
const turnKey = '{erasure}:lock';
const reportKey = (personId: string): string => `{erasure}:report:${tombstoneOf(personId)}`;
const reportSeconds = 30 * 24 * 3600;

const Emails = z.array(z.string());

/** The forgotten on Redis. `redis` is a `producer` connection. Every call throws `store_unreachable` when Redis does not answer. */
export function createForgotten(redis: RedisConnection): Forgotten {
  return {
    async among(personIds) {
      const ids = [...new Set(personIds)];
      if (ids.length === 0) {
        return new Set();
      }
      const flags = await reaching('look who is forgotten', () =>
        redis.smismember(goneKey, ...ids.map(tombstoneOf)),
      );
      return new Set(ids.filter((_, at) => flags[at] === 1));
    },

    async forget(personIds) {
      const ids = [...new Set(personIds)].filter((id) => id !== '');
      if (ids.length > 0) {
        await reaching('forget a person', async () => {
          const all = redis.multi().sadd(goneKey, ...ids.map(tombstoneOf));
          for (const id of ids) {
            all.hincrby(wishesKey, id, 1);
          }
          await all.exec();
        });
      }
    },

    async noteEmail(personId, email) {
      await reaching('note what to look for', async () => {
        const known = emailsOf(await redis.hget(emailsKey, personId));
        if (!known.includes(email)) {
          await redis.hset(emailsKey, personId, JSON.stringify([...known, email]));
        }
      });
    },

    async pending() {
      return reaching('look who is being forgotten', async () => {
        const wishes = await redis.hgetall(wishesKey);
        const emails = await redis.hgetall(emailsKey);
        return Object.entries(wishes).map(([userId, wish]) => ({
          userId,
          wish: Number(wish),
          emails: emailsOf(emails[userId] ?? null),
        }));
      });
    },

    async count(personId, removed) {
      const key = reportKey(personId);
      await reaching('note what was removed', async () => {
        const all = redis.multi();
        for (const [kind, count] of Object.entries(removed)) {
          all.hincrby(key, kind, count);
        }
        all.expire(key, reportSeconds);
        await all.exec();
      });
    },

    async finish({ userId, wish }, nowMs) {
      return reaching('end a search', async () => {
        const ended = await redis.motisigForgotten(
          wishesKey,
          emailsKey,
          reportKey(userId),
          userId,
          wish,
          nowMs,
          reportSeconds,
        );
        return ended === 1;
      });
    },

    async report(personId) {
      return reaching('read how far an erasure is', async () => {
        const [wish, { doneMs, ...counts }] = await Promise.all([
          redis.hget(wishesKey, personId),
          redis.hgetall(reportKey(personId)),
        ]);
        const removed = Object.fromEntries(
          Object.entries(counts).map(([kind, count]) => [kind, Number(count)]),
        );
        const state = wish !== null ? 'running' : doneMs === undefined ? 'never_asked' : 'done';
        return { state, removed, doneMs: doneMs === undefined ? undefined : Number(doneMs) };
      });
    },
    turn: createTurn(redis, turnKey, 'search for traces'),
  };
}

function emailsOf(text: string | null): readonly string[] {
  return text === null ? [] : Emails.parse(JSON.parse(text));
}
