// Group commit of one lane. In: items of many requests. Out: one write per flush, and for each request whether all of
// its items were written.
//
// Always true: at most one write is in flight; the next starts when none is and `depart` lets it go, and what comes until
// then goes along; items keep their order; a request is told `stored` only after the last of its items was written. When a write fails, everything
// that waits is refused with it, so that nobody waits for two time-outs.

/** How a request ended: `failed` means that it may or may not have been written, in part or in whole. */
export type Flushed = 'stored' | 'failed';

/** Gathers what comes at the same time into one write. */
export interface GroupCommit<T> {
  /** True when so many items wait already that a request must be refused. */
  readonly isFull: boolean;
  /** Writes the items, `size` being their bytes, with whatever else waits. Never rejects. */
  add(items: readonly T[], sizes: readonly number[]): Promise<Flushed>;
  /** Resolves when nothing waits and nothing is in flight. */
  idle(): Promise<void>;
}

/** How much is gathered, and how much may wait. */
export interface GroupCommitSettings {
  /** Most items and bytes of one write; a single larger item goes alone. */
  readonly itemsMax: number;
  readonly bytesMax: number;
  /** More requests are refused while so many items wait. */
  readonly waitingMax: number;
  /** Least time from the start of one write to that of the next; 0: at once (hot-path decision 2). */
  readonly gapMs: number;
}

interface Ticket {
  left: number;
  readonly settle: (flushed: Flushed) => void;
}

/**
 * A group committer. `write` rejects when the items were not, or not surely, written; it must not take for ever. `depart`
 * resolves when the next write may go.
 */
export function createGroupCommit<T>(
  write: (items: readonly T[]) => Promise<unknown>,
  settings: GroupCommitSettings,
  depart: () => Promise<void>,
): GroupCommit<T> {
  const { itemsMax, bytesMax, waitingMax, gapMs } = settings;
  let items: T[] = [];
  let sizes: number[] = [];
  let tickets: Ticket[] = [];
  let running: Promise<void> | undefined;
  let startedMs = Number.NEGATIVE_INFINITY;

  const run = async (): Promise<void> => {
    for (;;) {
      const waitMs = startedMs + gapMs - performance.now();
      if (waitMs > 0) {
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
      await depart();
      startedMs = performance.now();
      const taken = take();
      try {
        await write(taken.items);
        for (const ticket of taken.tickets) {
          ticket.left -= 1;
          if (ticket.left === 0) {
            ticket.settle('stored');
          }
        }
      } catch {
        // The writer has said why, to the log; here it only counts that nothing may be promised.
        const refused = new Set([...taken.tickets, ...tickets]);
        items = [];
        sizes = [];
        tickets = [];
        for (const ticket of refused) {
          ticket.settle('failed');
        }
      }
      if (items.length === 0) {
        running = undefined;
        return;
      }
    }
  };

  const take = (): { readonly items: readonly T[]; readonly tickets: readonly Ticket[] } => {
    let count = 0;
    let bytes = 0;
    while (count < items.length && count < itemsMax) {
      bytes += sizes[count] ?? 0;
      if (count > 0 && bytes > bytesMax) {
        break;
      }
      count += 1;
    }
    if (count === items.length) {
      const taken = { items, tickets };
      items = [];
      sizes = [];
      tickets = [];
      return taken;
    }
    sizes.splice(0, count);
    return { items: items.splice(0, count), tickets: tickets.splice(0, count) };
  };

  return {
    get isFull() {
      return items.length >= waitingMax;
    },

    add(added, addedSizes) {
      return new Promise((settle) => {
        const ticket = { left: added.length, settle };
        if (added.length === 0) {
          settle('stored');
          return;
        }
        for (let at = 0; at < added.length; at += 1) {
          const item = added[at];
          if (item !== undefined) {
            items.push(item);
            sizes.push(addedSizes[at] ?? 0);
            tickets.push(ticket);
          }
        }
        running ??= run();
      });
    },

    async idle() {
      await running;
    },
  };
}
