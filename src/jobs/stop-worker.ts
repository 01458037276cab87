/**
 * Closes workers: no new job is begun, running ones may finish for `withinMs`; then the connections are cut, and what
 * still ran is found stalled and run again by another worker. Always resolves.
 */
export async function stopWorkers(
  workers: readonly { close(): Promise<void>; disconnect(): Promise<void> }[],
  withinMs = 10_000,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), withinMs);
  });
  const closed = Promise.allSettled(workers.map((worker) => worker.close()));
  if ((await Promise.race([closed, tooLong])) === 'late') {
    await Promise.allSettled(workers.map((worker) => worker.disconnect()));
  }
  clearTimeout(timer);
}
