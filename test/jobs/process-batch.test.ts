import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeAccount } from '../../src/core/account/codec.ts';
import { readCounter } from '../../src/core/counter/counter.ts';
import { allOn } from '../../src/core/controls.ts';
import type { EventInput, Input } from '../../src/core/input.ts';
import type { StateStore } from '../../src/core/ports.ts';
import { type Committed, type ProcessDeps, processBatch } from '../../src/jobs/process-batch.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { createStateStore } from '../../src/store/state-store.ts';
import { event, noon, playbookOf } from '../core/account/world.ts';
import { startRedis, type TestRedis } from '../redis-server.ts';
import { openRedis } from '../store/open-redis.ts';

const playbook = playbookOf(`
version: 1
events: { Work Done: [minutes] }
plan: { from: account, trait: plan, default: starter }
plans: { starter: { monthlyPrice: 49 }, pro: { monthlyPrice: 149 } }
signals: { work: { events: Work Done } }
valueMoment: { signal: work, atLeast: 1 }
triggers:
  busy: { count: work, atLeast: 5, kind: power, offers: [pro] }
offers:
  pro:
    plan: pro
    copy: { headline: "{{ count }} times", body: Go on, cta_label: Go, cta_url: https://app.example/go }
`);
const clock = { nowMs: () => noon };

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

let accounts = 0;

/** A fresh account with a processor on the real store. `wrap` stands between the two. */
async function openWorld(wrap: (store: StateStore) => StateStore = (store) => store) {
  const connection = await openRedis({ path: redis.path });
  accounts += 1;
  const accountId = `account-${accounts}`;
  const store = createStateStore(connection.redis, clock);
  const relayed: Committed[] = [];
  const setAside: string[] = [];
  const deps: ProcessDeps = {
    store: wrap(store),
    rules: () => ({ playbook, mode: 'live', controls: allOn }),
    clock,
    metrics: createMetrics(),
    relay: async (committed) => void relayed.push(...committed),
    quarantine: async (entries) => void setAside.push(...entries.map((entry) => entry.reason)),
  };
  const work = (id: string): EventInput => {
    const input = event({ id: `${accountId}.${id}`, name: 'Work Done' });
    return { ...input, event: { ...input.event, accountId } };
  };
  return {
    deps,
    accountId,
    work,
    relayed,
    setAside,
    ledger: createLedger(connection.redis),
    /** How often work was counted. */
    async counted() {
      const [loaded] = await store.load([
        { unit: { kind: 'account', id: accountId }, members: [], ids: [] },
      ]);
      const { counter } = playbook.valueMoment;
      return readCounter(
        decodeAccount(loaded?.bytes).counters.get(counter),
        counter,
        noon,
        undefined,
      ).value;
    },
    /** Prompts that persons were asked for. */
    asked: () =>
      relayed
        .flatMap((one) => one.effects)
        .flatMap((one) =>
          one.kind === 'input' && one.input.kind === 'prompt_asked' ? [one.input.prompt] : [],
        ),
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  };
}

const ids = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `w${from + at}`);

describe('a batch', () => {
  it('counts what is new in it, once, however often it is run', async () => {
    using world = await openWorld();
    const batch: readonly Input[] = [...ids(1, 4), 'w1'].map(world.work);
    await processBatch(batch, world.deps);
    await processBatch(batch, world.deps);
    expect(await world.counted()).toBe(4);
  });

  it('decides once when eight copies of it race for one account', async () => {
    using world = await openWorld();
    const batch = ids(1, 6).map(world.work);
    await Promise.all(Array.from({ length: 8 }, () => processBatch(batch, world.deps)));
    expect(await world.counted()).toBe(6);
    expect(world.asked()).toHaveLength(1);
    expect(await world.ledger.newestOf(world.accountId)).toHaveLength(1);
  });

  it('that loses the race is advanced again on what the winner stored', async () => {
    let intrude: (() => Promise<void>) | undefined;
    using world = await openWorld((store) => ({
      load: (requests) => store.load(requests),
      async commit(changes) {
        const first = intrude;
        intrude = undefined;
        await first?.();
        return store.commit(changes);
      },
    }));
    intrude = () => processBatch(ids(4, 5).map(world.work), world.deps);
    await processBatch(ids(1, 3).map(world.work), world.deps);
    expect(await world.counted()).toBe(5);
    expect(world.asked()).toMatchObject([{ words: { headline: '5 times' } }]);
  });

  it('leaves a unit to the retry of its job when others win again and again, and stores nothing half', async () => {
    using world = await openWorld((store) => ({
      load: (requests) => store.load(requests),
      commit: async (changes) => changes.map(() => 'conflict'),
    }));
    const run = processBatch([world.work('w1')], world.deps);
    await expect(run).rejects.toMatchObject({ name: 'Fault', retry: 'later' });
    expect(await world.counted()).toBe(0);
  });

  it('moves many accounts and persons at once and keeps them apart', async () => {
    using one = await openWorld();
    using other = await openWorld();
    await processBatch([...ids(1, 3).map(one.work), ...ids(1, 2).map(other.work)], one.deps);
    expect([await one.counted(), await other.counted()]).toEqual([3, 2]);
    expect(one.relayed.map(({ unit }) => unit.id).toSorted()).toEqual(
      [one.accountId, other.accountId].toSorted(),
    );
  });

  it('keeps what no account can be found for, with the reason, before it is counted as done', async () => {
    using world = await openWorld();
    const base = { dedupeDay: undefined, receivedMs: noon, userId: 'both', timeMs: noon } as const;
    const seenIn = (accountId: string): Input => ({
      ...base,
      id: `s.${accountId}`,
      kind: 'member_seen',
      accountId,
    });
    const stray = world.work('stray');
    const homeless: Input = {
      ...stray,
      event: { ...stray.event, accountId: undefined, userId: 'both' },
    };
    await processBatch([seenIn('a'), seenIn('b'), homeless], world.deps);
    expect(world.setAside).toEqual(['ambiguous_account']);
  });
});
