import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dayMs, dayOf } from '../../src/core/duration.ts';
import type { LearningStep } from '../../src/core/model/step.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import { watchLearning, type WatchedLearning } from '../../src/jobs/watch-learning.ts';
import { createRedis, type RedisConnection, whenReady } from '../../src/store/connection.ts';
import { type ControlStore, createControlStore } from '../../src/store/controls.ts';
import { createLearningStore, type LearningStore } from '../../src/store/learning.ts';
import { offerOf } from '../core/offer.ts';
import { barePlaybook } from '../core/playbook.ts';
import { startRedis, type TestRedis } from '../redis-server.ts';
import { noonMs } from '../store/samples.ts';
import { until } from '../until.ts';

const learning: Playbook = {
  ...barePlaybook,
  plans: new Map([['pro', { id: 'pro', monthlyPriceCents: 9_900, limits: new Map() }]]),
  offers: new Map([['pro', offerOf()]]),
  learning: { ...barePlaybook.learning, mode: 'learn' },
};
const cell = { arm: 'prompt', offer: 'pro', signal: 'limit', channel: 'intercom' } as const;
const today = dayOf(noonMs);

let server: TestRedis;
let redis: RedisConnection;
let store: LearningStore;
let controls: ControlStore;
let watched: WatchedLearning[] = [];
let harm: string[] = [];
let biases: string[] = [];
let troubles: string[] = [];

beforeAll(async () => {
  server = await startRedis({ appendFsync: 'no' });
  redis = createRedis(server, 'producer');
  await whenReady(redis, server);
  store = createLearningStore(redis);
  controls = createControlStore(redis);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(async () => {
  harm = [];
  biases = [];
  troubles = [];
  await redis.flushall();
});
afterEach(async () => {
  await Promise.all(watched.map((one) => one.stop()));
  watched = [];
});

async function watch(playbook: Playbook = learning, from = store): Promise<WatchedLearning> {
  const one = await watchLearning({
    store: from,
    controls,
    playbook,
    clock: { nowMs: () => noonMs },
    onTrouble: (text) => void troubles.push(text),
    onHarm: (text) => void harm.push(text),
    onBias: (text) => void biases.push(text),
    everyMs: 20,
  });
  watched.push(one);
  return one;
}

function outcomes(what: 'prompts' | 'optedOut', count: number): readonly LearningStep[] {
  return Array.from({ length: count }, (_, at) => ({
    id: `${what}.${at}`,
    of: 'outcomes',
    day: today,
    offer: 'pro',
    channel: 'intercom',
    what,
  }));
}

function enrolled(count: number, isHoldout: boolean, mrrChange: number): readonly LearningStep[] {
  return Array.from({ length: count }, (_, at) => {
    const unit = `${isHoldout ? 'held' : 'asked'}${at}`;
    const timeMs = noonMs - 60 * dayMs + at * 1_000;
    const change = mrrChange + (at % 5) / 10;
    const account = { unit, timeMs, isHoldout, salt: learning.learning.salt, mrr: 49 };
    const result = { hasBought: at % 3 === 0, mrrChange: change, hasLeft: false };
    return [
      { id: `e.${unit}`, of: 'enrolments', day: today, account },
      { id: `r.${unit}`, of: 'results', day: today, unit, timeMs, result },
    ] satisfies readonly LearningStep[];
  }).flat();
}

describe('watched learning', () => {
  it("goes by the playbook's own numbers while nothing was counted", async () => {
    const { snapshot, accounts } = (await watch()).current();
    const { alpha, beta } = snapshot.belief(cell);
    expect(alpha / (alpha + beta)).toBeCloseTo(0.11, 12);
    expect(accounts).toBe(0);
  });

  it('hears of what was counted since, and names it by another snapshot', async () => {
    const one = await watch();
    const before = one.current();
    const name = '1|pro|limit|intercom';
    const at = { cell: name, day: today - 20 };
    await store.apply([
      ...Array.from({ length: 40 }, (_, n) => ({ id: `e${n}`, of: 'episodes', ...at }) as const),
      ...Array.from({ length: 20 }, (_, n) => ({ id: `c${n}`, of: 'conversions', ...at }) as const),
    ]);
    await until('the counts are read', () => one.current().snapshot.id !== before.snapshot.id);
    const belief = one.current().snapshot.belief(cell);
    expect(belief).toMatchObject({ n: 40, y: 20 });
    expect(belief.alpha / (belief.alpha + belief.beta)).toBeGreaterThan(0.2);
  });

  it('keeps the numbers it has, and says so, while Redis cannot be read', async () => {
    const failing = { ...store, counters: () => Promise.reject(new Error('away')) };
    const one = await watch(learning, failing);
    expect(troubles).toContain('away');
    expect(one.current().snapshot.belief(cell).n).toBe(0);
  });

  it.each(['fixed', 'learn'] as const)(
    'stops an offer whose prompts drive people away, in mode %s',
    async (mode) => {
      await store.apply([...outcomes('prompts', 60), ...outcomes('optedOut', 2)]);
      await watch({ ...learning, learning: { ...learning.learning, mode } });
      expect((await controls.read([], noonMs)).stopped).toEqual(new Map());
      await store.apply(outcomes('optedOut', 5));
      await until('the offer is stopped', async () =>
        (await controls.read([], noonMs)).stopped.has('pro'),
      );
      const { stopped } = await controls.read([], noonMs);
      expect(stopped.get('pro')).toBe(
        'stopped by itself: by intercom 5 of 60 people opted out, more than 0.5 % can explain',
      );
      expect(harm).toHaveLength(1);
    },
  );

  it('stops nothing again that the operator resumed, because it counts anew', async () => {
    await store.apply([...outcomes('prompts', 60), ...outcomes('optedOut', 5)]);
    await watch();
    await controls.resume({ offerId: 'pro' });
    await (await watch()).stop();
    expect((await controls.read([], noonMs)).stopped).toEqual(new Map());
  });

  it('pauses everything once it is proved that asking costs more than it brings', async () => {
    await store.apply([...enrolled(200, false, -20), ...enrolled(100, true, 5)]);
    await watch();
    expect((await controls.read([], noonMs)).paused).toMatch(
      /^paused by itself: accounts that are asked bring 25\.00 a month less/u,
    );
    expect(harm).toEqual([expect.stringContaining('learning.salt')]);
  });

  it('tells once, in its first hour, that what is learned compares different accounts', async () => {
    // Every other account is large: asked three times of four, and it buys anyway.
    const steps = Array.from({ length: 600 }, (_, at): readonly LearningStep[] => {
      const isLarge = at % 2 === 0;
      const isAsked = at % 16 < 12 === isLarge;
      const [unit, family] = [`u${at}`, 'upgrade'];
      const startMs = noonMs - 30 * dayMs;
      const cell = isAsked ? '1|pro|limit|intercom' : '0|upgrade|limit';
      const episodes = [{ family, cell, pi: isLarge ? 0.75 : 0.25 }];
      const shared = { kind: 'opened', unit, decisionId: unit, startMs, windowDays: 14 } as const;
      const opened = { ...shared, isHoldout: false, episodes };
      const bought = { kind: 'bought', unit, family, timeMs: startMs + dayMs } as const;
      return [
        { id: `o.${unit}`, of: 'facts', day: today, fact: opened },
        ...(at % (isLarge ? 3 : 19) === 0
          ? [{ id: `b.${unit}`, of: 'facts', day: today, fact: bought } as const]
          : []),
      ];
    }).flat();
    await store.apply(steps);
    let reads = 0;
    const counted = {
      ...store,
      counters: (...args: Parameters<LearningStore['counters']>) => {
        reads += 1;
        return store.counters(...args);
      },
    };
    await watch(learning, counted);
    await until('the counters were read five times', () => reads >= 5);
    expect(biases).toEqual([expect.stringContaining('pro at limit signals by intercom')]);
  });

  it('pauses nothing where asking pays, or where too few accounts are left alone', async () => {
    await store.apply([...enrolled(200, false, 20), ...enrolled(100, true, 5)]);
    await watch();
    await redis.flushall();
    await store.apply([...enrolled(200, false, -20), ...enrolled(2, true, 5)]);
    await watch();
    expect((await controls.read([], noonMs)).paused).toBeUndefined();
  });
});
