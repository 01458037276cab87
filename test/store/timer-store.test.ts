import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createRedis, type RedisConnection, whenReady } from '../../src/store/connection.ts';
import { createTimerStore, type TimerStore } from '../../src/store/timer-store.ts';
import { startRedis, type TestRedis } from '../redis-server.ts';
import { noonMs, timerOf } from './samples.ts';

let server: TestRedis;
let redis: RedisConnection;
let other: RedisConnection;
let timers: TimerStore;

beforeAll(async () => {
  server = await startRedis({ appendFsync: 'no' });
  redis = createRedis(server, 'producer');
  other = createRedis(server, 'producer');
  await Promise.all([whenReady(redis, server), whenReady(other, server)]);
  timers = createTimerStore(redis);
});
afterAll(async () => {
  redis.disconnect();
  other.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await redis.flushall();
});

it('gives what is due, earliest first, at most so many, and nothing before its millisecond', async () => {
  await timers.add([timerOf('late', noonMs + 2), timerOf('now', noonMs), timerOf('old', 5)]);
  expect(await timers.due(noonMs, 10)).toEqual([timerOf('old', 5), timerOf('now', noonMs)]);
  expect(await timers.due(noonMs, 1)).toEqual([timerOf('old', 5)]);
  expect(await timers.due(noonMs + 1, 10)).toHaveLength(2);
  expect(await timers.due(noonMs + 2, 10)).toHaveLength(3);
  expect(await timers.countDue(noonMs + 1)).toBe(2);
});

it('leaves a timer that is set already at its time', async () => {
  await timers.add([timerOf('one', noonMs)]);
  await timers.add([timerOf('one', noonMs + 1000)]);
  expect(await timers.due(noonMs, 10)).toHaveLength(1);
});

it('forgets what was removed, and does not mind what was never set', async () => {
  await timers.add([timerOf('one', noonMs), timerOf('two', noonMs)]);
  await timers.remove(['one', 'never set']);
  await timers.remove([]);
  await timers.add([]);
  expect(await timers.due(noonMs, 10)).toEqual([timerOf('two', noonMs)]);
  await timers.remove(['two']);
  expect(await redis.keys('*')).toEqual([]);
});

it('never holds a time without its input, however setting and serving the same timer race', async () => {
  const another = createTimerStore(other);
  const ids = Array.from({ length: 40 }, (_, at) => `t${at}`);
  await Promise.all(
    ids.flatMap((id) => [
      timers.add([timerOf(id, noonMs)]),
      another.remove([id]),
      another.add([timerOf(id, noonMs)]),
      timers.remove([id]),
    ]),
  );
  expect(await timers.countDue(noonMs)).toBe((await timers.due(noonMs, 100)).length);
  await timers.remove(ids);
  expect(await redis.keys('*')).toEqual([]);
});
