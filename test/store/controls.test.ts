import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { allOn } from '../../src/core/controls.ts';
import { dayMs, hourMs } from '../../src/core/duration.ts';
import { createRedis, type RedisConnection, whenReady } from '../../src/store/connection.ts';
import { type Admission, type ControlStore, createControlStore } from '../../src/store/controls.ts';
import { offerOf } from '../core/offer.ts';
import { startRedis, type TestRedis } from '../redis-server.ts';
import { noonMs } from './samples.ts';

let server: TestRedis;
let workers: RedisConnection[];
let controls: ControlStore;

beforeAll(async () => {
  server = await startRedis({ appendFsync: 'no' });
  workers = Array.from({ length: 16 }, () => createRedis(server, 'producer'));
  await Promise.all(workers.map((redis) => whenReady(redis, server)));
  controls = storeOf(0);
});
afterAll(async () => {
  for (const redis of workers) {
    redis.disconnect();
  }
  await server.stop();
});
beforeEach(async () => {
  await workers[0]?.flushall();
});

/** The controls as one of the workers sees them, on a connection of its own. */
function storeOf(worker: number): ControlStore {
  const redis = workers[worker % workers.length];
  if (redis === undefined) {
    throw new Error('there is no worker');
  }
  return createControlStore(redis);
}

interface Asked {
  readonly id: string;
  readonly offerId?: string;
  readonly nowMs?: number;
  readonly budget?: { readonly max: number; readonly withinMs: number };
  readonly perMinute?: number;
}

function admit(store: ControlStore, asked: Asked): Promise<Admission> {
  const { id, offerId = 'pro', nowMs = noonMs, budget, perMinute = 10_000 } = asked;
  return store.admit({ decisionId: id, offerId, nowMs, budget, perMinute });
}

describe('a switch', () => {
  it('stops everything at the next prompt of any worker, and says why', async () => {
    expect(await admit(storeOf(1), { id: 'd1' })).toEqual({ kind: 'admitted' });
    await controls.stop('everything', 'the prices are wrong');
    const answers = await Promise.all(
      workers.map((_, at) => admit(storeOf(at), { id: `d${at + 2}` })),
    );
    expect(answers).toEqual(
      workers.map(() => ({
        kind: 'refused',
        reason: 'the hub is paused (the prices are wrong)',
      })),
    );
    expect(await admit(controls, { id: 'd1' }), 'also one that was let out before').toMatchObject({
      kind: 'refused',
    });
    expect(await controls.resume('everything')).toBe(true);
    expect(await controls.resume('everything')).toBe(false);
    expect(await admit(storeOf(3), { id: 'd3' })).toEqual({ kind: 'admitted' });
  });

  it('stops one offer and leaves the others alone', async () => {
    await controls.stop({ offerId: 'pro' }, 'typo');
    expect(await admit(controls, { id: 'd1' })).toEqual({
      kind: 'refused',
      reason: 'the offer is stopped (typo)',
    });
    expect(await admit(controls, { id: 'd2', offerId: 'team' })).toEqual({ kind: 'admitted' });
    expect(await controls.resume({ offerId: 'team' })).toBe(false);
    expect(await controls.resume({ offerId: 'pro' })).toBe(true);
    expect(await admit(controls, { id: 'd1' })).toEqual({ kind: 'admitted' });
  });

  it('is not mistaken for the switch of everything where an offer has a strange name', async () => {
    await controls.stop({ offerId: 'all' }, 'an offer');
    expect(await admit(controls, { id: 'd1' })).toEqual({ kind: 'admitted' });
    expect(await controls.read([], noonMs)).toEqual({
      ...allOn,
      stopped: new Map([['all', 'an offer']]),
    });
  });

  it('is read with the reasons by whoever decides', async () => {
    expect(await controls.read([], noonMs)).toEqual(allOn);
    await controls.stop('everything', 'a sale');
    await controls.stop({ offerId: 'pro' }, 'a typo');
    expect(await storeOf(5).read([], noonMs)).toEqual({
      paused: 'a sale',
      stopped: new Map([['pro', 'a typo']]),
      spent: new Set(),
    });
  });
});

describe("an offer's budget", () => {
  const budget = { max: 5, withinMs: dayMs };

  it('lets out exactly so many prompts, however many workers ask at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 80 }, (_, at) => admit(storeOf(at), { id: `d${at}`, budget })),
    );
    expect(answers.filter(({ kind }) => kind === 'admitted')).toHaveLength(5);
    expect(answers.filter(({ kind }) => kind === 'refused')).toHaveLength(75);
    expect(answers.find(({ kind }) => kind === 'refused')).toEqual({
      kind: 'refused',
      reason: 'the budget of the offer is spent',
    });
    const offer = offerOf({ id: 'pro', budget });
    expect((await controls.read([offer], noonMs)).spent).toEqual(new Set(['pro']));
    expect(await admit(controls, { id: 'e1', offerId: 'team', budget })).toEqual({
      kind: 'admitted',
    });
  });

  it('counts a prompt once, however often its delivery is tried, also when it took the last place', async () => {
    const one = { ...budget, max: 1 };
    for (let tried = 0; tried < 20; tried += 1) {
      const asked = { id: 'd1', budget: one, perMinute: 1, nowMs: noonMs + tried };
      expect(await admit(storeOf(tried), asked)).toEqual({ kind: 'admitted' });
    }
    const offer = offerOf({ id: 'pro', budget: { ...budget, max: 2 } });
    expect((await controls.read([offer], noonMs + 20)).spent).toEqual(new Set());
  });

  it('slides: a prompt leaves it when its window has passed, to the millisecond', async () => {
    const one = { max: 1, withinMs: hourMs };
    expect(await admit(controls, { id: 'd1', budget: one })).toMatchObject({ kind: 'admitted' });
    const justBefore = noonMs + hourMs - 1;
    expect(await admit(controls, { id: 'd2', budget: one, nowMs: justBefore })).toMatchObject({
      kind: 'refused',
    });
    const offer = offerOf({ id: 'pro', budget: one });
    expect((await controls.read([offer], justBefore)).spent.has('pro')).toBe(true);
    expect((await controls.read([offer], justBefore + 1)).spent.has('pro')).toBe(false);
    expect(await admit(controls, { id: 'd2', budget: one, nowMs: justBefore + 1 })).toMatchObject({
      kind: 'admitted',
    });
  });

  it('gets back what reached nobody, once', async () => {
    const one = { max: 1, withinMs: hourMs };
    await admit(controls, { id: 'd1', budget: one });
    await controls.giveBack('d1', 'pro');
    await controls.giveBack('d1', 'pro');
    expect(await admit(controls, { id: 'd2', budget: one })).toEqual({ kind: 'admitted' });
    expect(await admit(controls, { id: 'd3', budget: one })).toMatchObject({ kind: 'refused' });
  });
});

describe('the pace of the workspace', () => {
  it('lets out exactly so many prompts a minute of all offers, however many workers ask', async () => {
    const answers = await Promise.all(
      Array.from({ length: 160 }, (_, at) =>
        admit(storeOf(at), { id: `d${at}`, offerId: `offer${at % 7}`, perMinute: 30 }),
      ),
    );
    expect(answers.filter(({ kind }) => kind === 'admitted')).toHaveLength(30);
    expect(new Set(answers.filter(({ kind }) => kind === 'wait'))).toEqual(
      new Set(Array.from({ length: 130 }, () => ({ kind: 'wait', forMs: 60_000 }))),
    );
  });

  it('says how long to wait, and admits then: no minute ever holds more, whatever the moments', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 1, max: 4 }),
        async (gaps, perMinute) => {
          await workers[0]?.flushall();
          const out: number[] = [];
          let nowMs = noonMs;
          for (const [at, gapMs] of gaps.entries()) {
            nowMs += gapMs;
            const asked = { id: `d${at}`, perMinute };
            const first = await admit(storeOf(at), { ...asked, nowMs });
            if (first.kind === 'wait') {
              if (first.forMs > 1) {
                const early = await admit(controls, { ...asked, nowMs: nowMs + first.forMs - 1 });
                expect(early).toEqual({ kind: 'wait', forMs: 1 });
              }
              nowMs += first.forMs;
              expect(await admit(controls, { ...asked, nowMs })).toEqual({ kind: 'admitted' });
            }
            out.push(nowMs);
          }
          for (const endMs of out) {
            const within = out.filter((timeMs) => timeMs > endMs - 60_000 && timeMs <= endMs);
            expect(within.length).toBeLessThanOrEqual(perMinute);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('does not spend the budget of a prompt that must wait', async () => {
    const budget = { max: 1, withinMs: dayMs };
    await admit(controls, { id: 'other', offerId: 'team', perMinute: 1 });
    expect(await admit(controls, { id: 'd1', budget, perMinute: 1 })).toMatchObject({
      kind: 'wait',
    });
    expect((await controls.read([offerOf({ id: 'pro', budget })], noonMs)).spent.size).toBe(0);
  });

  it('gets back what reached nobody', async () => {
    await admit(controls, { id: 'd1', perMinute: 1 });
    await controls.giveBack('d1', 'pro');
    expect(await admit(controls, { id: 'd2', perMinute: 1 })).toEqual({ kind: 'admitted' });
  });
});

it('says in one sentence that Redis is away', async () => {
  await using away = await startRedis({ appendFsync: 'no' });
  const redis = createRedis(away, 'producer');
  await whenReady(redis, away);
  await away.kill('SIGKILL');
  const lost = createControlStore(redis);
  for (const call of [
    lost.stop('everything', 'x'),
    lost.resume('everything'),
    lost.read([], noonMs),
    admit(lost, { id: 'd1' }),
    lost.giveBack('d1', 'pro'),
  ]) {
    await expect(call).rejects.toMatchObject({ code: 'store_unreachable', retry: 'later' });
  }
  redis.disconnect();
});
