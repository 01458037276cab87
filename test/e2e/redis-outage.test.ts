import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { playbookOf } from './playbooks.ts';
import { type RunningHub, startHub } from './running-hub.ts';
import { chunked, createRandom, seedOfRun, shuffled } from './seeded.ts';
import { type DoorAnswer, sendBatch } from './segment-client.ts';
import { until } from '../until.ts';
import { countedBy, totalsOf, type Work, workCall, workOf } from './work.ts';

const playbook = playbookOf(join(import.meta.dirname, 'work-playbook.yaml'));
const accounts = 40;
const recoveryMs = 15_000;
/** A delivery that a killed server shows as running is taken up again after a minute (docs/operations.md). */
const drainedMs = 90_000;
const timeout = 240_000;

/** A steady stream into the hub, each batch sent until it is taken, and everything the hub answered meanwhile. */
interface Load {
  readonly answers: (DoorAnswer & { readonly atMs: number })[];
  taken(): number;
  /** Says that no more may be sent than is on its way, and waits until that was taken. */
  finish(): Promise<readonly Work[]>;
}

function startLoad(url: string, work: readonly Work[]): Load {
  const batches = chunked(work, 20);
  const answers: Load['answers'] = [];
  const taken: (readonly Work[])[] = [];
  let next = 0;
  let isFinishing = false;
  const sender = async (): Promise<void> => {
    while (!isFinishing) {
      const batch = batches[next];
      next += 1;
      if (batch === undefined) {
        return;
      }
      for (;;) {
        const answer = await sendBatch(url, batch.map(workCall), Date.now());
        if (answer !== undefined) {
          answers.push({ ...answer, atMs: performance.now() });
        }
        if (answer?.status === 200) {
          taken.push(batch);
          break;
        }
        await delay(20);
      }
    }
  };
  const sending = Promise.all(Array.from({ length: 4 }, sender));
  return {
    answers,
    taken: () => taken.length,
    async finish() {
      isFinishing = true;
      await sending;
      return taken.flat();
    },
  };
}

function makeWork(seed: number): readonly Work[] {
  const random = createRandom(seed);
  const nowMs = Date.now();
  const all = Array.from({ length: accounts }, (_, at) =>
    workOf(`account-${at}`, [`user-${at}`], 10_000, random, nowMs),
  );
  return shuffled(all.flat(), random);
}

/** Nothing that was answered 200 is missing, nothing counts twice. A refused batch was sent again, so it is taken too. */
async function expectAllCountedOnce(
  running: RunningHub,
  taken: readonly Work[],
  seed: number,
): Promise<void> {
  const expected = totalsOf(taken);
  const counted = await countedBy(running.hub.store, playbook, expected.keys(), Date.now());
  expect(counted, `seed ${seed}`).toEqual(expected);
}

describe('Redis away', () => {
  it('answers 503 with Retry-After while Redis is killed, recovers within 15 s by itself, and has lost and doubled nothing', {
    timeout,
  }, async () => {
    const seed = seedOfRun();
    await using running = await startHub({ playbook });
    const load = startLoad(running.hub.url, makeWork(seed));
    await until('the stream to flow', () => load.taken() >= 40);

    for (let kill = 1; kill <= 3; kill += 1) {
      await running.redis.kill('SIGKILL');
      const killedMs = performance.now();
      const since = (): Load['answers'] => load.answers.filter(({ atMs }) => atMs > killedMs);
      const refusals = await until('refusals', () => {
        const refused = since().filter(({ status }) => status !== 200);
        return refused.length >= 10 && refused;
      });
      for (const { status, retryAfter } of refusals) {
        expect(status).toBe(503);
        expect(retryAfter).toMatch(/^[1-9]\d*$/u);
      }
      expect((await fetch(`${running.hub.url}/readyz`)).status).toBe(503);

      await running.redis.restart();
      const before = load.taken();
      await until('the hub to take events again', () => load.taken() > before, recoveryMs);
      await until(
        'the hub to be ready again',
        async () => (await fetch(`${running.hub.url}/readyz`)).status === 200,
        recoveryMs,
      );
    }

    const taken = await load.finish();
    await running.drained(drainedMs);
    await expectAllCountedOnce(running, taken, seed);
  });

  it('answers 503 within 4 s while Redis hangs, and goes on when it wakes up', {
    timeout,
  }, async () => {
    const seed = seedOfRun();
    await using running = await startHub({ playbook });
    const load = startLoad(running.hub.url, makeWork(seed));
    await until('the stream to flow', () => load.taken() >= 40);

    await running.redis.kill('SIGSTOP');
    const stoppedMs = performance.now();
    const hung = await until(
      'every sender to be refused twice',
      () => {
        const refused = load.answers.filter(
          ({ atMs, status }) => atMs > stoppedMs && status !== 200,
        );
        return refused.length >= 8 && refused;
      },
      30_000,
    );
    for (const { status, retryAfter, tookMs } of hung) {
      expect(status).toBe(503);
      expect(retryAfter).toMatch(/^[1-9]\d*$/u);
      expect(tookMs).toBeLessThan(4_500);
    }

    await running.redis.kill('SIGCONT');
    const before = load.taken();
    await until('the hub to take events again', () => load.taken() > before, recoveryMs);
    const taken = await load.finish();
    await running.drained(drainedMs);
    await expectAllCountedOnce(running, taken, seed);
  });
});
