import { describe, expect, it } from 'vitest';
import type { RedisConnection } from '../../src/store/connection.ts';
import { createUnmappedCounts } from '../../src/store/unmapped.ts';
import { useRedis } from '../use-redis.ts';

let redis: RedisConnection;

useRedis((opened) => {
  redis = opened.redis;
});

describe('the counts of events that no rule knows', () => {
  it('add up over processes, most frequent first', async () => {
    const counts = createUnmappedCounts(redis);
    expect(await counts.all()).toEqual([]);
    await counts.add(
      new Map([
        ['Song Played', 2],
        ['page:Home', 5],
      ]),
    );
    await createUnmappedCounts(redis).add(new Map([['Song Played', 4]]));
    await counts.add(new Map());
    expect(await counts.all()).toEqual([
      { event: 'Song Played', count: 6 },
      { event: 'page:Home', count: 5 },
    ]);
    expect(await redis.ttl('{unmapped}')).toBeGreaterThan(89 * 24 * 60 * 60);
  });

  it('tell at most 500 names apart, and count the rest together without losing one', async () => {
    const counts = createUnmappedCounts(redis);
    const names = (from: number, to: number): ReadonlyMap<string, number> =>
      new Map(Array.from({ length: to - from }, (_, at) => [`event ${from + at}`, 1] as const));
    await counts.add(names(0, 490));
    await counts.add(names(480, 520));
    const all = await counts.all();
    expect(all).toHaveLength(501);
    expect(all[0]).toEqual({ event: '', count: 20 });
    expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(530);
  });
});
