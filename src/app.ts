import type { Logger } from 'pino';
import { createSegmentConnector } from '../connectors/segment/index.ts';
import type { Rules } from './core/account/advance.ts';
import { suggestedMappings } from '../config/mappings.ts';
import { Fault } from './core/fault.ts';
import type {
  Clock,
  FeedbackConnector,
  FeedbackPoll,
  Inbox,
  Ledger,
  OutcomeSink,
  PromptChannel,
  StateStore,
} from './core/ports.ts';
import type { Feedback } from './core/outcome/feedback.ts';
import type { Playbook } from './core/playbook.ts';
import { createHttp } from './http/create-http.ts';
import type { Readiness } from './http/operations.ts';
import { createFeedbackRoad, type FeedbackRoad } from './inbox/feedback-road.ts';
import { createInbox } from './inbox/inbox.ts';
import { createJournal, type Journal } from './inbox/journal.ts';
import { createLaneQueues, type LaneQueues } from './inbox/lane-queues.ts';
import { type CautiousChannel, createCautiousChannel } from './jobs/cautious-channel.ts';
import { startErasing } from './jobs/eraser.ts';
import { startDelivery } from './jobs/delivery.ts';
import { createDeliveryQueues, type DeliveryQueues } from './jobs/delivery-queue.ts';
import { startFeedbackPoll } from './jobs/feedback-poll.ts';
import { createTroubleLog } from './jobs/job-log.ts';
import { type Lanes, startLanes } from './jobs/lanes.ts';
import { processBatch } from './jobs/process-batch.ts';
import { createRelay, startSweeping } from './jobs/relay.ts';
import { startReporting } from './jobs/report.ts';
import { createReportQueue, type ReportQueue } from './jobs/report-queue.ts';
import { startTimers } from './jobs/timers.ts';
import { watchControls } from './jobs/watch-controls.ts';
import { createLinkDesk } from './links/desk.ts';
import { watchUnmapped } from './jobs/unmapped-watch.ts';
import { createLinkMaker } from './links/token.ts';
import { createUpgradeWebhook, type UpgradeWebhook } from './links/upgrade-webhook.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import {
  createRedis,
  type RedisConnection,
  type RedisTarget,
  whenReady,
} from './store/connection.ts';
import { type ControlStore, createControlStore } from './store/controls.ts';
import { createForgotten, type Forgotten } from './store/forgotten.ts';
import { createLedger } from './store/ledger.ts';
import { createLinkActs } from './store/link-acts.ts';
import { createOutbox, type Outbox } from './store/outbox.ts';
import { createPollCursors } from './store/poll-cursors.ts';
import { createQuarantine, type Quarantine } from './store/quarantine.ts';
import { checkServer, type Durability } from './store/server-check.ts';
import { watchServers } from './store/server-watch.ts';
import { createStateStore } from './store/state-store.ts';
import { createTimerStore, type TimerStore } from './store/timer-store.ts';
import { createUnmappedCounts } from './store/unmapped.ts';

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
    /** Signs the calls of the playbook's upgrade webhook; undefined where it has none. */
    readonly upgradeWebhookSecret?: string | undefined;
  };
  /** Where people and vendors reach the hub, for links and signatures. Undefined: where it listens. */
  readonly publicUrl: string | undefined;
  readonly channels: readonly PromptChannel[];
  /** The vendors whose reports are taken. Default: none. */
  readonly connectors?: readonly FeedbackConnector[];
  /** The vendors who are asked for what their webhooks may have failed to bring. Default: none. */
  readonly polls?: readonly FeedbackPoll[];
  /** From one round of the polls to the next. Default: two minutes. */
  readonly pollEveryMs?: number;
  /** Where outcomes are reported. Default: nowhere. */
  readonly outcomes?: OutcomeSink | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** Wraps the store, for those who watch what is committed. Default: as it is. */
  readonly watchStore?: (store: StateStore) => StateStore;
}

/** A hub that runs. */
export interface Hub {
  /** Where its HTTP doors are. */
  readonly url: string;
  readonly metrics: Metrics;
  readonly store: StateStore;
  readonly ledger: Ledger;
  readonly quarantine: Quarantine;
  readonly controls: ControlStore;
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
  const forgotten = createForgotten(producer);
  const quarantine = createQuarantine(producer, forgotten);
  const outbox = createOutbox(producer);
  const controls = createControlStore(producer);
  const timers = createTimerStore(producer);
  // A server that syncs before it answers loses nothing that would have to be put in again.
  const journal = settings.durability === 'standard' ? createJournal() : undefined;
  const queues = await createLaneQueues({
    connection: producer,
    lanes: settings.lanes,
    onTrouble,
    journal,
  });
  closing.push(() => queues.close());
  const channels = settings.channels.map(createCautiousChannel);
  const deliveries = await createDeliveryQueues({
    connection: producer,
    channels: channels.map(({ name }) => name),
    onTrouble,
  });
  closing.push(() => deliveries.close());
  const reports =
    settings.outcomes === undefined
      ? undefined
      : await createReportQueue({ connection: producer, onTrouble });
  closing.push(async () => reports?.close());
  const address = { url: settings.publicUrl ?? `http://${settings.host}:${settings.port}` };
  const inbox = createInbox({ queues, quarantine, onTrouble });
  const road = createFeedbackRoad({ ledger, inbox, metrics });
  const base = {
    settings,
    inbox,
    road,
    publicUrl: () => address.url,
    clock,
    log,
    metrics,
    onTrouble,
    producer,
    store,
    ledger,
    quarantine,
    forgotten,
    outbox,
    controls,
    timers,
    queues,
    channels,
    deliveries,
    reports,
    journal,
  };
  const lanes = settings.role === 'api' ? undefined : await startWork(base, closing);
  const url = await listen({ ...base, lanes }, closing);
  if (settings.publicUrl === undefined && settings.role !== 'worker') {
    address.url = url;
  }
  if (journal !== undefined) {
    const watch = watchServers(
      producer,
      {
        onSame: journal.settle,
        onAway: () => beCautious(channels),
        onChanged: () => recover(journal, base),
      },
      onTrouble,
    );
    closing.push(() => watch.stop());
  }
  const waiting = async (): Promise<number> =>
    (await queues.waiting()) +
    (await deliveries.waiting()) +
    ((await reports?.waiting()) ?? 0) +
    (await outbox.waiting()) +
    (await timers.countDue(clock.nowMs()));
  return {
    url,
    metrics,
    store,
    ledger,
    quarantine,
    controls,
    // What moves from one place to another under the first look is found by the second.
    backlog: async () => Math.max(await waiting(), await waiting()),
    stop,
  };
}

interface Base {
  readonly settings: HubSettings;
  readonly inbox: Inbox & { idle(): Promise<void> };
  readonly road: FeedbackRoad;
  /** Asked when it is needed: the port that is free is known only when the hub listens. */
  readonly publicUrl: () => string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly onTrouble: (message: string) => void;
  readonly producer: RedisConnection;
  readonly store: StateStore;
  readonly ledger: Ledger;
  readonly quarantine: Quarantine;
  readonly forgotten: Forgotten;
  readonly outbox: Outbox;
  readonly controls: ControlStore;
  readonly timers: TimerStore;
  readonly queues: LaneQueues;
  readonly channels: readonly CautiousChannel[];
  readonly deliveries: DeliveryQueues;
  readonly reports: ReportQueue | undefined;
  readonly journal: Journal | undefined;
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
    forgotten,
    outbox,
    controls,
    timers,
    queues,
    channels,
    deliveries,
    reports,
    journal,
  } = base;
  const { durability } = settings;
  const connection = createRedis(settings.redis, 'worker', onTrouble);
  closing.push(async () => connection.disconnect());
  const relay = createRelay({ outbox, lanes: queues, deliveries, timers, reports, ledger, clock });
  const { playbook, mode } = settings;
  const watched = await watchControls(controls, playbook, clock, onTrouble);
  closing.push(() => watched.stop());
  const rules = (): Rules => ({ playbook, mode, controls: watched.current() });
  const deps = {
    store,
    rules,
    clock,
    metrics,
    tellsOutcomes: settings.outcomes !== undefined,
    relay: relay.relay,
    quarantine: quarantine.add,
    forgotten,
  };
  const unmapped = watchUnmapped(settings.playbook, createUnmappedCounts(producer), onTrouble);
  closing.push(() => unmapped.stop());
  const lanes = await startLanes({
    connection,
    producer,
    lanes: settings.lanes,
    journal,
    async processBatch(inputs) {
      await processBatch(inputs, deps);
      unmapped.note(inputs);
    },
    relay,
    quarantine,
    metrics,
    log,
  });
  closing.push(() => lanes.stop());
  const delivery = await startDelivery({
    connection,
    channels,
    ledger,
    queues: deliveries,
    controls,
    playbook,
    linksOf: (prompt) => createLinkMaker(base.publicUrl(), settings.secrets.linkSecret)(prompt),
    lanes: queues,
    durability,
    clock,
    metrics,
    log,
  });
  closing.push(() => delivery.stop());
  if (settings.outcomes !== undefined && reports !== undefined) {
    const sink = settings.outcomes;
    const reporting = await startReporting({
      connection,
      sink,
      queue: reports,
      durability,
      metrics,
      log,
    });
    closing.push(() => reporting.stop());
  }
  const sweeping = startSweeping(relay, onTrouble);
  closing.push(() => sweeping.stop());
  const polling = await startFeedbackPoll({
    connection,
    producer,
    polls: settings.polls ?? [],
    ...(settings.pollEveryMs === undefined ? {} : { everyMs: settings.pollEveryMs }),
    cursors: createPollCursors(producer),
    accept: (vendor, feedback) => acceptPolled(base.road, vendor, feedback, clock.nowMs()),
    clock,
    log,
  });
  closing.push(() => polling.stop());
  const erasing = startErasing({
    redis: producer,
    forgotten,
    quarantine,
    timers,
    ledger,
    lanes: queues,
    usersAreAccounts: playbook.account.whenMissing === 'user',
    clock,
    onTrouble,
  });
  closing.push(() => erasing.stop());
  const timing = startTimers({ timers, lanes: queues, clock, onTrouble });
  closing.push(() => timing.stop());
  return lanes;
}

/** A poll keeps its place until its page is stored, so what is not stored is thrown. */
async function acceptPolled(
  road: FeedbackRoad,
  vendor: FeedbackPoll['vendor'],
  feedback: readonly Feedback[],
  nowMs: number,
): Promise<void> {
  const accepted = await road.accept(vendor, { feedback, erased: [], quarantined: [] }, nowMs);
  if (accepted.kind === 'unavailable') {
    throw new Fault(
      accepted.why,
      'later',
      'Feedback that a poll found cannot be stored now; it is asked for again.',
    );
  }
}

/** The HTTP half. A worker has it too, for health and metrics, but takes no events. */
async function listen(
  base: Base & { readonly lanes: Lanes | undefined },
  closing: (() => Promise<void>)[],
): Promise<string> {
  const { settings, clock, log, metrics, producer, ledger, inbox, road } = base;
  const { sharedSecret, bearerToken, writeKeys, adminToken } = settings.secrets;
  const links = createLinkDesk({
    ledger,
    acts: createLinkActs(producer),
    road,
    playbook: settings.playbook,
    secret: settings.secrets.linkSecret,
    clock,
    upgrade: settings.role === 'worker' ? undefined : upgradeWebhookOf(settings),
    onUpgrade: (outcome) => metrics.upgrades.inc({ outcome }),
  });
  const http = createHttp({
    segment: createSegmentConnector({ sharedSecret, bearerToken }, settings.playbook),
    inbox,
    connectors: settings.connectors ?? [],
    road,
    publicUrl: base.publicUrl,
    links,
    clock,
    metrics,
    log,
    writeKeys,
    adminToken,
    takesEvents: settings.role !== 'worker',
    readiness: () => readinessOf(producer, base.lanes),
    eraser: base.forgotten,
    unmapped: async () =>
      suggestedMappings(await createUnmappedCounts(producer).all(), settings.playbook),
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

/** Throws a Fault when the playbook names a webhook and nothing could sign its calls. */
function upgradeWebhookOf({ playbook, secrets }: HubSettings): UpgradeWebhook | undefined {
  if (playbook.upgrade === undefined) {
    return undefined;
  }
  if (secrets.upgradeWebhookSecret === undefined) {
    throw new Fault(
      'environment_invalid',
      'never',
      'The playbook has an upgrade webhook and UPGRADE_WEBHOOK_SECRET is not set, so its receiver could not tell a call of the hub from a forgery; make one with `openssl rand -hex 24`, set it here and give it to the receiver.',
    );
  }
  return createUpgradeWebhook({
    url: playbook.upgrade.webhook,
    secret: secrets.upgradeWebhookSecret,
  });
}

/** After a server was replaced by one that may know less: all that it may have lost comes again, and counts once. */
async function recover(journal: Journal, { queues, channels, log }: Base): Promise<void> {
  beCautious(channels);
  const jobs = await journal.addAgain(queues);
  log.warn(
    { jobs },
    'A Redis server was restarted or replaced; what it may have lost is put in again, and nothing counts twice.',
  );
}

/** A prompt may have been asked for in the second that a server has lost. */
function beCautious(channels: readonly CautiousChannel[]): void {
  for (const channel of channels) {
    channel.beCautious();
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
