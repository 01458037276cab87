// Timers. In: times that accounts set themselves (a prompt's time is over, an e-mail may follow). Out: inputs of their lanes.
//
// Always true: a timer is taken out only after its lane has the input, and an input that comes twice changes nothing, so a
// crash loses none and doubles none; several workers may look at the same time. Not BullMQ's delayed jobs, because these
// run on the platform's clock and the hub's clock is a port.
// Redis gone: the next look is tried again.

import type { Clock } from '../core/ports.ts';
import type { LaneQueues } from '../inbox/lane-queues.ts';
import { repeatedly } from '../repeatedly.ts';
import type { TimerStore } from '../store/timer-store.ts';

const everyMsDefault = 1000;
const atOnce = 200;

/** Looks for timers that are due now, and then every second after a look has ended. */
export function startTimers({
  timers,
  lanes,
  clock,
  onTrouble,
  everyMs = everyMsDefault,
}: {
  readonly timers: TimerStore;
  readonly lanes: Pick<LaneQueues, 'enqueue'>;
  readonly clock: Clock;
  readonly onTrouble: (message: string) => void;
  /** From the end of a look to the next; default: a second. */
  readonly everyMs?: number;
}): { stop(): Promise<void> } {
  return repeatedly(
    async (stopping) => {
      while (!stopping.aborted && (await serveDue(timers, lanes, clock)) === atOnce) {
        // As many as one look takes: there may be more.
      }
    },
    { everyMs, onTrouble, trouble: 'Timers could not be served.' },
  );
}

async function serveDue(
  timers: TimerStore,
  lanes: Pick<LaneQueues, 'enqueue'>,
  clock: Clock,
): Promise<number> {
  const due = await timers.due(clock.nowMs(), atOnce);
  if (due.length > 0) {
    await lanes.enqueue(due.map(({ input }) => input));
    await timers.remove(due.map(({ input }) => input.id));
  }
  return due.length;
}
