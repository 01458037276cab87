import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import type { Input } from '../../src/core/input.ts';
import { startTimers } from '../../src/jobs/timers.ts';
import type { RedisConnection } from '../../src/store/connection.ts';
import { createTimerStore, type TimerStore } from '../../src/store/timer-store.ts';
import type { TestRedis } from '../redis-server.ts';
import { useRedis } from '../use-redis.ts';
import { noonMs, timerOf } from '../store/samples.ts';
import { until } from '../until.ts';

let server: TestRedis;
let redis: RedisConnection;
let timers: TimerStore;
let running: { stop(): Promise<void> }[] = [];
let nowMs = noonMs;
const clock = { nowMs: () => nowMs };
/** What the lanes were given. */
let enqueued: string[] = [];
let troubles: string[] = [];

const lanes = {
  enqueue: (inputs: readonly Input[]) => {
    enqueued.push(...inputs.map(({ id }) => id));
    return Promise.resolve();
  },
};

useRedis((opened) => {
  redis = opened.redis;
  server = opened.server;
  timers = createTimerStore(redis);
});
beforeEach(async () => {
  nowMs = noonMs;
  enqueued = [];
  troubles = [];
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.stop()));
  running = [];
});

function start(changes: Partial<Parameters<typeof startTimers>[0]> = {}): void {
  running.push(
    startTimers({ timers, lanes, clock, onTrouble: (text) => troubles.push(text), ...changes }),
  );
}

const noneIsDue = () =>
  until('no timer is due', async () => (await timers.countDue(clock.nowMs())) === 0);

describe('timers', () => {
  it('hand what is due to its lane by the clock of the hub, which may be moved', async () => {
    await timers.add([timerOf('now', noonMs), timerOf('tomorrow', noonMs + 86_400_000)]);
    start();
    await until('the first was handed on', () => enqueued.length === 1);
    expect(enqueued).toEqual(['now']);
    nowMs += 86_400_000;
    await until('the second was handed on', () => enqueued.length === 2);
    await noneIsDue();
    expect(enqueued).toEqual(['now', 'tomorrow']);
  });

  it('hand on more than one look takes without a pause', async () => {
    await timers.add(Array.from({ length: 450 }, (_, at) => timerOf(`t${at}`, noonMs + at)));
    nowMs += 1000;
    // The next look would come in an hour.
    start({ everyMs: 3_600_000 });
    await until('all were handed on', () => enqueued.length === 450);
    expect(new Set(enqueued).size).toBe(450);
  });

  it('come again after a crash between handing on and taking out, by the same id', async () => {
    await timers.add([timerOf('one', noonMs)]);
    start({ timers: { ...timers, remove: () => Promise.reject(new Error('killed')) } });
    await until('the trouble was told', () => troubles.length > 0);
    await running.pop()?.stop();
    expect(await timers.countDue(noonMs)).toBe(1);
    start();
    await noneIsDue();
    expect(enqueued.length).toBeGreaterThanOrEqual(2);
    expect(new Set(enqueued)).toEqual(new Set(['one']));
  });

  it('stay when their lane did not take them', async () => {
    await timers.add([timerOf('one', noonMs)]);
    const away = new Fault('store_unreachable', 'later', 'Redis did not answer.');
    start({ lanes: { enqueue: () => Promise.reject(away) } });
    await until('the trouble was told', () => troubles.length > 0);
    expect(troubles[0]).toBe('Redis did not answer.');
    expect(await timers.countDue(noonMs)).toBe(1);
  });

  it('are all served while several workers look', async () => {
    await timers.add(Array.from({ length: 600 }, (_, at) => timerOf(`t${at}`, noonMs)));
    start();
    start();
    start();
    await noneIsDue();
    expect(new Set(enqueued).size).toBe(600);
  });

  it('go on by themselves when Redis was away and is back', async () => {
    await timers.add([timerOf('later', noonMs + 1000)]);
    start();
    await server.kill('SIGKILL');
    await until('the trouble was told', () => troubles.length > 0);
    nowMs += 1000;
    await server.restart();
    await until('it was handed on', () => enqueued.length > 0);
    expect(enqueued).toEqual(['later']);
  });

  it('are looked at no more after stop', async () => {
    start();
    await running.pop()?.stop();
    await timers.add([timerOf('one', noonMs)]);
    start();
    await until('another worker served it', () => enqueued.length > 0);
    expect(enqueued).toEqual(['one']);
  });
});
