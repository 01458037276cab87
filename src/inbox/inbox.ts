// The inbox: where parsed calls enter. In: inputs and what could not be understood. Out: `stored` or `unavailable`.
//
// Always true: `stored` is said only after Redis has every input (as part of a job of its lane) and every quarantined
// call; otherwise nothing is promised and the sender keeps all of it, a repetition being harmless because a unit counts
// an id once. One job per flush of a lane, so that a hundred small requests cost as much as one.
// Redis gone: refused at once while disconnected, within about 2 s while it does not answer; no state to mend afterwards.

import type { Input } from '../core/input.ts';
import type { Accepted, Inbox, Quarantined } from '../core/ports.ts';
import type { Quarantine } from '../store/quarantine.ts';
import { createDepartures } from './departures.ts';
import { createGroupCommit, type Flushed } from './group-commit.ts';
import { jobBytesMax, jobItemsMax, laneOf, type LaneQueues } from './lane-queues.ts';
import { toWire, type WireInput, wireSize } from './wire.ts';

/** Where the inbox puts things, and how full it may get. */
export interface InboxDeps {
  readonly queues: LaneQueues;
  readonly quarantine: Pick<Quarantine, 'add'>;
  /** Told, in a sentence without data, why something could not be stored; once per outage and lane. */
  readonly onTrouble?: (message: string) => void;
  /** Requests are refused while so many inputs wait in one of their lanes. Default 5,000. */
  readonly waitingMax?: number;
  /** Least time between two jobs of a lane; saves CPU at a few thousand events per second, costs latency. Default 0. */
  readonly gapMs?: number;
}

/** An inbox that can finish what it has begun, for a graceful stop. */
export interface StoppableInbox extends Inbox {
  /** Resolves when every accepted input has been answered. Stop calling `accept` first. */
  idle(): Promise<void>;
}

const stored: Accepted = { kind: 'stored' };
const full: Accepted = { kind: 'unavailable', retryAfterS: 1, why: 'inbox_full' };
const unreachable: Accepted = { kind: 'unavailable', retryAfterS: 5, why: 'store_unreachable' };

/** The inbox over the lanes' queues. `accept` never rejects. */
export function createInbox({
  queues,
  quarantine,
  onTrouble = () => {},
  waitingMax = 5000,
  gapMs = 0,
}: InboxDeps): StoppableInbox {
  const settings = { itemsMax: jobItemsMax, bytesMax: jobBytesMax, waitingMax, gapMs };
  const departures = createDepartures();
  const lanes = Array.from({ length: queues.lanes }, (_, lane) => {
    const report = reportOncePerOutage(onTrouble);
    const write = (wires: readonly WireInput[]): Promise<void> =>
      departures.waitFor(report(queues.add(lane, wires)));
    return createGroupCommit<WireInput>(write, settings, departures.next);
  });
  const reportQuarantine = reportOncePerOutage(onTrouble);

  const keep = async (quarantined: readonly Quarantined[]): Promise<Flushed> => {
    try {
      await reportQuarantine(quarantine.add(quarantined));
      return 'stored';
    } catch {
      return 'failed';
    }
  };

  return {
    async accept(inputs, quarantined) {
      const byLane = split(inputs, lanes.length);
      for (const { lane } of byLane) {
        if (lanes[lane]?.isFull ?? true) {
          return full;
        }
      }
      const answers = byLane.flatMap(
        ({ lane, wires, sizes }) => lanes[lane]?.add(wires, sizes) ?? [],
      );
      if (quarantined.length > 0) {
        answers.push(keep(quarantined));
      }
      const flushed = await Promise.all(answers);
      return flushed.every((one) => one === 'stored') ? stored : unreachable;
    },

    async idle() {
      await Promise.all(lanes.map((lane) => lane.idle()));
    },
  };
}

interface LaneShare {
  readonly lane: number;
  readonly wires: WireInput[];
  readonly sizes: number[];
}

function split(inputs: readonly Input[], lanes: number): readonly LaneShare[] {
  const byLane: LaneShare[] = [];
  for (const input of inputs) {
    const lane = laneOf(input, lanes);
    let share = byLane.find((one) => one.lane === lane);
    if (share === undefined) {
      share = { lane, wires: [], sizes: [] };
      byLane.push(share);
    }
    const wire = toWire(input);
    share.wires.push(wire);
    share.sizes.push(wireSize(wire));
  }
  return byLane;
}

/** Passes a promise through, and tells of its failure unless the one before has failed as well. */
function reportOncePerOutage(
  onTrouble: (message: string) => void,
): <T>(attempt: Promise<T>) => Promise<T> {
  let isFailing = false;
  return async (attempt) => {
    try {
      const result = await attempt;
      isFailing = false;
      return result;
    } catch (error) {
      if (!isFailing) {
        onTrouble(error instanceof Error ? error.message : 'Storing failed.');
      }
      isFailing = true;
      throw error;
    }
  };
}
