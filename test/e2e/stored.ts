import { createLaneQueues } from '../../src/inbox/lane-queues.ts';
import { createDeliveryQueues } from '../../src/jobs/delivery-queue.ts';
import type { LedgerEntry, StateStore } from '../../src/core/ports.ts';
import { createRedis, whenReady } from '../../src/store/connection.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { createQuarantine } from '../../src/store/quarantine.ts';
import { createStateStore } from '../../src/store/state-store.ts';

/** What lies in a hub's Redis, seen past the hub, by a connection of the test's own. */
export interface Stored extends AsyncDisposable {
  readonly store: StateStore;
  /** Every decision of the accounts, newest first by account. At most 50 of each are there. */
  decisionsOf(accountIds: Iterable<string>): Promise<ReadonlyMap<string, readonly LedgerEntry[]>>;
  /** Effects in outboxes, inputs in lanes, prompts on their way. */
  backlog(): Promise<Backlog>;
  /** Whether nothing waits anywhere. */
  isIdle(): Promise<boolean>;
  /** How many calls lie in the quarantine, at most 100. */
  quarantined(): Promise<number>;
}

export interface Backlog {
  readonly effects: number;
  readonly inputs: number;
  readonly prompts: number;
}

/** Looks into the Redis at this unix socket. */
export async function lookInto(path: string, lanes: number): Promise<Stored> {
  await using opened = new AsyncDisposableStack();
  const redis = createRedis({ path }, 'worker');
  opened.defer(() => redis.disconnect());
  await whenReady(redis, { path });
  const queues = await createLaneQueues({ connection: redis, lanes });
  opened.defer(() => queues.close());
  const deliveries = await createDeliveryQueues({ connection: redis, channels: ['intercom'] });
  opened.defer(() => deliveries.close());
  const outbox = createOutbox(redis);
  const ledger = createLedger(redis);
  const quarantine = createQuarantine(redis);
  const backlog = async (): Promise<Backlog> => ({
    effects: await outbox.waiting(),
    inputs: await queues.waiting(),
    prompts: await deliveries.waiting(),
  });
  const isEmpty = ({ effects, inputs, prompts }: Backlog): boolean =>
    effects + inputs + prompts === 0;
  const all = opened.move();
  return {
    store: createStateStore(redis, { nowMs: () => Date.now() }),
    async decisionsOf(accountIds) {
      const found = await Promise.all(
        [...accountIds].map(async (id) => {
          const entries = await Promise.all(
            (await ledger.newestOf(id)).map((decision) => ledger.read(decision)),
          );
          return [id, entries.filter((entry) => entry !== undefined)] as const;
        }),
      );
      return new Map(found);
    },
    backlog,
    // Twice: between two counts of one look, work may pass from a place not yet looked at to one that was.
    isIdle: async () => isEmpty(await backlog()) && isEmpty(await backlog()),
    async quarantined() {
      return (await quarantine.newest(100)).length;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
