import { partitionCount, type Unit, unitKey } from '../core/partition.ts';

/**
 * The hash tag of each partition. The slot (CRC16 mod 16384) of tag k is the nearest to k * 256 that two characters give
 * (at most 19 away), so that a cluster of any size holds an even share. Never change one: it is part of every key, so a
 * change loses what is stored. `test/store/keys.test.ts` computes the table anew.
 */
export const partitionTags: readonly string[] = (
  'ru 6u 18 by bq 25 5x f9 f1 0n dj db 3c o2 3r gg cw 8c d2 06 ss 4g pv 4v w3 ed uh m1 fi fa iy 2m ' +
  '7e k4 ly ca ci 4h h9 x5 jb 63 uv ez b7 2s q6 yk bo z6 9s 6k 6c ab 5f i7 nz c9 dt 0p s5 gy ha 40'
).split(' ');

const braced = partitionTags.map((tag) => `{${tag}}`);

/** Where the unit's state is. `partition` is `partitionOf(unit)`, which the caller knows already. */
export function stateKey(partition: number, unit: Unit): string {
  return `${braced[partition]}:s:${unitKey(unit)}`;
}

/** Where the state of one member of a unit is. The separator is in no id, so two units never share a member's key. */
export function memberKey(partition: number, unit: Unit, member: string): string {
  return `${braced[partition]}:m:${unitKey(unit)}\u001f${member}`;
}

/** The start of the keys of a unit's dedupe sets of one day; shards follow (`dedupeSetKey`). */
export function dedupeKey(partition: number, unit: Unit, day: number): string {
  return `${braced[partition]}:d:${unitKey(unit)}:${day}`;
}

/** The partition's outbox: a hash, effect id to entry. */
export function outboxKey(partition: number): string {
  return `${braced[partition]}:o`;
}

/** The unit's newest decision ids: a list of at most 50, newest first. */
export function historyKey(partition: number, unit: Unit): string {
  return `${braced[partition]}:h:${unitKey(unit)}`;
}

/** Where the ledger entry of a decision is; undefined when this is not a decision id. */
export function ledgerKey(decisionId: string): string | undefined {
  const partition = partitionOfDecision(decisionId);
  return partition === undefined ? undefined : `${braced[partition]}:L:${decisionId}`;
}

/** Where it is kept what people did through the links of a decision's prompt; undefined when this is not a decision id. */
export function linkActsKey(decisionId: string): string | undefined {
  const partition = partitionOfDecision(decisionId);
  return partition === undefined ? undefined : `${braced[partition]}:k:${decisionId}`;
}

/** The partition that a decision id names (`<partition>-<hex>`); undefined when it is none. */
export function partitionOfDecision(decisionId: string): number | undefined {
  const partition = Number(/^(\d{1,2})-[0-9a-f]+$/u.exec(decisionId)?.[1] ?? Number.NaN);
  return partition < partitionCount ? partition : undefined;
}

/** The partition's accounts that the CRM is to be told of: a sorted set, score is when (epoch ms). */
export function crmDueKey(partition: number): string {
  return `${braced[partition]}:cd`;
}

/** The partition's accounts that somebody tells the CRM of now: a sorted set, score is the end of the lease (epoch ms). */
export function crmTakenKey(partition: number): string {
  return `${braced[partition]}:ct`;
}

/** The partition's accounts that the CRM was ever told of: a sorted set, score is when last (epoch ms). */
export function crmKnownKey(partition: number): string {
  return `${braced[partition]}:ck`;
}

/** What the CRM was last told of an account: a hash. */
export function crmRecordKey(partition: number, accountId: string): string {
  return `${braced[partition]}:c:${accountId}`;
}
