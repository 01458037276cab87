import { allOn, type Controls } from '../core/controls.ts';
import type { Playbook } from '../core/playbook.ts';
import type { Clock } from '../core/ports.ts';
import { repeatedly } from '../repeatedly.ts';
import type { ControlStore } from '../store/controls.ts';

/** The controls as they were half a second ago at most, without a question to Redis for each decision. */
export interface WatchedControls {
  current(): Controls;
  stop(): Promise<void>;
}

const everyMs = 500;

/**
 * Reads the controls now and then every half second. While Redis is away the last known ones stay; nothing can be sent
 * then, because a prompt is asked for again right before it leaves. Throws `store_unreachable` when the first read fails.
 */
export async function watchControls(
  store: Pick<ControlStore, 'read'>,
  playbook: Playbook,
  clock: Clock,
  onTrouble: (message: string) => void,
): Promise<WatchedControls> {
  let current: Controls = allOn;
  const read = async (): Promise<void> => {
    current = await store.read(playbook.offers.values(), clock.nowMs());
  };
  await read();
  const reading = repeatedly(read, {
    everyMs,
    waitsFirst: true,
    onTrouble,
    trouble: 'The switches could not be read.',
  });
  return { current: () => current, stop: reading.stop };
}
