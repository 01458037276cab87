import type { Logger } from 'pino';
import { createSegmentConnector } from '../connectors/segment/index.ts';
import { Fault } from './core/fault.ts';
import type { Clock, ExpansionCrm, Ledger, PromptChannel, StateStore } from './core/ports.ts';
import type { Playbook } from './core/playbook.ts';
import { createHttp } from './http/create-http.ts';
import type { Readiness } from './http/operations.ts';
import { createInbox } from './inbox/inbox.ts';
import { createLaneQueues, type LaneQueues } from './inbox/lane-queues.ts';
import type { CreateFor } from './jobs/crm-accounts.ts';
import { createCrmMarks, type MarkChanged } from './jobs/crm-marks.ts';
import { type CrmSyncSettings, startCrmSync } from './jobs/crm-sync.ts';
import { startDelivery } from './jobs/delivery.ts';
import { createDeliveryQueues, type DeliveryQueues } from './jobs/delivery-queue.ts';
import { createTroubleLog } from './jobs/job-log.ts';
import { type Lanes, startLanes } from './jobs/lanes.ts';
import { processBatch } from './jobs/process-batch.ts';
import { createRelay, startSweeping } from './jobs/relay.ts';
import { createLinkMaker } from './links/token.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import {
  createRedis,
  type RedisConnection,
  type RedisTarget,
  whenReady,
} from './store/connection.ts';
import { createCrmBook } from './store/crm-book.ts';
import { createCrmQueue } from './store/crm-queue.ts';
import { createLedger } from './store/ledger.ts';
import { createOutbox, type Outbox } from './store/outbox.ts';
import { createQuarantine, type Quarantine } from './store/quarantine.ts';
import { checkServer, type Durability } from './store/server-check.ts';
import { createStateStore } from './store/state-store.ts';

/*
 * The composition root: the only file that knows everyone. A hub is made of settings, runs until it is stopped, and owns
 * nothing outside this process but its keys in Redis.
 */

/** All that a hub is told. Nothing is read from the environment here. */
export interface HubSettings {
  /** `api` takes events in, `worker` processes them and delivers, `all` does both. */
  readonly role: 'all' | 'api' | 'worker';
  readonly redis: RedisTarget;
  readonly durability: Durability;
  /** 1 to 16; the same for every process of one installation. */
  readonly lanes: number;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly mode: 'live' | 'shadow';
  readonly playbook: Playbook;
  readonly secrets: {
    readonly sharedSecret: string;
    readonly bearerToken: string;
    readonly writeKeys: readonly string[];
    readonly adminToken: string;
    readonly linkSecret: string;
  };
  /** Where people reach the hub, for the links in prompts. */
  readonly publicUrl: string;
  readonly channels: readonly PromptChannel[];
  /** Where sales looks; undefined: nowhere. In shadow mode nothing is written there. */
  readonly crm?: HubCrm;
  readonly clock: Clock;
  readonly log: Logger;
  /** Wraps the store, for those who watch what is committed. Default: as it is. */
  readonly watchStore?: (store: StateStore) => StateStore;
}

/** The CRM with how it is told. */
export interface HubCrm {
  readonly crm: ExpansionCrm;
  readonly settings: CrmSyncSettings;
  /** An account is told of once in so long at most. */
  readonly intervalMs: number;
  readonly createFor: CreateFor;
}

/** A hub that runs. */
export interface Hub {
  /** Where its HTTP doors are. */
  readonly url: string;
  readonly metrics: Metrics;
  readonly store: StateStore;
  readonly ledger: Ledger;
  readonly quarantine: Quarantine;
  /** Inputs and prompts that wait anywhere; 0 when everything that came in has been worked off. */
  backlog(): Promise<number>;
  /** Finishes what was begun, at most 10 s, and lets go of everything. May be called again. */
  stop(): Promise<void>;
}

/** Starts a hub. Throws a Fault with one sentence when Redis is away, unsuitable, or the port is taken. */
export async function createHub(settings: HubSettings): Promise<Hub> {
  const { clock, log } = settings;
  const closing: (() => Promise<void>)[] = [];
  const stop = stopper(closing);
  try {
    return await start(settings, clock, log, closing, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  settings: HubSettings,
  clock: Clock,
  log: Logger,
  closing: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Hub> {
  const metrics = createMetrics();
  const onTrouble = createTroubleLog(log);
  const producer = createRedis(settings.redis, 'producer', onTrouble);
  closing.push(async () => producer.disconnect());
  await whenReady(producer, settings.redis);
  const { warnings } = await checkServer(producer, { durability: settings.durability });
  for (const warning of warnings) {
    log.warn(warning);
  }
  const plainStore = createStateStore(producer, clock);
  const store = settings.watchStore?.(plainStore) ?? plainStore;
  const ledger = createLedger(producer);
  const quarantine = createQuarantine(producer);
  const outbox = createOutbox(producer);
  const queues = await createLaneQueues({ connection: producer, lanes: settings.lanes, onTrouble });
  closing.push(() => queues.close());
  const channels = settings.channels.map((channel) => channel.name);
  const deliveries = await createDeliveryQueues({ connection: producer, channels, onTrouble });
  closing.push(() => deliveries.close());
  const base = {
    settings,
    clock,
    log,
    metrics,
    onTrouble,
    producer,
    store,
    ledger,
    quarantine,
    outbox,
    queues,
    deliveries,
  };
  const lanes = settings.role === 'api' ? undefined : await startWork(base, closing);
  const url = await listen({ ...base, lanes }, closing);
  const waiting = async (): Promise<number> =>
    (await queues.waiting()) + (await deliveries.waiting()) + (await outbox.waiting());
  return {
    url,
    metrics,
    store,
    ledger,
    quarantine,
    // What moves from one place to another under the first look is found by the second.
    backlog: async () => Math.max(await waiting(), await waiting()),
    stop,
  };
}

interface Base {
  readonly settings: HubSettings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly onTrouble: (message: string) => void;
  readonly producer: RedisConnection;
  readonly store: StateStore;
  readonly ledger: Ledger;
  readonly quarantine: Quarantine;
  readonly outbox: Outbox;
  readonly queues: LaneQueues;
  readonly deliveries: DeliveryQueues;
}

/** The worker's half: lanes, relay, deliveries. */
async function startWork(base: Base, closing: (() => Promise<void>)[]): Promise<Lanes> {
  const {
    settings,
    clock,
    log,
    metrics,
    onTrouble,
    producer,
    store,
    ledger,
    quarantine,
    outbox,
    queues,
    deliveries,
  } = base;
  const { durability } = settings;
  const connection = createRedis(settings.redis, 'worker', onTrouble);
  closing.push(async () => connection.disconnect());
  const relay = createRelay({ outbox, lanes: queues, deliveries, clock });
  const rules = { playbook: settings.playbook, mode: settings.mode };
  const changing = startTelling(base, closing);
  const deps = {
    store,
    rules,
    clock,
    metrics,
    relay: relay.relay,
    quarantine: quarantine.add,
    ...(changing === undefined ? {} : { changing }),
  };
  const lanes = await startLanes({
    connection,
    producer,
    lanes: settings.lanes,
    durability,
    processBatch: (inputs) => processBatch(inputs, deps),
    relay,
    quarantine,
    metrics,
    log,
  });
  closing.push(() => lanes.stop());
  const delivery = await startDelivery({
    connection,
    channels: settings.channels,
    ledger,
    queues: deliveries,
    linksOf: createLinkMaker(settings.publicUrl, settings.secrets.linkSecret),
    lanes: queues,
    durability,
    clock,
    metrics,
    log,
  });
  closing.push(() => delivery.stop());
  const sweeping = startSweeping(relay, onTrouble);
  closing.push(() => sweeping.stop());
  return lanes;
}

/** Starts the sync to the CRM where there is one; gives what marks accounts for it. */
function startTelling(
  { settings, clock, log, producer, store, ledger }: Base,
  closing: (() => Promise<void>)[],
): MarkChanged | undefined {
  const { crm: told, playbook, mode } = settings;
  if (told === undefined || mode === 'shadow') {
    return undefined;
  }
  const queue = createCrmQueue(producer);
  const sync = startCrmSync({
    crm: told.crm,
    queue,
    book: createCrmBook(producer),
    store,
    ledger,
    playbook,
    clock,
    log,
    createFor: told.createFor,
    settings: told.settings,
  });
  closing.push(() => sync.stop());
  return createCrmMarks(queue, clock, told.intervalMs);
}

/** The HTTP half. A worker has it too, for health and metrics, but takes no events. */
async function listen(
  base: Base & { readonly lanes: Lanes | undefined },
  closing: (() => Promise<void>)[],
): Promise<string> {
  const { settings, clock, log, metrics, onTrouble, producer, quarantine, queues } = base;
  const { sharedSecret, bearerToken, writeKeys, adminToken } = settings.secrets;
  const inbox = createInbox({ queues, quarantine, onTrouble });
  const http = createHttp({
    segment: createSegmentConnector({ sharedSecret, bearerToken }, settings.playbook),
    inbox,
    clock,
    metrics,
    log,
    writeKeys,
    adminToken,
    takesEvents: settings.role !== 'worker',
    readiness: () => readinessOf(producer, base.lanes),
  });
  closing.push(async () => {
    await http.close();
    await inbox.idle();
  });
  try {
    return await http.listen({ host: settings.host, port: settings.port });
  } catch (error) {
    throw new Fault(
      'environment_invalid',
      'never',
      `Cannot listen on ${settings.host}:${settings.port} (${codeOf(error)}); stop what uses it, or set PORT or HOST.`,
      error,
    );
  }
}

async function readinessOf(
  producer: RedisConnection,
  lanes: Lanes | undefined,
): Promise<Readiness> {
  try {
    await producer.ping();
  } catch {
    return {
      ready: false,
      why: 'Redis does not answer, so no event can be stored; events stay with their senders.',
    };
  }
  const stuck = (await lanes?.stuck()) ?? [];
  return stuck.length === 0
    ? { ready: true }
    : {
        ready: false,
        why: `Events wait in ${stuck.join(', ')} and none has been processed for 30 s.`,
      };
}

/** Runs what was pushed last first, once. */
function stopper(closing: readonly (() => Promise<void>)[]): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  return () => {
    stopping ??= (async () => {
      for (const close of closing.toReversed()) {
        await close();
      }
    })();
    return stopping;
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
