import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rebuild } from '../../src/cli/run-rebuild.ts';
import { dayMs, dayOf } from '../../src/core/duration.ts';
import {
  creditConversion,
  type Increment,
  noEpisodes,
  openEpisodes,
  retireEpisodes,
} from '../../src/core/model/episode.ts';
import { type Cell, cellKey } from '../../src/core/model/snapshot.ts';
import type { LearningStep } from '../../src/core/model/step.ts';
import { createTally } from '../../src/core/model/tally.ts';
import { createRedis, type RedisConnection, whenReady } from '../../src/store/connection.ts';
import { createControlStore } from '../../src/store/controls.ts';
import { createLearningStore, type LearningStore } from '../../src/store/learning.ts';
import { offerOf } from '../core/offer.ts';
import { barePlaybook } from '../core/playbook.ts';
import { startRedis, type TestRedis } from '../redis-server.ts';
import { noonMs } from './samples.ts';

const playbook = { ...barePlaybook, offers: new Map([['pro', offerOf()]]) };
const prompt: Cell = { arm: 'prompt', offer: 'pro', signal: 'limit', channel: 'intercom' };
const hold: Cell = { arm: 'hold', family: 'upgrade', signal: 'limit' };
const today = dayOf(noonMs);

let server: TestRedis;
let workers: RedisConnection[];
let store: LearningStore;

beforeAll(async () => {
  server = await startRedis({ appendFsync: 'no' });
  workers = Array.from({ length: 8 }, () => createRedis(server, 'producer'));
  await Promise.all(workers.map((redis) => whenReady(redis, server)));
  store = storeOf(0);
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

function redisOf(worker: number): RedisConnection {
  const redis = workers[worker % workers.length];
  if (redis === undefined) {
    throw new Error('there is no worker');
  }
  return redis;
}

function storeOf(worker: number): LearningStore {
  return createLearningStore(redisOf(worker));
}

function outcome(
  id: string,
  what: 'prompts' | 'dismissed' | 'clicked',
): Extract<LearningStep, { of: 'outcomes' }> {
  return { id, of: 'outcomes', day: today, offer: 'pro', channel: 'intercom', what };
}

/** What accounts would report: each opens a window, buys a few times, and the window ends or not. */
const stories = fc.array(
  fc.record({
    startDay: fc.integer({ min: today - 100, max: today }),
    isPrompt: fc.boolean(),
    boughtAfterHours: fc.array(fc.integer({ min: 1, max: 20 * 24 }), { maxLength: 3 }),
  }),
  { maxLength: 12 },
);

interface Story {
  readonly startDay: number;
  readonly isPrompt: boolean;
  readonly boughtAfterHours: readonly number[];
}

function stepsOf(told: readonly Story[]): {
  readonly steps: readonly LearningStep[];
  readonly increments: readonly Increment[];
} {
  const steps: LearningStep[] = [];
  const increments: Increment[] = [];
  for (const [at, { boughtAfterHours, isPrompt, startDay }] of told.entries()) {
    const unit = `unit${at}`;
    const startMs = startDay * dayMs + 1_000;
    const decision = { decisionId: `d${at}`, startMs, windowDays: 14 };
    const cell = isPrompt ? prompt : hold;
    const day = startDay;
    let moved = openEpisodes(noEpisodes, decision, [{ family: 'upgrade', cell }]);
    increments.push(...moved.increments);
    const episodes = [{ family: 'upgrade', cell: cellKey(cell), pi: 0.5 }];
    steps.push({
      id: `opened.d${at}`,
      of: 'facts',
      day,
      fact: { kind: 'opened', unit, ...decision, isHoldout: false, episodes },
    });
    for (const hours of boughtAfterHours) {
      const timeMs = startMs + hours * 3_600_000;
      moved = creditConversion(moved.state, { family: 'upgrade', timeMs });
      increments.push(...moved.increments);
      const fact = { kind: 'bought', unit, family: 'upgrade', timeMs } as const;
      steps.push({ id: `bought.${unit}.${timeMs}`, of: 'facts', day: dayOf(timeMs), fact });
    }
    increments.push(...retireEpisodes(moved.state, noonMs).increments);
  }
  return { steps: [...steps, ...increments], increments };
}

describe('what was learned, in Redis', () => {
  it('counts each step once, however many workers hand it on and in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(stories, fc.infiniteStream(fc.nat(7)), async (told, picks) => {
        await redisOf(0).flushall();
        const { increments, steps } = stepsOf(told);
        const twice = [...steps, ...steps.toReversed()];
        await Promise.all(twice.map((step) => storeOf(picks.next().value ?? 0).apply([step])));
        const tally = createTally();
        for (const one of increments) {
          tally.add(one);
        }
        const expected = createLearningStore(redisOf(0));
        await expect(rebuild(expected, playbook, noonMs, false)).resolves.toMatchObject({
          isSame: true,
        });
        const live = await store.counters(() => 'upgrade', today);
        const sum = (what: 'n' | 'y', cells: typeof live.cells): number =>
          cells.flatMap(({ days }) => days).reduce((total, day) => total + day[what], 0);
        const kept = tally.counters(() => 'upgrade');
        expect(sum('n', live.cells)).toBe(sum('n', kept.cells));
        expect(sum('y', live.cells)).toBe(sum('y', kept.cells));
      }),
      { numRuns: 25 },
    );
  });

  it('tells where the counters are not what the log says, and puts them right when told to', async () => {
    const { steps } = stepsOf([
      { startDay: today - 3, isPrompt: true, boughtAfterHours: [30] },
      { startDay: today - 60, isPrompt: true, boughtAfterHours: [50] },
    ]);
    await store.apply(steps);
    const before = await store.counters(() => 'upgrade', today);
    await redisOf(0).hincrby('{learning}:cells', `y|${today - 3}|${cellKey(prompt)}`, 4);
    const seen = await rebuild(store, playbook, noonMs, false);
    expect(seen.isSame).toBe(false);
    expect(seen.lines.join('\n')).toContain('the counters say 5, the log says 1');
    expect((await rebuild(store, playbook, noonMs, true)).isSame).toBe(true);
    expect(await rebuild(store, playbook, noonMs, false)).toMatchObject({ isSame: true });
    const after = await store.counters(() => 'upgrade', today);
    expect(after.lags).toEqual(before.lags);
  });

  it('lets go of days that are more than 400 old', async () => {
    const cell = cellKey(prompt);
    await store.apply([
      { id: 'a', of: 'episodes', cell, day: today - 401 },
      { id: 'b', of: 'episodes', cell, day: today - 400 },
    ]);
    const { cells } = await store.counters(() => 'upgrade', today);
    expect(cells.flatMap(({ days }) => days)).toEqual([{ day: today - 400, n: 1, y: 0 }]);
    expect(await redisOf(0).hlen('{learning}:cells')).toBe(1);
  });

  it('counts an offer anew once it was stopped and resumed', async () => {
    const controls = createControlStore(redisOf(1));
    await store.apply([outcome('1', 'prompts'), outcome('2', 'dismissed')]);
    expect(await store.outcomes()).toMatchObject([{ offer: 'pro', prompts: 1, dismissed: 1 }]);
    await controls.stop({ offerId: 'pro' }, 'it annoys');
    await controls.resume({ offerId: 'pro' });
    expect(await store.outcomes()).toEqual([]);
    await store.apply([outcome('3', 'prompts'), outcome('1', 'prompts')]);
    expect(await store.outcomes()).toMatchObject([{ prompts: 1, dismissed: 0 }]);
  });

  it('keeps who takes part, and what became of them', async () => {
    const account = { unit: 'u', timeMs: noonMs, isHoldout: true, salt: 's', mrr: 49 };
    const result = { hasBought: true, mrrChange: 50, hasLeft: false };
    await store.apply([{ id: 'e', of: 'enrolments', day: today, account }]);
    expect(await store.enrolled()).toEqual([{ ...account, result: undefined }]);
    await store.apply([{ id: 'r', of: 'results', day: today, unit: 'u', timeMs: noonMs, result }]);
    expect(await store.enrolled()).toEqual([{ ...account, result }]);
    expect(await store.countEnrolled()).toBe(1);
  });
});
