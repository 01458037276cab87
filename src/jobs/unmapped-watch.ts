import { normalizeName } from '../core/event/name.ts';
import { textOfEvent } from '../core/event/text.ts';
import type { Input } from '../core/input.ts';
import { eventKey, type Playbook } from '../core/playbook.ts';
import { isKnownEvent } from '../core/signal/is-known.ts';
import type { UnmappedCounts } from '../store/unmapped.ts';

/*
 * Watches for events that no rule knows. Enters: inputs that were processed. Leaves: one call to Redis every ten seconds,
 * however many came. A help for whoever writes the playbook, not a promise: a crash loses the last seconds, and a job
 * that is repeated counts again. Redis gone: the counts wait in memory, of at most 500 names.
 */

/** Counts events that no rule knows. */
export interface UnmappedWatch {
  /** Looks at processed inputs. Costs one lookup by name for each. */
  note(inputs: readonly Input[]): void;
  /** Writes what is there and ends. Throws nothing. */
  stop(): Promise<void>;
}

const everyMsDefault = 10_000;
const namesMax = 500;
const nameCharsMax = 200;

/** Begins to watch. `onTrouble` gets the sentence of a write that failed; it is tried again with the next. */
export function watchUnmapped(
  playbook: Playbook,
  counts: Pick<UnmappedCounts, 'add'>,
  onTrouble: (message: string) => void,
  everyMs: number = everyMsDefault,
): UnmappedWatch {
  /** By the name in its compared form, so that two spellings are one event. */
  let seen = new Map<string, { readonly text: string; count: number }>();
  let writing = Promise.resolve();
  const write = async (): Promise<void> => {
    const taken = seen;
    seen = new Map();
    try {
      await counts.add(new Map([...taken.values()].map(({ text, count }) => [text, count])));
    } catch (error) {
      onTrouble(error instanceof Error ? error.message : 'Counting unknown events failed.');
      for (const [key, { text, count }] of taken) {
        add(key, text, count);
      }
    }
  };
  const add = (key: string, text: string, count: number): void => {
    const held = seen.get(key);
    if (held !== undefined) {
      held.count += count;
    } else if (seen.size < namesMax) {
      seen.set(key, { text, count });
    }
  };
  const timer = setInterval(() => {
    writing = writing.then(write);
  }, everyMs);
  timer.unref();
  return {
    note(inputs) {
      for (const input of inputs) {
        // An event without an account comes again when its account is known.
        if (
          input.kind === 'event' &&
          input.event.accountId !== undefined &&
          !isKnownEvent(input.event, playbook)
        ) {
          const key = eventKey(input.event.call, normalizeName(input.event.name));
          add(key, textOfEvent(input.event).slice(0, nameCharsMax), 1);
        }
      }
    },
    async stop() {
      clearInterval(timer);
      await writing;
      await write();
    },
  };
}
