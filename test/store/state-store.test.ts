import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { partitionOf } from '../../src/core/partition.ts';
import type { LoadRequest, StateStore } from '../../src/core/ports.ts';
import type { RedisConnection } from '../../src/store/connection.ts';
import { dedupeKey, historyKey, ledgerKey, outboxKey, stateKey } from '../../src/store/keys.ts';
import { createStateStore } from '../../src/store/state-store.ts';
import { useRedis } from '../use-redis.ts';
import {
  accountOf,
  changeOf,
  decisionIdOf,
  deliverEffect,
  idsOf,
  noonMs,
  recordOf,
  requestOf,
  today,
} from './samples.ts';

let redis: RedisConnection;
let nowMs = noonMs;
let store: StateStore;
const acme = accountOf('acme');

useRedis((opened) => {
  redis = opened.redis;
});
beforeEach(async () => {
  nowMs = noonMs;
  store = createStateStore(redis, { nowMs: () => nowMs });
  await redis.flushall();
});

async function loadOne(request: LoadRequest) {
  const [loaded] = await store.load([request]);
  if (loaded === undefined) {
    throw new Error('nothing was loaded');
  }
  return loaded;
}

async function count(ids: LoadRequest['ids'], text = 'state') {
  const loaded = await loadOne(requestOf(acme, ids));
  const fresh = ids.filter(({ id }) => !loaded.seen.has(id));
  expect(await store.commit([changeOf(loaded, text, { counted: fresh })])).toEqual(['done']);
  return fresh.length;
}

function messages(from: number, to: number): LoadRequest['ids'] {
  return idsOf(...Array.from({ length: to - from }, (_, number) => `message-${from + number}`));
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

describe('load and commit', () => {
  it('gives nothing for a unit that was never stored', async () => {
    const loaded = await loadOne(requestOf(acme, idsOf('m1'), ['lena']));
    expect(loaded.bytes).toBeUndefined();
    expect(loaded.members.size).toBe(0);
    expect(loaded.seen.size).toBe(0);
  });

  it('gives back states, members and counted ids, for many units of many partitions in the order asked', async () => {
    const units = Array.from({ length: 150 }, (_, number) => accountOf(`account-${number}`));
    const first = await store.load(units.map((unit) => requestOf(unit)));
    const changes = first.map((loaded, at) =>
      changeOf(loaded, `state ${at}`, {
        members: new Map([
          ['lena', Buffer.from(`lena ${at}`)],
          ['gone', undefined],
        ]),
        counted: idsOf(`a${at}`, `b${at}`),
      }),
    );
    expect(new Set(await store.commit(changes))).toEqual(new Set(['done']));

    const again = await store.load(
      units.map((unit, at) =>
        requestOf(unit, idsOf(`b${at}`, `c${at}`, `a${at}`), ['lena', 'gone', 'never']),
      ),
    );
    again.forEach((loaded, at) => {
      expect(textOf(loaded.bytes)).toBe(`state ${at}`);
      expect([...loaded.members.keys()]).toEqual(['lena']);
      expect(textOf(loaded.members.get('lena'))).toBe(`lena ${at}`);
      expect(loaded.seen).toEqual(new Set([`a${at}`, `b${at}`]));
    });
  });

  it('keeps any bytes as they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        const unit = accountOf('bytes');
        const loaded = await loadOne(requestOf(unit));
        await store.commit([{ ...changeOf(loaded, ''), bytes, members: new Map([['m', bytes]]) }]);
        const again = await loadOne(requestOf(unit, [], ['m']));
        expect(Buffer.compare(again.bytes ?? Buffer.alloc(1), bytes)).toBe(0);
        expect(Buffer.compare(again.members.get('m') ?? Buffer.alloc(1), bytes)).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('removes a member and only that one', async () => {
    const loaded = await loadOne(requestOf(acme));
    const two = new Map([
      ['lena', Buffer.from('1')],
      ['omar', Buffer.from('2')],
    ]);
    await store.commit([changeOf(loaded, 'x', { members: two })]);
    const before = await loadOne(requestOf(acme));
    await store.commit([changeOf(before, 'x', { members: new Map([['lena', undefined]]) })]);
    expect([...(await loadOne(requestOf(acme, [], ['lena', 'omar']))).members.keys()]).toEqual([
      'omar',
    ]);
  });

  it('takes nothing from and gives nothing to an empty batch', async () => {
    expect(await store.load([])).toEqual([]);
    expect(await store.commit([])).toEqual([]);
  });
});

describe('all or nothing', () => {
  it('stores nothing at all of a unit that somebody else moved: no state, member, id, effect, decision or history', async () => {
    const late = await loadOne(requestOf(acme, idsOf('m1')));
    await store.commit([changeOf(await loadOne(requestOf(acme)), 'winner')]);
    const before = await redis.dbsize();
    const answers = await store.commit([
      changeOf(late, 'loser', {
        members: new Map([['lena', Buffer.from('x')]]),
        counted: idsOf('m1'),
        effects: [deliverEffect(acme)],
        decisions: [recordOf(acme)],
      }),
    ]);
    expect(answers).toEqual(['conflict']);
    expect(await redis.dbsize()).toBe(before);
    expect(textOf((await loadOne(requestOf(acme))).bytes)).toBe('winner');
  });

  it('stores the neighbours of a loser in the same script', async () => {
    const partition = partitionOf(acme);
    const neighbour = accountOf(
      Array.from({ length: 2000 }, (_, number) => `n${number}`).find(
        (id) => partitionOf(accountOf(id)) === partition,
      ) ?? '',
    );
    const [loser, winner] = await store.load([requestOf(acme), requestOf(neighbour)]);
    await store.commit([changeOf(await loadOne(requestOf(acme)), 'other')]);
    const full = {
      counted: idsOf('m1', 'm2'),
      effects: [deliverEffect(acme)],
      decisions: [recordOf(acme)],
    };
    const answers = await store.commit([
      changeOf(loser, 'lost', {
        ...full,
        members: new Map([
          ['a', Buffer.from('a')],
          ['b', undefined],
        ]),
      }),
      changeOf(winner, 'won', {
        members: new Map([['lena', Buffer.from('l')]]),
        counted: idsOf('m3'),
      }),
    ]);
    expect(answers).toEqual(['conflict', 'done']);
    const again = await loadOne(requestOf(neighbour, idsOf('m1', 'm3'), ['lena', 'a']));
    expect(textOf(again.bytes)).toBe('won');
    expect(again.seen).toEqual(new Set(['m3']));
    expect([...again.members.keys()]).toEqual(['lena']);
    expect(await redis.hlen(outboxKey(partition))).toBe(0);
  });

  it('stores effects, decisions and history with the state', async () => {
    const loaded = await loadOne(requestOf(acme));
    await store.commit([
      changeOf(loaded, 's', {
        effects: [deliverEffect(acme)],
        decisions: [recordOf(acme, 1), recordOf(acme, 2)],
      }),
    ]);
    const entry = await redis.hget(
      outboxKey(partitionOf(acme)),
      `deliver.${decisionIdOf(acme, 1)}`,
    );
    expect(JSON.parse(entry ?? '')).toMatchObject({ t: noonMs, e: { kind: 'deliver' } });
    expect(await redis.hget(ledgerKey(decisionIdOf(acme, 2)) ?? '', 'state')).toBe('queued');
    expect(await redis.lrange(historyKey(partitionOf(acme), acme), 0, -1)).toEqual([
      decisionIdOf(acme, 2),
      decisionIdOf(acme, 1),
    ]);
  });

  it('keeps the newest 50 decisions of an account in its history', async () => {
    for (let number = 1; number <= 60; number += 6) {
      const decisions = Array.from({ length: 6 }, (_, more) => recordOf(acme, number + more));
      await store.commit([changeOf(await loadOne(requestOf(acme)), 's', { decisions })]);
    }
    const history = await redis.lrange(historyKey(partitionOf(acme), acme), 0, -1);
    expect(history).toHaveLength(50);
    expect(history[0]).toBe(decisionIdOf(acme, 60));
  });

  it('refuses a decision of another partition instead of losing it', async () => {
    const other = accountOf('globex');
    expect(partitionOf(other)).not.toBe(partitionOf(acme));
    const loaded = await loadOne(requestOf(acme));
    await expect(
      store.commit([changeOf(loaded, 's', { decisions: [recordOf(other)] })]),
    ).rejects.toThrow('partition');
  });

  it('lets exactly one of two racing writers win each version, in any interleaving', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(2), fc.boolean()), { maxLength: 40 }),
        async (steps) => {
          await redis.flushall();
          const held = new Map<number, Awaited<ReturnType<typeof loadOne>>>();
          let version = 0;
          const holding = new Map<number, number>();
          for (const [writer, isLoad] of steps) {
            const loaded = held.get(writer);
            if (isLoad || loaded === undefined) {
              held.set(writer, await loadOne(requestOf(acme)));
              holding.set(writer, version);
            } else {
              const [answer] = await store.commit([changeOf(loaded, `writer ${writer}`)]);
              expect(answer).toBe(holding.get(writer) === version ? 'done' : 'conflict');
              version += answer === 'done' ? 1 : 0;
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('loses no increment of writers that race for real', async () => {
    const increment = async (): Promise<void> => {
      for (;;) {
        const loaded = await loadOne(requestOf(acme));
        const [answer] = await store.commit([
          changeOf(loaded, String(Number(textOf(loaded.bytes) ?? '0') + 1)),
        ]);
        if (answer === 'done') {
          return;
        }
      }
    };
    await Promise.all(Array.from({ length: 40 }, increment));
    expect(textOf((await loadOne(requestOf(acme))).bytes)).toBe('40');
  });
});

describe('counted ids', () => {
  it('finds an id again on its own day only', async () => {
    await count([{ id: 'm1', dedupeDay: today, receivedMs: noonMs }]);
    for (const [dedupeDay, found] of [
      [today, 1],
      [today - 1, 0],
      [today + 1, 0],
    ] as const) {
      const ids = [{ id: 'm1', dedupeDay, receivedMs: noonMs }];
      expect((await loadOne(requestOf(acme, ids))).seen.size).toBe(found);
    }
  });

  it('finds an id without a day on the day of receipt and on the next', async () => {
    await count([{ id: 'm1', dedupeDay: undefined, receivedMs: noonMs }]);
    for (const [days, found] of [
      [0, 1],
      [1, 1],
      [2, 0],
    ] as const) {
      const ids = [{ id: 'm1', dedupeDay: undefined, receivedMs: noonMs + days * 86_400_000 }];
      expect((await loadOne(requestOf(acme, ids))).seen.size).toBe(found);
    }
  });

  it('counts each id once, however often it comes and however busy the day gets', async () => {
    let counted = 0;
    for (let from = 0; from < 8000; from += 200) {
      counted += await count(messages(Math.max(0, from - 50), from + 200));
    }
    expect(counted).toBe(8000);
    // Every id is found again, whether it was counted before the first split or after the second.
    for (let from = 0; from < 8000; from += 2000) {
      expect((await loadOne(requestOf(acme, messages(from, from + 2000)))).seen.size).toBe(2000);
    }
    const unsplit = dedupeKey(partitionOf(acme), acme, today);
    expect(await redis.scard(unsplit)).toBe(400);
    for (const key of await redis.keys('*:d:*')) {
      expect(await redis.object('ENCODING', key), key).toBe('intset');
      expect(await redis.ttl(key)).toBeGreaterThan(7 * 86_400);
    }
    expect((await redis.keys('*:2.*')).length).toBeGreaterThan(200);
  });

  it('renews the life of a set on the next day, so that its last id has the whole horizon too', async () => {
    const key = dedupeKey(partitionOf(acme), acme, today);
    await count(idsOf('m1'));
    await redis.expire(key, 1000);
    await count(idsOf('m2'));
    expect(await redis.ttl(key)).toBeLessThanOrEqual(1000);
    nowMs += 86_400_000;
    await count(idsOf('m3'));
    expect(await redis.ttl(key)).toBeGreaterThan(7 * 86_400);
  });

  it('stores a state of a month of quiet days in few bytes', async () => {
    for (let day = 0; day < 30; day += 1) {
      await count([{ id: `m${day}`, dedupeDay: today + day, receivedMs: nowMs }], 's');
      nowMs += 86_400_000;
    }
    expect(await redis.strlen(stateKey(partitionOf(acme), acme))).toBeLessThan(60);
  });

  it('forgets a unit that nothing moves for the time it is to be kept', async () => {
    const short = createStateStore(redis, { nowMs: () => nowMs }, { retainMs: 5000 });
    const [loaded] = await short.load([requestOf(acme)]);
    await short.commit([changeOf(loaded, 's', { members: new Map([['lena', Buffer.from('x')]]) })]);
    for (const key of await redis.keys('*')) {
      expect(await redis.pttl(key)).toBeLessThanOrEqual(5000);
      expect(await redis.pttl(key)).toBeGreaterThan(0);
    }
  });
});
