import { decodeAccount } from '../../src/core/account/codec.ts';
import { readCounter } from '../../src/core/counter/counter.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import type { StateStore } from '../../src/core/ports.ts';
import { between, type Random } from './seeded.ts';
import type { SegmentCall } from './segment-client.ts';

/** One piece of work that a user of an account did, as the fault tests make it up. */
export interface Work {
  readonly messageId: string;
  readonly accountId: string;
  readonly userId: string;
  readonly minutes: number;
  readonly timeMs: number;
  /** Whether the call says which account it is; if not, the hub must know it from the user's other calls. */
  readonly namesAccount: boolean;
}

/** What the hub must know of an account after all its work: whole numbers. */
export interface WorkTotals {
  readonly pieces: number;
  readonly minutes: number;
  readonly seats: number;
}

/** The call that reports a piece of work. */
export function workCall(work: Work): SegmentCall {
  return {
    type: 'track',
    messageId: work.messageId,
    userId: work.userId,
    event: 'Work Done',
    properties: { minutes: work.minutes, seat: work.userId },
    timestamp: new Date(work.timeMs).toISOString(),
    ...(work.namesAccount ? { context: { groupId: work.accountId } } : {}),
  };
}

/** `pieces` pieces of work of one account within the last two hours; `users` take turns at random. */
export function workOf(
  accountId: string,
  users: readonly string[],
  pieces: number,
  random: Random,
  nowMs: number,
): readonly Work[] {
  return Array.from({ length: pieces }, (_, at) => ({
    messageId: `${accountId}.${at}.${between(random, 0, 1_000_000_000)}`,
    accountId,
    userId: users[between(random, 0, users.length - 1)] ?? accountId,
    minutes: between(random, 1, 60),
    timeMs: nowMs - between(random, 0, 2 * 3_600_000),
    namesAccount: true,
  }));
}

/** Counted by hand, each piece once. */
export function totalsOf(work: readonly Work[]): ReadonlyMap<string, WorkTotals> {
  return new Map(
    [...Map.groupBy(work, (one) => one.accountId)].map(([accountId, own]) => [
      accountId,
      {
        pieces: own.length,
        minutes: own.reduce((sum, { minutes }) => sum + minutes, 0),
        seats: new Set(own.map(({ userId }) => userId)).size,
      },
    ]),
  );
}

/** The triggers of work-playbook.yaml that an account with these totals must have set off, each once; sorted. */
export function firedBy({ pieces, minutes, seats }: WorkTotals): readonly string[] {
  return [
    ...[10, 50, 100].filter((height) => pieces >= height).map((height) => `pieces@${height}`),
    ...(minutes >= 3000 ? ['minutes'] : []),
    ...(seats >= 3 ? ['seats'] : []),
  ].toSorted();
}

/** What the hub has counted for each account, read through its store and the core's own codec. */
export async function countedBy(
  store: StateStore,
  playbook: Playbook,
  accountIds: Iterable<string>,
  nowMs: number,
): Promise<ReadonlyMap<string, WorkTotals>> {
  const units = await store.load(
    [...accountIds].map((id) => ({ unit: { kind: 'account' as const, id }, members: [], ids: [] })),
  );
  return new Map(
    units.map(({ unit, bytes }) => {
      const { counters } = decodeAccount(bytes);
      const read = (kind: string): number => {
        const spec = playbook.counters.find((one) => one.kind === kind && one.triggers.length > 0);
        const held = spec === undefined ? undefined : counters.get(spec);
        return spec === undefined || held === undefined
          ? 0
          : readCounter(held, spec, nowMs, undefined).value;
      };
      return [unit.id, { pieces: read('count'), minutes: read('sum'), seats: read('distinct') }];
    }),
  );
}
