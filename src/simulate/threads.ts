import { Worker } from 'node:worker_threads';
import type { Outcome } from './policies.ts';
import type { Done, Task } from './worker.ts';

/**
 * Runs all tasks on so many threads and gives their outcomes in the same order. `told` hears how many are done. Rejects
 * with what a thread threw; the threads end either way.
 */
export async function runOnThreads(
  tasks: readonly Omit<Task, 'number'>[],
  threads: number,
  told: (done: number) => void,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  let done = 0;
  const workers = Array.from(
    { length: Math.min(threads, tasks.length) },
    () => new Worker(new URL('worker.ts', import.meta.url), { workerData: 'simulate' }),
  );
  const work = (worker: Worker): Promise<void> =>
    new Promise((resolve, reject) => {
      const give = (): void => {
        const taken = tasks[next];
        if (taken === undefined) {
          resolve();
          return;
        }
        const task: Task = { ...taken, number: next };
        next += 1;
        // Nothing is transferred; the list tells the linter that this is a thread and no window.
        worker.postMessage(task, []);
      };
      worker.on('error', reject);
      worker.on('message', (answer: Done) => {
        outcomes[answer.number] = answer.outcome;
        done += 1;
        told(done);
        give();
      });
      give();
    });
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return outcomes;
}
