/** How `repeatedly` goes about its work. */
export interface Rhythm {
  /** From the end of one run to the start of the next, ms; a function is told how long the run took. */
  readonly everyMs: number | ((tookMs: number) => number);
  /** Whether the first run waits as well. Default: it begins at once. */
  readonly waitsFirst?: boolean;
  /** Told in one sentence why a run failed; the next one comes all the same. */
  readonly onTrouble: (message: string) => void;
  /** That sentence, where what was thrown is no Error. */
  readonly trouble: string;
}

/** Work that is done over and over. */
export interface Repeating {
  /** Begins the next run now, or right after the one that is on, which may have seen things as they were before. */
  soon(): void;
  /** Resolves when the run that is on has ended and its trouble was told; at once when none is on. */
  ended(): Promise<void>;
  /** Begins no more runs, aborts `stopping` and resolves when the run that is on has ended. */
  stop(): Promise<void>;
}

/** Does `work` over and over; two runs never overlap. */
export function repeatedly(
  work: (stopping: AbortSignal) => Promise<void>,
  { everyMs, waitsFirst = false, onTrouble, trouble }: Rhythm,
): Repeating {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let isRunning = false;
  let isWanted = false;
  const run = async (): Promise<void> => {
    const startedMs = performance.now();
    isRunning = true;
    isWanted = false;
    try {
      await work(stopping.signal);
    } catch (error) {
      onTrouble(error instanceof Error ? error.message : trouble);
    }
    isRunning = false;
    wait(performance.now() - startedMs);
  };
  const begin = (): void => {
    running = run();
  };
  const wait = (tookMs: number): void => {
    if (!stopping.signal.aborted) {
      const restMs = typeof everyMs === 'number' ? everyMs : everyMs(tookMs);
      timer = setTimeout(begin, isWanted ? 0 : restMs);
    }
  };
  if (waitsFirst) {
    wait(0);
  } else {
    begin();
  }
  return {
    soon() {
      isWanted = true;
      if (!isRunning) {
        clearTimeout(timer);
        wait(0);
      }
    },
    ended: () => running,
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
