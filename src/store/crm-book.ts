import { z } from 'zod';
import { dayMs } from '../core/duration.ts';
import { partitionCount, partitionOf } from '../core/partition.ts';
import type { CrmHold, CrmNewsKind } from '../core/ports.ts';
import type { RedisConnection } from './connection.ts';
import type { TakenAccount } from './crm-queue.ts';
import { crmDueKey, crmKnownKey, crmRecordKey, crmTakenKey } from './keys.ts';
import { reaching } from './store-fault.ts';
import { createTurn, type Turn } from './turn.ts';

/** How an account stands with the CRM. */
export type CrmStanding = 'written' | 'absent' | 'ambiguous' | 'removed' | 'refused';

/** What the CRM was last told of an account. */
export interface CrmRecord {
  readonly recordId: string | undefined;
  /** The version of the state that was told last; -1: none. */
  readonly version: number;
  /** Fingerprints of the values that the CRM confirmed; undefined: unknown, so everything is written. */
  readonly prints: string | undefined;
  /** When values were last confirmed, and when the CRM was last asked at all; epoch ms. */
  readonly writtenMs: number;
  readonly triedMs: number;
  readonly standing: CrmStanding | undefined;
  /** Why it stands so, for the operator. */
  readonly why: string | undefined;
  /** What sales was told about, by kind: the key of the newest. */
  readonly told: Readonly<Partial<Record<CrmNewsKind, string>>>;
}

/** What a finish changes; what is left out stays. */
export interface CrmFinish extends Partial<CrmRecord> {
  readonly taken: TakenAccount;
  /** When the account is due again, epoch ms. */
  readonly nextDueMs: number | undefined;
}

/** What the hub remembers of its dealings with the CRM. */
export interface CrmBook {
  read(accountIds: readonly string[]): Promise<readonly CrmRecord[]>;
  /** Ends leases. False for those that were lost: their accounts are due at once, and are written whole. */
  finish(finishes: readonly CrmFinish[], nowMs: number): Promise<readonly boolean[]>;
  /** Forgets what was confirmed (`prints`) and, with `standing`, that a record was removed or refused. */
  forget(accountIds: readonly string[], what: 'prints' | 'standing'): Promise<void>;
  /** Gives every account that the CRM was ever told of, at most 500 at a time. */
  known(): AsyncGenerator<readonly string[]>;
  /** The account that a domain stands for: the first that asked for it, for as long as it is kept. */
  domainOwner(domain: string, accountId: string): Promise<string>;
  /**
   * Remembers which contact the hub made for a user: a CRM that was asked to forget a contact names only that, and cannot
   * be asked about it any more.
   */
  rememberContact(contactId: string, userId: string): Promise<void>;
  /** The user of each contact; undefined where the hub did not make it. */
  usersOf(contactIds: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** Forgets which contact a user was. */
  forgetUser(userId: string): Promise<void>;
  /** Adds to the requests of a UTC day and gives their sum. */
  spend(day: number, requests: number): Promise<number>;
  /** Counts news of a UTC day against `max`; false: there have been as many. */
  mayAnnounce(day: number, max: number): Promise<boolean>;
  /** Takes the nightly comparison of a UTC day; false: somebody did. */
  takeDay(day: number): Promise<boolean>;
  /** Gives it back, because the CRM could not be asked. */
  giveDayBack(day: number): Promise<void>;
  /** Has nobody ask the CRM for a while; the longer hold counts. */
  hold(hold: CrmHold): Promise<void>;
  held(): Promise<CrmHold | undefined>;
  /** Ends a hold, because what it waited for was mended. */
  unhold(): Promise<void>;
  /** Who talks to the CRM. */
  readonly turn: Turn;
}

const recordLifeMs = 400 * dayMs;
const pageSize = 500;
/** Keys of the whole installation; one slot. */
const own = (name: string): string => `{crm}:${name}`;

const News = z.enum(['note', 'task', 'deal']);
const Stored = z.object({
  recordId: z.string().optional(),
  version: z.coerce.number().default(-1),
  prints: z.string().optional(),
  writtenMs: z.coerce.number().default(0),
  triedMs: z.coerce.number().default(0),
  standing: z.enum(['written', 'absent', 'ambiguous', 'removed', 'refused']).optional(),
  why: z.string().optional(),
  told: z
    .string()
    .transform((text) => z.partialRecord(News, z.string()).parse(JSON.parse(text)))
    .default({}),
});
const Held = z.object({ kind: z.enum(['busy', 'stopped']), why: z.string() });

/** The book on Redis. Every call throws `store_unreachable` when Redis does not answer. */
export function createCrmBook(redis: RedisConnection): CrmBook {
  return {
    async read(accountIds) {
      const found = await reaching('read what the CRM was told', () =>
        Promise.all(
          accountIds.map((id) => redis.hgetall(crmRecordKey(partitionOfAccount(id), id))),
        ),
      );
      return found.map(toRecord);
    },

    async finish(finishes, nowMs) {
      const answers = await reaching('note what the CRM was told', () =>
        Promise.all(finishes.map((finish) => runFinish(redis, finish, nowMs))),
      );
      return answers.map((answer) => answer === 1);
    },

    async forget(accountIds, what) {
      const fields = what === 'prints' ? ['prints'] : ['prints', 'standing', 'why', 'recordId'];
      await reaching('forget what the CRM was told', () =>
        Promise.all(
          accountIds.map((id) => redis.hdel(crmRecordKey(partitionOfAccount(id), id), ...fields)),
        ),
      );
    },

    async *known() {
      for (let partition = 0; partition < partitionCount; partition += 1) {
        for (let from = 0; ; from += pageSize) {
          const page = await reaching('read whom the CRM was told of', () =>
            redis.zrange(crmKnownKey(partition), String(from), String(from + pageSize - 1)),
          );
          if (page.length > 0) {
            yield page;
          }
          if (page.length < pageSize) {
            break;
          }
        }
      }
    },

    async domainOwner(domain, accountId) {
      const key = own(`domain:${domain}`);
      return reaching('look whose a domain is', async () => {
        // Not in one command: a Redis before 7.0 takes NX and GET only apart.
        const isTaken = (await redis.set(key, accountId, 'PX', recordLifeMs, 'NX')) === null;
        return (isTaken ? await redis.get(key) : null) ?? accountId;
      });
    },

    async rememberContact(contactId, userId) {
      await reaching('note whose a contact is', () =>
        Promise.all([
          redis.set(own(`contact:${contactId}`), userId, 'PX', recordLifeMs),
          redis.set(own(`user:${userId}`), contactId, 'PX', recordLifeMs),
        ]),
      );
    },

    async usersOf(contactIds) {
      const found = await reaching('look whose a contact is', () =>
        Promise.all(contactIds.map((id) => redis.get(own(`contact:${id}`)))),
      );
      return found.map((userId) => userId ?? undefined);
    },

    async forgetUser(userId) {
      await reaching('forget whose a contact was', async () => {
        const contactId = await redis.get(own(`user:${userId}`));
        await redis.del(own(`user:${userId}`), own(`contact:${contactId ?? ''}`));
      });
    },

    async spend(day, requests) {
      return reaching('count the requests to the CRM', async () => {
        const sum = await redis.incrby(own(`spent:${day}`), requests);
        await redis.pexpire(own(`spent:${day}`), 2 * dayMs);
        return sum;
      });
    },

    async mayAnnounce(day, max) {
      return reaching('count what sales was told', async () => {
        const sum = await redis.incr(own(`news:${day}`));
        await redis.pexpire(own(`news:${day}`), 2 * dayMs);
        return sum <= max;
      });
    },

    async takeDay(day) {
      const answer = await reaching('take the nightly comparison', () =>
        redis.set(own(`compared:${day}`), '1', 'PX', 2 * dayMs, 'NX'),
      );
      return answer === 'OK';
    },

    async giveDayBack(day) {
      await reaching('give the nightly comparison back', () => redis.del(own(`compared:${day}`)));
    },

    async hold({ kind, forMs, why }) {
      await reaching('hold the CRM', async () => {
        const leftMs = await redis.pttl(own('hold'));
        if (forMs > leftMs) {
          await redis.set(own('hold'), JSON.stringify({ kind, why }), 'PX', Math.ceil(forMs));
        }
      });
    },

    async held() {
      return reaching('look whether the CRM is held', async () => {
        const text = await redis.get(own('hold'));
        const forMs = text === null ? 0 : await redis.pttl(own('hold'));
        return text === null || forMs <= 0 ? undefined : { ...Held.parse(JSON.parse(text)), forMs };
      });
    },

    async unhold() {
      await reaching('end the hold of the CRM', () => redis.del(own('hold')));
    },

    turn: createTurn(redis, own('turn'), 'talk to the CRM'),
  };
}

function toRecord(stored: Readonly<Record<string, string>>): CrmRecord {
  // A field that was emptied is one that is not there.
  const fields = Object.entries(stored).filter(([, value]) => value !== '');
  const { recordId, prints, standing, why, ...rest } = Stored.parse(Object.fromEntries(fields));
  return { ...rest, recordId, prints, standing, why };
}

function runFinish(
  redis: RedisConnection,
  { taken, nextDueMs, told, ...changes }: CrmFinish,
  nowMs: number,
): Promise<number> {
  const { accountId, leaseUntilMs } = taken;
  const partition = partitionOfAccount(accountId);
  const fields = Object.entries(changes).flatMap(([name, value]) => [name, String(value ?? '')]);
  if (told !== undefined) {
    fields.push('told', JSON.stringify(told));
  }
  return redis.motisigCrmFinish(
    crmDueKey(partition),
    crmTakenKey(partition),
    crmKnownKey(partition),
    crmRecordKey(partition, accountId),
    accountId,
    leaseUntilMs,
    nextDueMs ?? '',
    nowMs,
    recordLifeMs,
    ...fields,
  );
}

function partitionOfAccount(accountId: string): number {
  return partitionOf({ kind: 'account', id: accountId });
}
