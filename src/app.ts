import type { Logger } from 'pino';
import { addresseesOf, pollsOf, startTelling } from './app/crm.ts';
import { acceptPolled } from './app/polled.ts';
import type { Base } from './app/base.ts';
import { listen } from './app/doors.ts';
import { beCautious, recover } from './app/recovery.ts';
import { stopper } from './app/stopper.ts';
import type { Rules } from './core/account/advance.ts';
import type { Clock } from './core/ports.ts';
import { createFeedbackRoad } from './inbox/feedback-road.ts';
import { createInbox } from './inbox/inbox.ts';
import { createJournal } from './inbox/journal.ts';
import { createLaneQueues } from './inbox/lane-queues.ts';
import { createCautiousChannel } from './jobs/cautious-channel.ts';
import { startErasing } from './jobs/eraser.ts';
import { startDelivery } from './jobs/delivery.ts';
import { createTakeAwayQueue, startTakingAway } from './jobs/take-away.ts';
import { createDeliveryQueues } from './jobs/delivery-queue.ts';
import { startFeedbackPoll } from './jobs/feedback-poll.ts';
import { createTroubleLog } from './jobs/job-log.ts';
import { type Lanes, startLanes } from './jobs/lanes.ts';
import { processBatch } from './jobs/process-batch.ts';
import { createRelay, startSweeping } from './jobs/relay.ts';
import { startReporting } from './jobs/report.ts';
import { createReportQueue } from './jobs/report-queue.ts';
import { startTimers } from './jobs/timers.ts';
import { watchLearning } from './jobs/watch-learning.ts';
import { watchControls } from './jobs/watch-controls.ts';
import type { Hub, HubSettings } from './app/hub.ts';
import { watchUnmapped } from './jobs/unmapped-watch.ts';
import { createLinkMaker } from './links/token.ts';
import { createMetrics } from './metrics.ts';
import { createRedis, whenReady } from './store/connection.ts';
import { createControlStore } from './store/controls.ts';
import { createLearningStore } from './store/learning.ts';
import { createCrmBook } from './store/crm-book.ts';
import { createForgotten } from './store/forgotten.ts';
import { createLedger } from './store/ledger.ts';
import { createOutbox } from './store/outbox.ts';
import { createPollCursors } from './store/poll-cursors.ts';
import { createQuarantine } from './store/quarantine.ts';
import { checkServer } from './store/server-check.ts';
import { watchServers } from './store/server-watch.ts';
import { createStateStore } from './store/state-store.ts';
import { createTimerStore } from './store/timer-store.ts';
import { createUnmappedCounts } from './store/unmapped.ts';

/*
 * The composition root: the only file that knows everyone. A hub is made of settings, runs until it is stopped, and owns
 * nothing outside this process but its keys in Redis.
 */

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
  const takeAways = await createTakeAwayQueue(producer, onTrouble);
  closing.push(() => takeAways.close());
  const reports =
    settings.outcomes === undefined
      ? undefined
      : await createReportQueue({ connection: producer, onTrouble });
  closing.push(async () => reports?.close());
  const address = { url: settings.publicUrl ?? `http://${settings.host}:${settings.port}` };
  const inbox = createInbox({ queues, quarantine, onTrouble });
  const crm = addresseesOf(settings.crm, { producer, clock, metrics });
  const road = createFeedbackRoad({
    ledger,
    inbox,
    metrics,
    ...(crm === undefined ? {} : { crm }),
  });
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
    takeAways,
    reports,
    journal,
  };
  const lanes = settings.role === 'api' ? undefined : await startWork(base, closing);
  const url = await listen({ ...base, lanes }, closing);
  if (settings.publicUrl === undefined && settings.role !== 'worker') {
    address.url = url;
  }
  const watch =
    journal === undefined
      ? undefined
      : watchServers(
          producer,
          {
            onSame: journal.settle,
            onAway: () => beCautious(channels),
            onChanged: () => recover(journal, base),
          },
          onTrouble,
        );
  closing.push(async () => watch?.stop());
  const waiting = async (): Promise<number> =>
    // What a restarted server has lost waits to be put in again.
    (watch?.isSure() === false ? 1 : 0) +
    (await queues.waiting()) +
    (await deliveries.waiting()) +
    (await takeAways.waiting()) +
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
    takeAways,
    reports,
    journal,
  } = base;
  const connection = createRedis(settings.redis, 'worker', onTrouble);
  closing.push(async () => connection.disconnect());
  const learning = createLearningStore(producer);
  const relay = createRelay({
    outbox,
    lanes: queues,
    deliveries,
    takeAways,
    timers,
    reports,
    ledger,
    learning,
    clock,
  });
  const { playbook, mode } = settings;
  const watched = await watchControls(controls, playbook, clock, onTrouble);
  closing.push(() => watched.stop());
  const learned = await watchLearning({
    store: learning,
    controls,
    playbook,
    clock,
    onTrouble,
    onHarm: (message) => log.warn(message),
    onBias: (message) => log.warn(message),
  });
  closing.push(() => learned.stop());
  const rules = (): Rules => ({
    playbook,
    mode,
    controls: watched.current(),
    learned: learned.current(),
  });
  const changing = startTelling({ ...base, ...settings }, closing);
  const deps = {
    store,
    rules,
    clock,
    metrics,
    tellsOutcomes: settings.outcomes !== undefined,
    relay: relay.relay,
    quarantine: quarantine.add,
    ...(changing === undefined ? {} : { changing }),
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
  const linksOf: ReturnType<typeof createLinkMaker> = (prompt) =>
    createLinkMaker(base.publicUrl(), settings.secrets.linkSecret)(prompt);
  const delivery = await startDelivery({
    connection,
    channels,
    ledger,
    queues: deliveries,
    controls,
    playbook,
    linksOf,
    lanes: queues,
    clock,
    metrics,
    log,
  });
  closing.push(() => delivery.stop());
  const takingAway = await startTakingAway({ connection, channels, ledger, linksOf, log });
  closing.push(() => takingAway.stop());
  if (settings.outcomes !== undefined && reports !== undefined) {
    const sink = settings.outcomes;
    const reporting = await startReporting({
      connection,
      sink,
      queue: reports,
      durability: settings.durability,
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
    polls: pollsOf(settings.polls ?? [], settings.crm, base),
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
    crm: createCrmBook(producer),
    usersAreAccounts: playbook.account.whenMissing === 'user',
    clock,
    onTrouble,
  });
  closing.push(() => erasing.stop());
  const timing = startTimers({ timers, lanes: queues, clock, onTrouble });
  closing.push(() => timing.stop());
  return lanes;
}
