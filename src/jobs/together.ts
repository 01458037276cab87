/**
 * Wraps work on lists of things so that one run of it is on at a time: what is given meanwhile goes together into the
 * next, in the order in which it came. Each giver's promise ends as the run that took its things does.
 */
export function together<T>(
  work: (things: readonly T[]) => Promise<void>,
): (things: readonly T[]) => Promise<void> {
  let waiting: T[] = [];
  let next: Promise<void> | undefined;
  let running: Promise<void> = Promise.resolve();
  const runNext = async (): Promise<void> => {
    // How the run before ended is its givers' business.
    await running.catch(() => {});
    const taken = waiting;
    waiting = [];
    next = undefined;
    running = work(taken);
    await running;
  };
  return (things) => {
    waiting.push(...things);
    next ??= runNext();
    return next;
  };
}
