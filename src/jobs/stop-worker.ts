/** What stopping needs of a BullMQ worker. */
export interface StoppableWorker {
  close(): Promise<void>;
  getBackend(): { close(force?: boolean): Promise<void> };
}

/**
 * Closes workers: no new job is begun, running ones may finish for `withinMs`; then the connections are cut, and what
 * still ran is found stalled and run again by another worker. Always resolves, also while Redis is away.
 */
export async function stopWorkers(
  workers: readonly StoppableWorker[],
  withinMs = 10_000,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), withinMs);
  });
  const closed = Promise.allSettled(workers.map((worker) => worker.close()));
  if ((await Promise.race([closed, tooLong])) === 'late') {
    // Not `worker.disconnect()`, which waits for an end that a connection without a server never tells of.
    await Promise.allSettled(workers.map((worker) => worker.getBackend().close(true)));
  }
  clearTimeout(timer);
}
