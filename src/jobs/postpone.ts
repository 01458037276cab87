import { DelayedError, type Job } from 'bullmq';

/**
 * Puts a running job back for later without using up an attempt, and ends its run: the result is to be thrown. Rejects
 * when Redis does not answer or another worker has taken the job over.
 */
export async function postpone(
  job: Job,
  token: string | undefined,
  delayMs: number,
): Promise<DelayedError> {
  // BullMQ compares with the time of the machine, whatever clock the hub is given.
  await job.moveToDelayed(Date.now() + Math.max(1, Math.round(delayMs)), token);
  return new DelayedError();
}

/** A growing delay: `baseMs` doubled at each try, at most `maxMs`, of which a random half is kept apart. */
export function backoffMs(tries: number, baseMs: number, maxMs: number): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(tries, 30)) * (0.5 + Math.random() / 2);
}
