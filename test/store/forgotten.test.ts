import { describe, expect, it } from 'vitest';
import { createForgotten, type Forgotten } from '../../src/store/forgotten.ts';
import { createQuarantine } from '../../src/store/quarantine.ts';
import type { RedisConnection } from '../../src/store/connection.ts';
import { useRedis } from '../use-redis.ts';
import { allBytes } from './all-bytes.ts';
import { noonMs } from './samples.ts';

let redis: RedisConnection;
let forgotten: Forgotten;
useRedis((opened) => {
  redis = opened.redis;
  forgotten = createForgotten(redis);
});

describe('the forgotten', () => {
  it('are known again for ever, and only they', async () => {
    await forgotten.forget(['lena', 'ana']);
    expect(await forgotten.among(['lena', 'eve', 'ana', 'lena'])).toEqual(new Set(['lena', 'ana']));
    expect(await forgotten.among([])).toEqual(new Set());
  });

  it('go on being searched for when there was a new wish since the search began', async () => {
    await forgotten.forget(['lena']);
    const [before] = await forgotten.pending();
    await forgotten.forget(['lena']);
    expect(before !== undefined && (await forgotten.finish(before, noonMs))).toBe(false);
    const [now] = await forgotten.pending();
    expect(now !== undefined && (await forgotten.finish(now, noonMs))).toBe(true);
    expect(await forgotten.pending()).toEqual([]);
    expect(await forgotten.among(['lena'])).toEqual(new Set(['lena']));
  });

  it('leave neither id nor address behind when the search is over, but a report', async () => {
    await forgotten.forget(['lena-of-acme']);
    await forgotten.noteEmail('lena-of-acme', 'lena@example.com');
    await forgotten.noteEmail('lena-of-acme', 'lena@example.com');
    await forgotten.count('lena-of-acme', { person: 1, jobs: 2 });
    const [pending] = await forgotten.pending();
    expect(pending?.emails).toEqual(['lena@example.com']);
    expect(await forgotten.report('lena-of-acme')).toMatchObject({ state: 'running' });
    expect(pending !== undefined && (await forgotten.finish(pending, noonMs))).toBe(true);
    expect(await forgotten.report('lena-of-acme')).toEqual({
      state: 'done',
      removed: { person: 1, jobs: 2 },
      doneMs: noonMs,
    });
    const bytes = [...(await allBytes(redis)).values()].join('\n');
    expect(bytes).not.toMatch(/lena/u);
  });

  it('are searched for by one process at a time', async () => {
    expect(await forgotten.turn.take('one', 60_000)).toBe(true);
    expect(await forgotten.turn.take('two', 60_000)).toBe(false);
    expect(await forgotten.turn.take('one', 60_000)).toBe(true);
  });

  it('are not kept in the quarantine, neither before nor afterwards', async () => {
    const quarantine = createQuarantine(redis, forgotten);
    const wrong = (userId: string | undefined, raw: string) => ({
      reason: 'no_id',
      message: 'It has no id.',
      door: 'tracking_api',
      receivedMs: noonMs,
      userId,
      raw,
    });
    await quarantine.add([
      wrong('lena', '{}'),
      wrong(undefined, '{"about":"lena"}'),
      wrong(undefined, '{"to":"Lena <l@example.com>"}'),
      wrong(undefined, '{"about":"helena"}'),
    ]);
    expect(await quarantine.removeOf('lena', ['l@example.com'])).toBe(3);
    await forgotten.forget(['lena']);
    await quarantine.add([wrong('lena', '{}'), wrong('ana', '{}')]);
    expect((await quarantine.newest(10)).map(({ raw }) => raw)).toEqual([
      '{}',
      '{"about":"helena"}',
    ]);
  });
});
