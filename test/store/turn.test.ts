import { expect, it } from 'vitest';
import type { RedisConnection } from '../../src/store/connection.ts';
import { createTurn, type Turn } from '../../src/store/turn.ts';
import { until } from '../until.ts';
import { useRedis } from '../use-redis.ts';

let redis: RedisConnection;
let turn: Turn;

useRedis((opened) => {
  redis = opened.redis;
  turn = createTurn(redis, 'turn', 'try');
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
