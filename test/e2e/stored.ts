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
  /** Inputs in lanes, prompts on their way and effects in outboxes, together. */
  backlog(): Promise<number>;
  /** How many calls lie in the quarantine, at most 100. */
  quarantined(): Promise<number>;
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
  const all = opened.move();
  return {
    store: createStateStore(redis, { nowMs: () => Date.now() }),
    async decisionsOf(accountIds) {
      const found = await Promise.all(
        [...accountIds].map(async (id) => {
          const entries = await Promise.all((await ledger.newestOf(id)).map((decision) => ledger.read(decision)));
          return [id, entries.filter((entry) => entry !== undefined)] as const;
        }),
      );
      return new Map(found);
    },
    async backlog() {
      return (await outbox.waiting()) + (await queues.waiting()) + (await deliveries.waiting());
    },
    async quarantined() {
      return (await quarantine.newest(100)).length;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
