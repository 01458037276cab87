import { parentPort, workerData } from 'node:worker_threads';
import { runAll, type RunSettings } from './run.ts';

/*
 * One thread of a simulation: takes (world, seed) pairs one after the other and answers each with its outcomes. What is the
 * same for all of them comes with the thread.
 */

/** What one thread is asked. */
export interface Task {
  readonly number: number;
  readonly settings: RunSettings;
}

/** What it answers. */
export interface Done {
  readonly number: number;
  readonly outcomes: ReturnType<typeof runAll>;
}

if (workerData === 'simulate') {
  parentPort?.on('message', ({ number, settings }: Task) => {
    const done: Done = { number, outcomes: runAll(settings) };
    // Nothing is transferred; the list tells the linter that this is a thread and no window.
    parentPort?.postMessage(done, []);
  });
}
