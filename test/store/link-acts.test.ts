import { beforeEach, expect, it } from 'vitest';
import type { LinkActs } from '../../src/links/acts.ts';
import { createRedis, type RedisConnection, whenReady } from '../../src/store/connection.ts';
import { createLinkActs } from '../../src/store/link-acts.ts';
import { startRedis } from '../redis-server.ts';
import { useRedis } from '../use-redis.ts';
import { accountOf, decisionIdOf, noonMs } from './samples.ts';

let redis: RedisConnection;
let acts: LinkActs;
const id = decisionIdOf(accountOf('acme'), 1);

useRedis((opened) => {
  redis = opened.redis;
});
beforeEach(() => {
  acts = createLinkActs(redis);
});

it('gives a repetition the time of the first, and says whether it was told on', async () => {
  expect(await acts.begin(id, 'go', noonMs)).toEqual({ timeMs: noonMs, isTold: false });
  expect(await acts.begin(id, 'go', noonMs + 5)).toEqual({ timeMs: noonMs, isTold: false });
  await acts.finish(id, 'go');
  expect(await acts.begin(id, 'go', noonMs + 9)).toEqual({ timeMs: noonMs, isTold: true });
  expect(await acts.begin(id, 'dismiss.never', noonMs + 9)).toEqual({
    timeMs: noonMs + 9,
    isTold: false,
  });
});

it('tells what was done, and nothing of another decision', async () => {
  await acts.begin(id, 'go', noonMs);
  await acts.finish(id, 'go');
  await acts.claimUpgrade(id, noonMs + 1);
  expect(await acts.of(id)).toEqual({
    done: new Map([['go', noonMs]]),
    upgrade: { state: 'calling', sinceMs: noonMs + 1 },
  });
  expect(await acts.of(decisionIdOf(accountOf('acme'), 2))).toEqual({
    done: new Map(),
    upgrade: undefined,
  });
});

it('gives one of fifty the right to call, and it back only when the call failed', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, at) => acts.claimUpgrade(id, noonMs + at)),
  );
  expect(answers.filter((held) => held === undefined)).toHaveLength(1);
  expect(answers.filter((held) => held?.state === 'calling')).toHaveLength(49);
  await acts.settleUpgrade(id, 'failed', noonMs);
  expect(await acts.claimUpgrade(id, noonMs)).toBeUndefined();
  await acts.settleUpgrade(id, 'unknown', noonMs + 3);
  expect(await acts.claimUpgrade(id, noonMs)).toEqual({ state: 'unknown', sinceMs: noonMs + 3 });
});

it('keeps the right to call from a server that has lost its last seconds', async () => {
  await acts.claimUpgrade(id, noonMs);
  await redis.flushall();
  expect(await acts.claimUpgrade(id, noonMs + 1)).toEqual({ state: 'calling', sinceMs: noonMs });
  await acts.settleUpgrade(id, 'done', noonMs + 2);
  await redis.flushall();
  const done = { state: 'done', sinceMs: noonMs + 2 };
  expect((await acts.of(id)).upgrade).toEqual(done);
  expect(await acts.claimUpgrade(id, noonMs + 3)).toEqual(done);
  // Who else asks is told by the server again, which remembers as long as before.
  expect(await createLinkActs(redis).claimUpgrade(id, noonMs + 4)).toEqual(done);
  const [key = ''] = await redis.keys(`*${id}`);
  expect(await redis.ttl(key)).toBeGreaterThan(119 * 86_400);
});

it('lets a call be made again that failed, whatever the server has lost', async () => {
  await acts.claimUpgrade(id, noonMs);
  await acts.settleUpgrade(id, 'failed', noonMs + 1);
  await redis.flushall();
  expect(await acts.claimUpgrade(id, noonMs + 2)).toBeUndefined();
});

it('remembers for longer than a link lives', async () => {
  await acts.claimUpgrade(id, noonMs);
  const [key = ''] = await redis.keys(`*${id}`);
  expect(await redis.ttl(key)).toBeGreaterThan(119 * 86_400);
});

it('throws store_unreachable when Redis is away', async () => {
  await using own = await startRedis();
  const away = createRedis(own, 'producer');
  await whenReady(away, own);
  await own.kill('SIGKILL');
  const lost = createLinkActs(away);
  await expect(lost.begin(id, 'go', noonMs)).rejects.toMatchObject({ code: 'store_unreachable' });
  await expect(lost.of(id)).rejects.toMatchObject({ code: 'store_unreachable' });
  away.disconnect();
});
