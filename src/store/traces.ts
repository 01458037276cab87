// Traces of forgotten persons. In: persons. Out: what in Redis still names them, found by one walk over all keys.
//
// Always true: a key counts as a trace only by its place in the form of its kind (store/keys.ts), never because an id
// happens to stand in a text; a walk changes nothing. A walk reads every state once, so it is done for many persons together.
// Redis gone: throws `store_unreachable`.

import { z } from 'zod';
import { decodeAccount, decodeMember } from '../core/account/codec.ts';
import type { DecisionRecord } from '../core/decision/record.ts';
import { decodePerson } from '../core/person/codec.ts';
import type { RedisConnection } from './connection.ts';
import { decodeState } from './header.ts';
import { reaching } from './store-fault.ts';

/** Something that names a person, and what is to be done about it. */
export type Trace = { readonly userId: string } & (
  | {
      /** Nothing but the person's: to be removed. */
      readonly kind: 'key';
      readonly what: 'person' | 'membership' | 'fingerprints' | 'account';
      readonly key: string;
    }
  /** The person, or the person's part in an account, has not been told yet. */
  | { readonly kind: 'not_told'; readonly accountId: string | undefined }
  /** An id that became the person: the same human being. */
  | { readonly kind: 'alias'; readonly personId: string }
  | { readonly kind: 'decision'; readonly decisionId: string; readonly key: string }
  /** An effect that will be handed on in a moment. */
  | { readonly kind: 'effect' }
  | {
      readonly kind: 'job';
      readonly prefix: string;
      readonly queue: string;
      readonly jobId: string;
    }
);

/** Who is looked for. */
export interface Wanted {
  readonly userIds: readonly string[];
  /** The playbook takes a user without an account for its own account. */
  readonly usersAreAccounts: boolean;
}

const pageSize = 500;
const ofUnit = /^\{[^}]+\}:([smdhL]):(.*)$/su;
const ofOutbox = /^\{[^}]+\}:o$/u;
const ofJob = /^(\{(?:lane\d+|deliver|report)\}):((?:lane|deliver|report)[^:]*):([^:]+)$/u;
const ofDedupe = /^([ap])\.(.*):\d+(?::\d\.[0-9a-z]+)?$/su;

/** Walks over all keys of all nodes. A trace may come twice, when Redis gives a key twice. */
export async function* findTraces(redis: RedisConnection, wanted: Wanted): AsyncGenerator<Trace> {
  const nodes = 'nodes' in redis ? redis.nodes('master') : [redis];
  for (const node of nodes) {
    let cursor = '0';
    do {
      const [next, keys] = await reaching('look for traces of a person', () =>
        node.scan(cursor, 'COUNT', pageSize),
      );
      const found = await reaching('look for traces of a person', () =>
        Promise.all(keys.map((key) => tracesAt(redis, key, wanted))),
      );
      yield* found.flat();
      cursor = next;
    } while (cursor !== '0');
  }
}

async function tracesAt(
  redis: RedisConnection,
  key: string,
  wanted: Wanted,
): Promise<readonly Trace[]> {
  const unit = ofUnit.exec(key);
  const rest = unit?.[2] ?? '';
  switch (unit?.[1]) {
    case 's':
      return stateTraces(redis, key, rest, wanted);
    case 'm':
      return memberTraces(redis, key, rest, wanted);
    case 'd': {
      const [, kind, id] = ofDedupe.exec(rest) ?? [];
      return isUnitOf(kind, id, wanted)
        ? [{ kind: 'key', what: 'fingerprints', key, userId: id ?? '' }]
        : [];
    }
    case 'h':
      return isUnitOf(rest[0], rest.slice(2), wanted)
        ? [{ kind: 'key', what: 'account', key, userId: rest.slice(2) }]
        : [];
    case 'L':
      return decisionTraces(redis, key, rest, wanted);
    default:
      return ofOutbox.test(key) ? outboxTraces(redis, key, wanted) : jobTraces(redis, key, wanted);
  }
}

function isUnitOf(kind: string | undefined, id: string | undefined, wanted: Wanted): boolean {
  return (
    id !== undefined &&
    wanted.userIds.includes(id) &&
    (kind === 'p' || (kind === 'a' && wanted.usersAreAccounts))
  );
}

async function stateTraces(
  redis: RedisConnection,
  key: string,
  unit: string,
  wanted: Wanted,
): Promise<readonly Trace[]> {
  const id = unit.slice(2);
  const stored = await redis.getBuffer(key);
  if (stored === null) {
    return [];
  }
  const { bytes } = decodeState(stored);
  const mentioned = wanted.userIds.filter((userId) => stored.includes(userId));
  if (unit.startsWith('a.')) {
    if (isUnitOf('a', id, wanted)) {
      return [{ kind: 'key', what: 'account', key, userId: id }];
    }
    const account = mentioned.length === 0 ? undefined : decodeAccount(bytes);
    return mentioned
      .filter((userId) =>
        [...(account?.touches ?? []), ...(account?.buyers ?? [])].some(
          (one) => one.userId === userId,
        ),
      )
      .map((userId) => ({ kind: 'not_told', userId, accountId: id }));
  }
  if (wanted.userIds.includes(id)) {
    return decodePerson(bytes).isErased
      ? [{ kind: 'key', what: 'person', key, userId: id }]
      : [{ kind: 'not_told', userId: id, accountId: undefined }];
  }
  const became = mentioned.length === 0 ? [] : decodePerson(bytes).becameUsers;
  return mentioned
    .filter((userId) => became.includes(userId))
    .map((userId) => ({ kind: 'alias', userId, personId: id }));
}

async function memberTraces(
  redis: RedisConnection,
  key: string,
  rest: string,
  wanted: Wanted,
): Promise<readonly Trace[]> {
  const at = rest.indexOf('\u001f');
  const accountId = rest.slice(2, at);
  const member = rest.slice(at + 1);
  const isTheirs = wanted.userIds.includes(member);
  const stored = await redis.getBuffer(key);
  if (stored === null || !(isTheirs || wanted.userIds.some((userId) => stored.includes(userId)))) {
    return [];
  }
  const state = decodeMember(stored);
  if (isTheirs) {
    return state.kind === 'erased'
      ? [{ kind: 'key', what: 'membership', key, userId: member }]
      : [{ kind: 'not_told', userId: member, accountId }];
  }
  return state.kind === 'moved' && wanted.userIds.includes(state.userId)
    ? [{ kind: 'alias', userId: state.userId, personId: member }]
    : [];
}

async function decisionTraces(
  redis: RedisConnection,
  key: string,
  decisionId: string,
  wanted: Wanted,
): Promise<readonly Trace[]> {
  const text = await redis.hget(key, 'record');
  const record: unknown = text === null ? undefined : JSON.parse(text);
  return wanted.userIds
    .filter((userId) => isRecordOf(record, userId, wanted))
    .map((userId) => ({ kind: 'decision', userId, decisionId, key }));
}

/** Whether a decision's record names a person: as the one who was asked, who acted, or as the account itself. */
function isRecordOf(record: unknown, userId: string, { usersAreAccounts }: Wanted): boolean {
  return (
    fieldOf(record, 'userId') === userId ||
    fieldOf(fieldOf(record, 'addressed'), 'actorId') === userId ||
    (usersAreAccounts && fieldOf(record, 'accountId') === userId)
  );
}

async function outboxTraces(
  redis: RedisConnection,
  key: string,
  { userIds }: Wanted,
): Promise<readonly Trace[]> {
  const texts = await redis.hvals(key);
  return userIds
    .filter((userId) => texts.some((text) => text.includes(JSON.stringify(userId))))
    .map((userId) => ({ kind: 'effect', userId }));
}

async function jobTraces(
  redis: RedisConnection,
  key: string,
  { userIds }: Wanted,
): Promise<readonly Trace[]> {
  const [, prefix, queue, jobId] = ofJob.exec(key) ?? [];
  if (prefix === undefined || queue === undefined || jobId === undefined) {
    return [];
  }
  // Beside its jobs a queue has lists and sets, under names that look the same.
  const data = (await redis.type(key)) === 'hash' ? await redis.hget(key, 'data') : null;
  return data === null
    ? []
    : userIds
        .filter((userId) => data.includes(JSON.stringify(userId)))
        .map((userId) => ({ kind: 'job', userId, prefix, queue, jobId }));
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** Removes keys that are nothing but a person's. */
export async function removeKey(redis: RedisConnection, key: string): Promise<void> {
  await reaching('remove a trace of a person', () => redis.unlink(key));
}

/**
 * Takes a person out of a decision's record: who, the words, and what was quoted of what they did. The arithmetic stays,
 * which says nothing of anybody.
 */
export async function redactDecision(
  redis: RedisConnection,
  { key, userId }: Trace & { readonly kind: 'decision' },
  usersAreAccounts: boolean,
): Promise<void> {
  await reaching('take a person out of a decision', async () => {
    const text = await redis.hget(key, 'record');
    if (text !== null) {
      const { addressed: _, ...record } = Stored.parse(JSON.parse(text));
      const redacted: DecisionRecord = {
        ...record,
        accountId: usersAreAccounts && record.accountId === userId ? '' : record.accountId,
        userId: undefined,
        words: undefined,
        cause: { ...record.cause, messageId: '' },
        fired: record.fired.map((one) => ({ ...one, because: '', evidence: {} })),
      };
      // The vendor's name of the message may hold the person's id.
      await redis
        .multi()
        .hset(key, 'record', JSON.stringify(redacted))
        .hdel(key, 'vendorId')
        .exec();
    }
  });
}

const Stored = z.custom<DecisionRecord>((value) => typeof value === 'object' && value !== null);
