import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createRedis, type RedisConnection, whenReady } from '../../src/store/connection.ts';
import { createTurn, type Turn } from '../../src/store/turn.ts';
import { startRedis, type TestRedis } from '../redis-server.ts';
import { until } from '../until.ts';

let server: TestRedis;
let redis: RedisConnection;
let turn: Turn;

beforeAll(async () => {
  server = await startRedis({ appendFsync: 'no' });
  redis = createRedis(server, 'producer');
  await whenReady(redis, server);
  turn = createTurn(redis, 'turn', 'try');
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await redis.flushall();
});

it('is had by one at a time, who keeps it by taking it again', async () => {
  const tries = await Promise.all(['a', 'b', 'c'].map((holder) => turn.take(holder, 60_000)));
  expect(tries).toEqual([true, false, false]);
  expect(await turn.take('a', 120_000)).toBe(true);
  expect(await redis.pttl('turn')).toBeGreaterThan(60_000);
});

it('is given back by who has it and by nobody else', async () => {
  await turn.take('a', 60_000);
  await turn.end('b');
  expect(await turn.take('b', 60_000)).toBe(false);
  await turn.end('a');
  await turn.end('a');
  expect(await turn.take('b', 60_000)).toBe(true);
});

it('ends with its time, and he who had it does not take it from the next', async () => {
  await turn.take('a', 0.2);
  await until('the turn to end', () => turn.take('b', 60_000));
  expect(await turn.take('a', 60_000)).toBe(false);
});
