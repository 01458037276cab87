import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import type { Ledger } from '../../src/core/ports.ts';
import type { RedisConnection } from '../../src/store/connection.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { createStateStore } from '../../src/store/state-store.ts';
import { useRedis } from '../use-redis.ts';
import { accountOf, changeOf, decisionIdOf, noonMs, recordOf, requestOf } from './samples.ts';

let redis: RedisConnection;
let ledger: Ledger;
const acme = accountOf('acme');
const id = decisionIdOf(acme, 1);

useRedis((opened) => {
  redis = opened.redis;
  ledger = createLedger(redis);
});
beforeEach(async () => {
  const store = createStateStore(redis, { nowMs: () => noonMs });
  const [loaded] = await store.load([requestOf(acme)]);
  await store.commit([
    changeOf(loaded, 's', { decisions: [recordOf(acme, 1), recordOf(acme, 2)] }),
  ]);
});

it('gives the entry that the commit wrote', async () => {
  expect(await ledger.read(id)).toEqual({
    record: recordOf(acme, 1),
    state: 'queued',
    attempts: 0,
    vendorId: undefined,
    reason: undefined,
    changedMs: noonMs,
  });
  expect(await ledger.newestOf('acme')).toEqual([decisionIdOf(acme, 2), id]);
});

it('knows nothing of a decision that was never made or of an id that is none', async () => {
  for (const unknown of [decisionIdOf(acme, 9), 'nonsense', '']) {
    expect(await ledger.read(unknown)).toBeUndefined();
    expect(await ledger.claim(unknown, 'a', noonMs, 1000)).toBe('missing');
    expect(await ledger.release(unknown, 'a', noonMs)).toBe(false);
    expect(await ledger.settle(unknown, 'a', 'sent', {}, noonMs)).toBe(false);
    expect(await ledger.withdraw(unknown, 'why', noonMs)).toBe(false);
  }
  expect(await redis.exists('nonsense')).toBe(0);
});

it('gives one of many racing claims the right to ask', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, worker) => ledger.claim(id, `worker-${worker}`, noonMs, 60_000)),
  );
  expect(answers.filter((answer) => answer === 'claimed')).toHaveLength(1);
  expect(answers.filter((answer) => answer === 'busy')).toHaveLength(49);
  expect((await ledger.read(id))?.attempts).toBe(1);
});

it('hands a claim over only when its lease has run out, and says that it may have been asked', async () => {
  await ledger.claim(id, 'first', noonMs, 60_000);
  expect(await ledger.claim(id, 'second', noonMs + 59_999, 60_000)).toBe('busy');
  expect(await ledger.claim(id, 'second', noonMs + 60_000, 60_000)).toBe('reclaimed');
  expect(await ledger.settle(id, 'first', 'sent', { vendorId: 'v' }, noonMs + 60_001)).toBe(false);
  expect(await ledger.release(id, 'first', noonMs + 60_001)).toBe(false);
  expect((await ledger.read(id))?.state).toBe('claimed');
});

it('lets the holder shorten its own lease', async () => {
  await ledger.claim(id, 'first', noonMs, 60_000);
  expect(await ledger.claim(id, 'first', noonMs + 10, 100)).toBe('claimed');
  expect(await ledger.claim(id, 'second', noonMs + 110, 60_000)).toBe('reclaimed');
});

it('may be claimed anew after it was given back, with one more attempt', async () => {
  await ledger.claim(id, 'first', noonMs, 60_000);
  expect(await ledger.release(id, 'first', noonMs + 1)).toBe(true);
  expect(await ledger.release(id, 'first', noonMs + 1)).toBe(false);
  expect(await ledger.claim(id, 'second', noonMs + 2, 60_000)).toBe('claimed');
  expect((await ledger.read(id))?.attempts).toBe(2);
});

it('is settled once and for ever', async () => {
  await ledger.claim(id, 'first', noonMs, 60_000);
  expect(await ledger.settle(id, 'first', 'sent', { vendorId: 'v1' }, noonMs + 5)).toBe(true);
  expect(await ledger.settle(id, 'first', 'sent', { vendorId: 'v1' }, noonMs + 6)).toBe(true);
  expect(await ledger.settle(id, 'first', 'refused', { reason: 'no' }, noonMs + 7)).toBe(false);
  expect(await ledger.release(id, 'first', noonMs + 7)).toBe(false);
  expect(await ledger.claim(id, 'second', noonMs + 999_999_999, 60_000)).toBe('settled');
  expect(await ledger.read(id)).toMatchObject({
    state: 'sent',
    vendorId: 'v1',
    changedMs: noonMs + 5,
  });
});

it('cannot be settled without a claim', async () => {
  expect(await ledger.settle(id, 'first', 'sent', {}, noonMs)).toBe(false);
  expect((await ledger.read(id))?.state).toBe('queued');
});

it('keeps its expiry of 90 days through all changes', async () => {
  await ledger.claim(id, 'first', noonMs, 60_000);
  await ledger.settle(id, 'first', 'refused', { reason: 'not_allowed' }, noonMs);
  const [key = ''] = await redis.keys(`*${id}`);
  expect(await redis.ttl(key)).toBeGreaterThan(89 * 86_400);
  expect((await ledger.read(id))?.reason).toBe('not_allowed');
});

it('takes a prompt back that nobody is sending, once, and it cannot be claimed any more', async () => {
  expect(await ledger.withdraw(id, 'a ticket was opened', noonMs + 5)).toBe(true);
  expect(await ledger.withdraw(id, 'again', noonMs + 6)).toBe(false);
  expect(await ledger.read(id)).toMatchObject({
    state: 'refused',
    reason: 'a ticket was opened',
    changedMs: noonMs + 5,
  });
  expect(await ledger.claim(id, 'a', noonMs + 7, 1000)).toBe('settled');
});

it('notes the wish to take a prompt back while somebody asks, and leaves the answer to them', async () => {
  await ledger.claim(id, 'a', noonMs, 1000);
  expect(await ledger.withdraw(id, 'a ticket was opened', noonMs + 1)).toBe(false);
  expect(await ledger.read(id)).toMatchObject({
    state: 'claimed',
    withdrawn: 'a ticket was opened',
  });
  expect(await ledger.settle(id, 'a', 'sent', { vendorId: 'v' }, noonMs + 2)).toBe(true);
});

it.each(['sent', 'refused', 'expired', 'unknown'] as const)(
  'leaves a prompt that is %s as it is',
  async (state) => {
    await ledger.claim(id, 'a', noonMs, 1000);
    await ledger.settle(id, 'a', state, {}, noonMs);
    const before = await ledger.read(id);
    expect(await ledger.withdraw(id, 'too late', noonMs + 1)).toBe(false);
    expect(await ledger.read(id)).toEqual(before);
  },
);

it('lets exactly one of claiming and taking back win, in any order of claims, releases and answers', async () => {
  const step = fc.record({
    do: fc.constantFrom('claim', 'release', 'sent', 'withdraw'),
    worker: fc.constantFrom('a', 'b', 'c'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 }),
      async (rounds) => {
        await redis.flushall();
        const store = createStateStore(redis, { nowMs: () => noonMs });
        const [loaded] = await store.load([requestOf(acme)]);
        await store.commit([changeOf(loaded, 's', { decisions: [recordOf(acme, 1)] })]);
        // What each answer said, in the order of the answers; those of a round race.
        const answers: string[] = [];
        for (const round of rounds) {
          await Promise.all(
            round.map(async ({ do: what, worker }) => {
              switch (what) {
                case 'claim':
                  if ((await ledger.claim(id, worker, noonMs, 60_000)) === 'claimed') {
                    answers.push('claimed');
                  }
                  break;
                case 'release':
                  if (await ledger.release(id, worker, noonMs)) {
                    answers.push('released');
                  }
                  break;
                case 'sent':
                  if (await ledger.settle(id, worker, 'sent', {}, noonMs)) {
                    answers.push('sent');
                  }
                  break;
                case 'withdraw':
                  if (await ledger.withdraw(id, 'why', noonMs)) {
                    answers.push('withdrawn');
                  }
                  break;
                default:
                  what satisfies never;
              }
            }),
          );
        }
        const final = (await ledger.read(id))?.state;
        expect(answers.filter((answer) => answer === 'withdrawn').length).toBeLessThanOrEqual(1);
        expect(answers.includes('withdrawn') && answers.includes('sent')).toBe(false);
        if (answers.includes('withdrawn')) {
          expect(final).toBe('refused');
          expect(await ledger.claim(id, 'late', noonMs + 999_999, 1000)).toBe('settled');
        }
        if (answers.includes('sent')) {
          expect(final).toBe('sent');
        }
      },
    ),
    { numRuns: 100 },
  );
});
