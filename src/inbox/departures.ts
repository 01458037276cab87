// One timetable for the writes of all lanes. In: lanes that have something to write. Out: the moment when they may.
//
// Always true: a departure leaves at the end of a turn of the event loop, so that all requests of the turn go along; it
// waits for the answers to the one before, so that under load each lane gathers more (a small job costs Redis as much as a
// large one), but not longer than 5 ms, so that a lane whose server does not answer holds nobody up.

/** Longest that a departure waits for the one before. */
const holdMsMax = 5;

/** When the writes of all lanes may leave. */
export interface Departures {
  /** Resolves when the next departure leaves; all who wait leave together. */
  next(): Promise<void>;
  /** Has the next departure wait for this write, and gives what it gives. */
  waitFor<T>(write: Promise<T>): Promise<T>;
}

/** A timetable with nothing under way. */
export function createDepartures(): Departures {
  let underway = 0;
  let arrived: PromiseWithResolvers<void> | undefined;
  let leaving: Promise<void> | undefined;

  const leave = async (): Promise<void> => {
    if (underway > 0) {
      arrived = Promise.withResolvers<void>();
      const timer = setTimeout(arrived.resolve, holdMsMax);
      await arrived.promise;
      clearTimeout(timer);
    }
    await endOfTurn();
    leaving = undefined;
  };

  return {
    next() {
      leaving ??= leave();
      return leaving;
    },
    async waitFor(write) {
      underway += 1;
      try {
        return await write;
      } finally {
        underway -= 1;
        if (underway === 0) {
          arrived?.resolve();
        }
      }
    },
  };
}

/** After the sockets that have something to read now were read. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
