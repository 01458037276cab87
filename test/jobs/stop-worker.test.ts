import { expect, it } from 'vitest';
import { stopWorkers } from '../../src/jobs/stop-worker.ts';

it('waits for workers that close and cuts the connections of those that do not', async () => {
  const calls: string[] = [];
  const worker = (name: string, closed: Promise<void>) => ({
    close: () => {
      calls.push(`close ${name}`);
      return closed;
    },
    disconnect: () => {
      calls.push(`cut ${name}`);
      return Promise.resolve();
    },
  });
  await stopWorkers([worker('a', Promise.resolve()), worker('b', Promise.reject(new Error('gone')))], 60_000);
  expect(calls).toEqual(['close a', 'close b']);
  await stopWorkers([worker('c', new Promise(() => {}))], 20);
  expect(calls).toEqual(['close a', 'close b', 'close c', 'cut c']);
});
