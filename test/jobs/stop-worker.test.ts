import { Worker } from 'bullmq';
import { expect, it } from 'vitest';
import { stopWorkers } from '../../src/jobs/stop-worker.ts';
import { createRedis, whenReady } from '../../src/store/connection.ts';
import { startRedis } from '../redis-server.ts';

it('waits for workers that close and cuts the connections of those that do not', async () => {
  const calls: string[] = [];
  const worker = (name: string, closed: Promise<void>) => ({
    close: () => {
      calls.push(`close ${name}`);
      return closed;
    },
    getBackend: () => ({
      close: (force = false) => {
        calls.push(`${force ? 'cut' : 'leave'} ${name}`);
        return Promise.resolve();
      },
    }),
  });
  await stopWorkers(
    [worker('a', Promise.resolve()), worker('b', Promise.reject(new Error('gone')))],
    60_000,
  );
  expect(calls).toEqual(['close a', 'close b']);
  await stopWorkers([worker('c', new Promise(() => {}))], 20);
  expect(calls).toEqual(['close a', 'close b', 'close c', 'cut c']);
});

it.each(['SIGKILL', 'SIGSTOP'] as const)(
  'stops real workers in time although Redis got %s',
  async (signal) => {
    await using server = await startRedis();
    const connection = createRedis(server, 'worker');
    await whenReady(connection, server);
    const workers = ['one', 'two'].map((name) => {
      const worker = new Worker(name, () => Promise.resolve(), { connection, prefix: '{test}' });
      // BullMQ tells of the outage; here only the end counts.
      worker.on('error', () => {});
      return worker;
    });
    await Promise.all(workers.map((worker) => worker.waitUntilReady()));
    await server.kill(signal);
    const startedMs = performance.now();
    await stopWorkers(workers, 200);
    expect(performance.now() - startedMs).toBeLessThan(2000);
    connection.disconnect();
  },
);
