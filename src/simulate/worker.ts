import { parentPort, workerData } from 'node:worker_threads';
import { type Outcome, type PolicySettings, runNamed } from './policies.ts';

/*
 * One thread of a simulation: takes policies in their worlds one after the other and answers each with its outcome.
 */

/** What one thread is asked. */
export interface Task {
  readonly number: number;
  readonly policy: string;
  readonly settings: PolicySettings;
}

/** What it answers. */
export interface Done {
  readonly number: number;
  readonly outcome: Outcome;
}

if (workerData === 'simulate') {
  parentPort?.on('message', ({ number, policy, settings }: Task) => {
    const done: Done = { number, outcome: runNamed(policy, settings) };
    // Nothing is transferred; the list tells the linter that this is a thread and no window.
    parentPort?.postMessage(done, []);
  });
}
