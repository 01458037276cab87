import { createLaneQueues, openLaneQueue } from '../../src/inbox/lane-queues.ts';
import type { Input } from '../../src/core/input.ts';
import { createRedis, whenReady } from '../../src/store/connection.ts';
import { benchLanes } from './bench-hub.ts';

/** Inputs per call to the queues; 150 for each lane, about what the inbox makes of busy traffic. */
const inputsPerTurn = 150 * benchLanes;

/** Fills the lanes while nobody works on them. */
export interface LaneFeed {
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Puts the inputs into jobs as the inbox does. */
  fill(inputs: readonly Input[]): Promise<void>;
}

/** A feed for the lanes of the hub on this Redis. */
export async function openLaneFeed(path: string): Promise<LaneFeed> {
  const target = { path };
  const connection = createRedis(target, 'producer');
  await whenReady(connection, target);
  const onTrouble = (message: string): void => {
    throw new Error(message);
  };
  const lanes = await createLaneQueues({ connection, lanes: benchLanes, onTrouble });
  const queues = await Promise.all(
    Array.from({ length: benchLanes }, (_, lane) => openLaneQueue(connection, lane, onTrouble)),
  );
  return {
    async pause() {
      await Promise.all(queues.map((queue) => queue.pause()));
    },
    async resume() {
      await Promise.all(queues.map((queue) => queue.resume()));
    },
    async fill(inputs) {
      for (let at = 0; at < inputs.length; at += inputsPerTurn) {
        await lanes.enqueue(inputs.slice(at, at + inputsPerTurn));
      }
    },
  };
}
