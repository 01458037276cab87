// The store of units. In: load requests and changes of many units. Out: what is stored, and whether a change was.
//
// Always true: what one step changed in one unit (its state, members, counted ids, effects, decisions) is stored
// together or not at all, and only when the unit is still as it was loaded; a load is one MGET and one script, a commit
// one script, for the whole batch on a single server and per partition on a cluster; a state carries its version in its first four bytes and behind it a
// small table that says how the sets of counted ids are split (header.ts, dedupe.ts). A unit with more than 400 inputs
// on one day costs a load a second trip.
// Redis gone: every call throws `store_unreachable` within 2 s; a commit that was cut off may have been stored, which the
// next load finds out by the counted ids.

import { dayMs } from '../core/duration.ts';
import { hash53 } from '../core/hash.ts';
import { partitionOf, type Unit, unitKey } from '../core/partition.ts';
import type {
  Clock,
  CommitToken,
  LoadedUnit,
  LoadRequest,
  StateStore,
  UnitChange,
} from '../core/ports.ts';
import { type PreparedChange, toCommitCall } from './commit-call.ts';
import type { RedisConnection } from './connection.ts';
import { dayOf, dedupeSetKey, levelOfDay, toSetDay } from './dedupe.ts';
import { decodeState, noDays, type StoredState } from './header.ts';
import { dedupeKey, memberKey, stateKey } from './keys.ts';
import type { ScriptCall } from './scripts.ts';
import { reaching } from './store-fault.ts';

/** How long things are kept. */
export interface StateStoreSettings {
  /** A unit that nothing moved for so long is forgotten. Default 400 days. */
  readonly retainMs?: number;
  /** A repeated id is found for at least so many days. Default 7, because Segment replays. */
  readonly dedupeDays?: number;
  /** A ledger entry is kept for so long. Default 90 days. */
  readonly ledgerMs?: number;
}

/** What the token of a loaded unit remembers. */
class Loaded implements CommitToken {
  readonly version: number;
  readonly exists: boolean;
  readonly days: StoredState['days'];

  constructor(stored: StoredState | undefined) {
    this.version = stored?.version ?? 0;
    this.exists = stored !== undefined;
    this.days = stored?.days ?? noDays;
  }
}

/**
 * The store on one Redis or a cluster. `redis` is a `producer` connection. Throws `store_unreachable`, to be tried later,
 * when Redis does not answer, and `state_unreadable` for a value that no hub wrote.
 */
export function createStateStore(
  redis: RedisConnection,
  clock: Clock,
  settings: StateStoreSettings = {},
): StateStore {
  const { retainMs = 400 * dayMs, dedupeDays = 7, ledgerMs = 90 * dayMs } = settings;

  return {
    async load(requests) {
      const asked = requests.map(toAsked);
      // The sets must never be older than the state, or an id counted in between would be counted twice unnoticed. One
      // connection keeps the order by itself; a cluster may redirect the first call and not the second.
      const reading = readValues(redis, asked);
      const [values, seen] = redis.isCluster
        ? [await reading, await readSets(redis, asked)]
        : await Promise.all([reading, readSets(redis, asked)]);
      const units = asked.map((one, at) => toLoaded(one, values[at] ?? [], seen[at] ?? []));
      await findInShards(redis, asked, units);
      return units;
    },

    async commit(changes) {
      const lives = { retainMs, dedupeDays, ledgerMs, nowMs: clock.nowMs() };
      const results: ('done' | 'conflict')[] = changes.map(() => 'conflict');
      const units = new Set<string>();
      const prepared = changes.map(prepare);
      // A second change of a unit in one commit has lost to the first: they cannot both follow the loaded version.
      const first = prepared.filter(
        ({ change }) => units.size < units.add(unitKey(change.unit)).size,
      );
      const groups = byNode(redis, first);
      const answers = await reaching('store what an event changed', () =>
        Promise.all(groups.map((group) => runCommit(redis, toCommitCall(group, lives)))),
      );
      groups.forEach((group, call) => {
        group.forEach(({ place }, at) => {
          results[place] = answers[call]?.[at] === 1 ? 'done' : 'conflict';
        });
      });
      return results;
    },
  };
}

/** A request with its partition and the sets in which its ids may be, before they were ever split. */
interface Asked {
  readonly request: LoadRequest;
  readonly partition: number;
  readonly sets: readonly AskedSet[];
}

interface AskedSet {
  readonly day: number;
  readonly key: string;
  readonly ids: string[];
  readonly fingerprints: number[];
}

function toAsked(request: LoadRequest): Asked {
  const partition = partitionOf(request.unit);
  const sets: AskedSet[] = [];
  for (const { id, dedupeDay, receivedMs } of request.ids) {
    const fingerprint = hash53(id);
    const days =
      dedupeDay === undefined
        ? [dayOf(receivedMs), dayOf(receivedMs - dayMs)]
        : [toSetDay(dedupeDay)];
    for (const day of days) {
      let set = sets.find((one) => one.day === day);
      if (set === undefined) {
        set = { day, key: dedupeKey(partition, request.unit, day), ids: [], fingerprints: [] };
        sets.push(set);
      }
      set.ids.push(id);
      set.fingerprints.push(fingerprint);
    }
  }
  return { request, partition, sets };
}

interface MutableLoaded extends LoadedUnit {
  readonly seen: Set<string>;
  readonly token: Loaded;
}

function toLoaded(
  { request, sets }: Asked,
  [state, ...memberStates]: readonly (Buffer | null)[],
  seenBySet: readonly (readonly number[])[],
): MutableLoaded {
  const stored = state === null || state === undefined ? undefined : decodeState(state);
  const members = new Map<string, Uint8Array>();
  request.members.forEach((member, at) => {
    const bytes = memberStates[at];
    if (bytes !== null && bytes !== undefined) {
      members.set(member, bytes);
    }
  });
  const seen = new Set<string>();
  sets.forEach((set, at) => {
    addSeen(seen, set.ids, seenBySet[at]);
  });
  return { unit: request.unit, bytes: stored?.bytes, members, seen, token: new Loaded(stored) };
}

function addSeen(
  seen: Set<string>,
  ids: readonly string[],
  flags: readonly number[] | undefined,
): void {
  ids.forEach((id, at) => {
    if (flags?.[at] === 1) {
      seen.add(id);
    }
  });
}

/** The second trip, for units that were busy on an asked day: the ids are looked for at each level up to the current one. */
async function findInShards(
  redis: RedisConnection,
  asked: readonly Asked[],
  units: readonly MutableLoaded[],
): Promise<void> {
  const sharded: {
    readonly partition: number;
    readonly seen: Set<string>;
    readonly sets: readonly Shard[];
  }[] = [];
  asked.forEach(({ partition, sets }, at) => {
    const unit = units[at];
    const shards =
      unit === undefined
        ? []
        : sets.flatMap((set) => shardsOf(set, levelOfDay(unit.token.days, set.day)));
    if (unit !== undefined && shards.length > 0) {
      sharded.push({ partition, seen: unit.seen, sets: shards });
    }
  });
  if (sharded.length > 0) {
    const flags = await readSets(redis, sharded);
    sharded.forEach(({ seen, sets }, at) => {
      sets.forEach((shard, place) => {
        addSeen(seen, shard.ids, flags[at]?.[place]);
      });
    });
  }
}

interface Shard {
  readonly key: string;
  readonly ids: string[];
  readonly fingerprints: number[];
}

function shardsOf(set: AskedSet, level: number): readonly Shard[] {
  const shards = new Map<string, Shard>();
  for (let at = 1; at <= level; at += 1) {
    set.fingerprints.forEach((fingerprint, place) => {
      const key = dedupeSetKey(set.key, at, fingerprint);
      const shard = shards.get(key) ?? { key, ids: [], fingerprints: [] };
      shards.set(key, shard);
      shard.ids.push(set.ids[place] ?? '');
      shard.fingerprints.push(fingerprint);
    });
  }
  return [...shards.values()];
}

/** The state and the members of each, one MGET per node. */
async function readValues(
  redis: RedisConnection,
  asked: readonly Asked[],
): Promise<readonly (readonly (Buffer | null)[])[]> {
  const keysOf = ({ partition, request: { unit, members } }: Asked) => [
    stateKey(partition, unit),
    ...members.map((member) => memberKey(partition, unit, member)),
  ];
  return readByNode(
    redis,
    asked,
    ({ request }) => 1 + request.members.length,
    (ofNode) => redis.mgetBuffer(ofNode.flatMap(keysOf)),
  );
}

/** For each set of each item which of its fingerprints are in it, one script per node. */
async function readSets(
  redis: RedisConnection,
  items: readonly { readonly partition: number; readonly sets: readonly Shard[] }[],
): Promise<readonly (readonly (readonly number[])[])[]> {
  return readByNode(
    redis,
    items,
    ({ sets }) => sets.length,
    async (ofNode) => {
      const sets = ofNode.flatMap((item) => item.sets);
      const fields = sets.flatMap(({ fingerprints }) => [fingerprints.length, ...fingerprints]);
      return sets.length === 0
        ? []
        : redis.motisigSeen(sets.length, ...sets.map(({ key }) => key), ...fields);
    },
  );
}

/** Reads for many items, one call per node. `read` gives one reply after another, `countOf` of them for each item. */
async function readByNode<T extends { readonly partition: number }, R>(
  redis: RedisConnection,
  items: readonly T[],
  countOf: (item: T) => number,
  read: (ofNode: readonly T[]) => Promise<readonly R[]>,
): Promise<readonly (readonly R[])[]> {
  const groups = byNode(
    redis,
    items.map((item, place) => ({ item, place, partition: item.partition })),
  );
  const replies: (readonly R[])[] = items.map(() => []);
  await reaching('read what it knows', () =>
    Promise.all(
      groups.map(async (group) => {
        const flat = await read(group.map(({ item }) => item));
        let at = 0;
        for (const { item, place } of group) {
          const next = at + countOf(item);
          replies[place] = flat.slice(at, next);
          at = next;
        }
      }),
    ),
  );
  return replies;
}

/** One group for a single server; for a cluster one per partition, because a call's keys must be of one slot. */
function byNode<T extends { readonly partition: number }>(
  redis: RedisConnection,
  items: readonly T[],
): readonly (readonly T[])[] {
  if (items.length === 0) {
    return [];
  }
  return redis.isCluster ? [...Map.groupBy(items, ({ partition }) => partition).values()] : [items];
}

function runCommit(redis: RedisConnection, { keys, fields }: ScriptCall): Promise<number[]> {
  return redis.motisigCommit(keys.length, ...keys, ...fields);
}

/** A change, ready for the script, with its place among the answers. */
function prepare(change: UnitChange, place: number): PreparedChange & { readonly place: number } {
  if (!(change.token instanceof Loaded)) {
    throw new Error(`The change of ${describe(change.unit)} does not carry the token of a load.`);
  }
  const countedByDay = new Map<number, number[]>();
  for (const { id, dedupeDay, receivedMs } of change.counted) {
    const day = dedupeDay === undefined ? dayOf(receivedMs) : toSetDay(dedupeDay);
    const fingerprints = countedByDay.get(day);
    if (fingerprints === undefined) {
      countedByDay.set(day, [hash53(id)]);
    } else {
      fingerprints.push(hash53(id));
    }
  }
  const { exists, days } = change.token;
  return { change, place, partition: partitionOf(change.unit), exists, days, countedByDay };
}

function describe(unit: Unit): string {
  return unit.kind === 'account' ? 'an account' : 'a person';
}
