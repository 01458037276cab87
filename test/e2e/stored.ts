import { createLaneQueues } from '../../src/inbox/lane-queues.ts';
import { createDeliveryQueues } from '../../src/jobs/delivery-queue.ts';
import type { Clock, LedgerEntry, StateStore } from '../../src/core/ports.ts';
import { createRedis, whenReady } from '../../src/store/connection.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { createQuarantine } from '../../src/store/quarantine.ts';
import { createStateStore } from '../../src/store/state-store.ts';
import { createTimerStore } from '../../src/store/timer-store.ts';

/** What lies in a hub's Redis, seen past the hub, by a connection of the test's own. */
export interface Stored extends AsyncDisposable {
  readonly store: StateStore;
  /** Every decision of the accounts, newest first by account. At most 50 of each are there. */
  decisionsOf(accountIds: Iterable<string>): Promise<ReadonlyMap<string, readonly LedgerEntry[]>>;
  /** Every decision that there is, some at a time, in no order. */
  allDecisions(): AsyncGenerator<readonly LedgerEntry[]>;
  /** Effects in outboxes, inputs in lanes, timers that are due, prompts on their way. */
  backlog(): Promise<Backlog>;
  /** Whether nothing waits anywhere. */
  isIdle(): Promise<boolean>;
  /** How many calls lie in the quarantine, at most 100. */
  quarantined(): Promise<number>;
}

export interface Backlog {
  readonly effects: number;
  readonly inputs: number;
  readonly timers: number;
  readonly prompts: number;
}

const channels = ['intercom', 'sendgrid'] as const;

/** Looks into the Redis at this unix socket. `clock` is the hub's. */
export async function lookInto(
  path: string,
  lanes: number,
  clock: Clock = { nowMs: () => Date.now() },
): Promise<Stored> {
  await using opened = new AsyncDisposableStack();
  const redis = createRedis({ path }, 'worker');
  opened.defer(() => redis.disconnect());
  await whenReady(redis, { path });
  const queues = await createLaneQueues({ connection: redis, lanes });
  opened.defer(() => queues.close());
  const deliveries = await createDeliveryQueues({ connection: redis, channels });
  opened.defer(() => deliveries.close());
  const outbox = createOutbox(redis);
  const ledger = createLedger(redis);
  const quarantine = createQuarantine(redis);
  const timers = createTimerStore(redis);
  const backlog = async (): Promise<Backlog> => ({
    effects: await outbox.waiting(),
    inputs: await queues.waiting(),
    timers: await timers.countDue(clock.nowMs()),
    prompts: await deliveries.waiting(),
  });
  const isEmpty = ({ effects, inputs, timers, prompts }: Backlog): boolean =>
    effects + inputs + timers + prompts === 0;
  const all = opened.move();
  return {
    store: createStateStore(redis, clock),
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
    async *allDecisions() {
      let cursor = '0';
      do {
        // A test has one server; a cluster would have to be asked node by node.
        const [next, keys] = await redis.scan(cursor, 'MATCH', '{??}:L:*', 'COUNT', 1000);
        const entries = await Promise.all(
          keys.map((key) => ledger.read(key.slice(key.indexOf(':L:') + 3))),
        );
        yield entries.filter((entry) => entry !== undefined);
        cursor = next;
      } while (cursor !== '0');
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
