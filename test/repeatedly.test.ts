import { expect, it } from 'vitest';
import { repeatedly } from '../src/repeatedly.ts';
import { until } from './until.ts';

/** A timer begun after any that the work under test may have left: timers of one length go off in their order. */
const afterTheirTimers = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

const quiet = { onTrouble: () => undefined, trouble: 'It failed.' };

it('begins at once and does the work again and again, one run at a time', async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  const repeating = repeatedly(
    async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      runs += 1;
    },
    { everyMs: 0, ...quiet },
  );
  expect(running).toBe(1);
  await until('three runs', () => runs >= 3);
  await repeating.stop();
  expect(most).toBe(1);
});

it('tells why a run failed, and the next one comes all the same', async () => {
  const troubles: string[] = [];
  const thrown: readonly unknown[] = [new Error('Redis is away.'), 'no error'];
  let runs = 0;
  const repeating = repeatedly(
    async () => {
      const failure = thrown[runs];
      runs += 1;
      if (failure !== undefined) {
        throw failure;
      }
    },
    { everyMs: 0, onTrouble: (message) => troubles.push(message), trouble: 'It failed.' },
  );
  await until('a run that succeeds', () => runs > thrown.length);
  await repeating.stop();
  expect(troubles).toEqual(['Redis is away.', 'It failed.']);
});

it('tells the run that is on that it is to end, waits for it, and begins no other', async () => {
  const end = Promise.withResolvers<void>();
  let runs = 0;
  let stopping: AbortSignal | undefined;
  const repeating = repeatedly(
    async (signal) => {
      runs += 1;
      stopping = signal;
      await end.promise;
    },
    { everyMs: 0, ...quiet },
  );
  let isStopped = false;
  const stopped = repeating.stop().then(() => {
    isStopped = true;
  });
  await new Promise(setImmediate);
  expect([stopping?.aborted, isStopped]).toEqual([true, false]);
  end.resolve();
  await stopped;
  await afterTheirTimers();
  expect(runs).toBe(1);
});

it('waits before the first run where it is asked to, and never begins when it is stopped before', async () => {
  let runs = 0;
  const work = async (): Promise<void> => {
    runs += 1;
  };
  const first = repeatedly(work, { everyMs: 0, waitsFirst: true, ...quiet });
  expect(runs).toBe(0);
  await until('the first run', () => runs > 0);
  await first.stop();
  runs = 0;
  await repeatedly(work, { everyMs: 0, waitsFirst: true, ...quiet }).stop();
  await afterTheirTimers();
  expect(runs).toBe(0);
});

it('rests as long as the length of the run asks for', async () => {
  const told: number[] = [];
  let runs = 0;
  const repeating = repeatedly(
    async () => {
      runs += 1;
    },
    {
      everyMs: (tookMs) => {
        told.push(tookMs);
        return 0;
      },
      ...quiet,
    },
  );
  await until('two runs', () => runs >= 2);
  await repeating.stop();
  expect(told.length).toBeGreaterThan(0);
  expect(told.every((tookMs) => tookMs >= 0)).toBe(true);
});

it('does not wait where the next run is wanted soon', async () => {
  let runs = 0;
  const repeating = repeatedly(
    async () => {
      runs += 1;
    },
    { everyMs: 3_600_000, ...quiet },
  );
  await repeating.ended();
  repeating.soon();
  repeating.soon();
  await until('the second run', () => runs === 2);
  await repeating.stop();
  repeating.soon();
  await afterTheirTimers();
  expect(runs).toBe(2);
});

it('runs once more after a run that was on when the next was wanted, and once only', async () => {
  const end = Promise.withResolvers<void>();
  let runs = 0;
  const repeating = repeatedly(
    async () => {
      runs += 1;
      await end.promise;
    },
    { everyMs: 3_600_000, ...quiet },
  );
  repeating.soon();
  repeating.soon();
  expect(runs).toBe(1);
  end.resolve();
  await until('the second run', () => runs === 2);
  await repeating.ended();
  await afterTheirTimers();
  expect(runs).toBe(2);
  await repeating.stop();
});
