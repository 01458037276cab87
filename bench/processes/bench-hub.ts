import { pino } from 'pino';
import { createHub } from '../../src/app.ts';
import type { Hub } from '../../src/app/hub.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import type { PromptChannel, StateStore } from '../../src/core/ports.ts';
import type { Durability } from '../../src/store/server-check.ts';
import { benchSecrets } from '../load/requests.ts';

/** Lanes of every hub in the benchmarks: as many as a hub has when nobody says otherwise. */
export const benchLanes = 4;

/** A hub under test with what it was seen to do. */
export interface BenchHub {
  readonly hub: Hub;
  /** Events counted since the start, repetitions included. */
  counted(): Promise<number>;
  /** From an event's receipt to its decision being stored, ms; one entry per decision since the start. */
  readonly decisionMs: number[];
  /** From an event's receipt to the request at the channel, ms; one entry per prompt since the start. */
  readonly channelMs: number[];
}

/**
 * A whole hub, made as `src/main.ts` makes it, that prompts through a channel which accepts at once. Besides the channel
 * only a watch on the store's commits is added, which keeps the times of decisions.
 */
export async function startBenchHub(settings: {
  readonly role: 'api' | 'worker';
  readonly path: string;
  readonly durability: Durability;
  readonly playbook: Playbook;
}): Promise<BenchHub> {
  const receivedMs = new Map<string, number>();
  const decisionMs: number[] = [];
  const channelMs: number[] = [];

  const channel: PromptChannel = {
    name: 'intercom',
    async deliver({ decisionId }) {
      channelMs.push(Date.now() - (receivedMs.get(decisionId) ?? Number.NaN));
      return { kind: 'accepted', vendorId: decisionId };
    },
    reconcile: async () => 'absent',
  };

  const watchStore = (store: StateStore): StateStore => ({
    load: (requests) => store.load(requests),
    async commit(changes) {
      const results = await store.commit(changes);
      const nowMs = Date.now();
      for (const [at, { decisions }] of changes.entries()) {
        for (const { decisionId, cause } of results[at] === 'done' ? decisions : []) {
          receivedMs.set(decisionId, cause.receivedMs);
          decisionMs.push(nowMs - cause.receivedMs);
        }
      }
      return results;
    },
  });

  const hub = await createHub({
    role: settings.role,
    redis: { path: settings.path },
    durability: settings.durability,
    lanes: benchLanes,
    host: '127.0.0.1',
    port: 0,
    mode: 'live',
    playbook: settings.playbook,
    secrets: benchSecrets,
    publicUrl: 'http://127.0.0.1',
    channels: [channel],
    clock: { nowMs: () => Date.now() },
    log: pino({ level: 'warn' }, process.stderr),
    watchStore,
  });

  return {
    hub,
    decisionMs,
    channelMs,
    async counted() {
      const processed = (await hub.metrics.inputsProcessed.get()).values;
      const repeated = (await hub.metrics.inputsRepeated.get()).values;
      const ofAccounts = processed.filter(({ labels }) => labels['kind'] === 'account');
      return [...ofAccounts, ...repeated].reduce((sum, { value }) => sum + value, 0);
    },
  };
}
