import { expect, it } from 'vitest';
import type { Quarantined } from '../../src/core/ports.ts';
import { createRedis, type RedisConnection } from '../../src/store/connection.ts';
import { createQuarantine } from '../../src/store/quarantine.ts';
import { useRedis } from '../use-redis.ts';

let redis: RedisConnection;

useRedis((opened) => {
  redis = opened.redis;
});

function call(number: number, userId?: string): Quarantined {
  return {
    reason: 'unknown_type',
    message: `Call ${number} has no type; set one.`,
    door: 'webhook',
    receivedMs: 1000 + number,
    userId,
    raw: `{"n":${number},"text":"ä \\" \\n"}`,
  };
}

it('gives calls back as they came, newest first, page by page', async () => {
  const quarantine = createQuarantine(redis);
  await quarantine.add([call(1, 'lena'), call(2)]);
  await quarantine.add([call(3)]);
  const [third, second] = await quarantine.newest(2);
  expect(third).toEqual({ ...call(3), id: third?.id });
  expect(second).toEqual({ ...call(2), id: second?.id });
  const rest = await quarantine.newest(2, second?.id);
  expect(rest.map(({ raw, userId }) => ({ raw, userId }))).toEqual([
    { raw: call(1).raw, userId: 'lena' },
  ]);
});

it('forgets all calls of one person and no other', async () => {
  const quarantine = createQuarantine(redis);
  await quarantine.add(
    Array.from({ length: 1203 }, (_, number) => call(number, number % 3 === 0 ? 'lena' : 'omar')),
  );
  expect(await quarantine.removeOf('lena')).toBe(401);
  expect(await quarantine.removeOf('lena')).toBe(0);
  const left = await quarantine.newest(2000);
  expect(left).toHaveLength(802);
  expect(left.every(({ userId }) => userId === 'omar')).toBe(true);
});

it('keeps about the newest 10,000', async () => {
  const quarantine = createQuarantine(redis);
  for (let from = 0; from < 12_000; from += 1000) {
    await quarantine.add(Array.from({ length: 1000 }, (_, number) => call(from + number)));
  }
  const length = await redis.xlen('{quarantine}');
  expect(length).toBeGreaterThanOrEqual(10_000);
  expect(length).toBeLessThan(10_500);
  expect((await quarantine.newest(1))[0]?.receivedMs).toBe(12_999);
});

it('needs no server to add nothing', async () => {
  const { redis: closed } = { redis: createRedis({ path: '/nowhere/socket' }, 'producer') };
  await expect(createQuarantine(closed).add([])).resolves.toBeUndefined();
  closed.disconnect();
});
