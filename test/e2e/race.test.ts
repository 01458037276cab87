import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { hourMs } from '../../src/core/duration.ts';
import type { LedgerEntry } from '../../src/core/ports.ts';
import type { FrequencyCap } from '../../src/core/playbook.ts';
import { deliveryPrefix, deliveryQueueName } from '../../src/jobs/delivery-queue.ts';
import { type IntercomSandbox, startIntercomSandbox } from '../../src/sandbox/intercom.ts';
import type { ScriptedAnswer } from '../../src/sandbox/script.ts';
import { type SendgridSandbox, startSendgridSandbox } from '../../src/sandbox/sendgrid.ts';
import { startRedis } from '../redis-server.ts';
import { until } from '../until.ts';
import { playbookOf } from './playbooks.ts';
import { type Crowd, startCrowd } from './race-crowd.ts';
import { type RaceProcess, startRaceProcess } from './race-process.ts';
import { between, chunked, createRandom, type Random, seedOfRun, shuffled } from './seeded.ts';
import { keys, type SegmentCall, sendUntilTaken } from './segment-client.ts';
import { lookInto, type Stored } from './stored.ts';

/*
 * A race for people's attention: 16 workers (four processes of four), 200 accounts, 100,000 events each of which asks for a
 * decision, and vendors in random trouble; and again, with fewer events, while processes are killed. What people got is
 * counted at the stand-ins.
 *
 * Between rounds the hub's clock moves five hours on, in all processes: caps fill up and empty, and e-mails come due.
 */

const playbookFile = join(import.meta.dirname, 'race-playbook.yaml');
const playbook = playbookOf(playbookFile);
const lanes = 4;
const accounts = 200;
/** The last accounts come in pairs, which share their only user. */
const sharedAccounts = 40;
const usersOfAccount = 3;
const stepMs = 5 * hourMs;
const processes = 4;
const workersOfProcess = 4;
/** After so long the playbook drops what has not been sent, in both channels. */
const oldestMs = hourMs;
/** Some two minutes on two quiet cores; this is for a machine that is busy with nine other things. */
const timeoutMs = 1_200_000;
const clientSecret = 'e2e-client-secret-of-intercom';

interface Person {
  readonly userId: string;
  readonly accountId: string;
}

const people: readonly Person[] = Array.from({ length: accounts }, (_, at) => {
  const accountId = `account-${at}`;
  const shared = accounts - sharedAccounts;
  return at < shared
    ? Array.from({ length: usersOfAccount }, (_user, user) => ({
        userId: `user-${at}-${user}`,
        accountId,
      }))
    : [{ userId: `both-${Math.floor((at - shared) / 2)}`, accountId }];
}).flat();

const users = new Set(people.map(({ userId }) => userId)).size;

/** A prompt or an e-mail that a person got. */
interface Got {
  readonly decisionId: string;
  readonly channel: 'intercom' | 'sendgrid';
  readonly userId: string;
  readonly receivedMs: number;
}

/** One that the ledger knows. */
interface Known extends Got {
  readonly entry: LedgerEntry;
}

describe('16 workers race over 200 accounts while vendors are in trouble', () => {
  it('and nobody gets more than the caps allow, or anything twice', { timeout: timeoutMs }, () =>
    race({ events: 100_000, rounds: 6, killsOfRound: 0 }),
  );

  it('and nobody does when workers are killed all the while', { timeout: timeoutMs }, () =>
    // Fewer, because sixteen processes have to be started anew on the way.
    race({ events: 25_000, rounds: 4, killsOfRound: 1 }),
  );
});

interface Course {
  readonly events: number;
  readonly rounds: number;
  /** Besides the kill of all four processes after each round, where there are any. */
  readonly killsOfRound: number;
}

async function race({ events, rounds, killsOfRound }: Course): Promise<void> {
  const seed = seedOfRun();
  const random = createRandom(seed);
  console.info(`race: seed ${seed}`);
  let aheadMs = 0;
  const clock = { nowMs: () => Date.now() + aheadMs };
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis());
  const { intercom, sendgrid, tellHub } = await startVendors(stack, clock);
  playTroubles(intercom, sendgrid, random);
  const options = {
    lanes,
    redisPath: redis.path,
    playbookFile,
    intercom: { url: intercom.url, clientSecret },
    sendgrid: { url: sendgrid.url, publicKey: sendgrid.publicKey },
  };
  const api = stack.use(
    await startRaceProcess({ ...options, role: 'api', hubs: 1 }, () => aheadMs),
  );
  const [publicUrl = ''] = api.urls();
  tellHub(publicUrl);
  const workers = await Promise.all(
    Array.from({ length: processes }, () =>
      startRaceProcess(
        { ...options, role: 'worker', hubs: workersOfProcess, publicUrl },
        () => aheadMs,
      ),
    ),
  );
  for (const worker of workers) {
    stack.use(worker);
  }
  const stored = stack.use(await lookInto(redis.path, lanes, clock));
  const couriers = openCouriers(redis.path);
  stack.defer(() => couriers.close());

  await sendAll(publicUrl, people.map(introduced), clock);
  await until('everybody to be known', () => stored.isIdle(), 60_000);

  const crowd = startCrowd({ intercom, sendgrid, random, clock });
  const isKilling = killsOfRound > 0;
  const roundEndsMs: number[] = [];
  let number = 0;
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 1) {
      // In every other round the e-mails that came due have a start; else they race with the prompts of the round.
      await worked(stored, crowd, false, seed);
    }
    const size = Math.ceil((events - number) / (rounds - round));
    const tries = Array.from({ length: size }, () => tried(number++, random, clock.nowMs()));
    await Promise.all([sendAll(publicUrl, tries, clock), killSome(workers, killsOfRound, random)]);
    // What killed workers were asking for waits for half a minute; the clock may move on before that.
    await worked(stored, crowd, !isKilling, seed);
    roundEndsMs.push(clock.nowMs());
    if (isKilling) {
      await Promise.all(workers.map((worker) => worker.kill()));
      aheadMs += stepMs;
      await api.moveTo(aheadMs);
      await Promise.all(workers.map((worker) => worker.start()));
    } else if (round < rounds - 1) {
      // Nobody asks a vendor while the clock moves: a claim would outlive its lease within a request.
      await couriers.paused(async () => {
        aheadMs += stepMs;
        await Promise.all([api, ...workers].map((one) => one.moveTo(aheadMs)));
      });
    }
  }
  await worked(stored, crowd, true, seed);
  await crowd.stop();

  await judge({ intercom, sendgrid, stored, crowd, events, seed, roundEndsMs });
  expect(await brokenPromises(workers), `seed ${seed}`).toBe(0);
}

/** Both stand-ins, who tell the hub what people do once they know where it is. */
async function startVendors(stack: AsyncDisposableStack, clock: { nowMs(): number }) {
  let hubUrl: string | undefined;
  const log = { info: () => {} };
  const common = { host: '127.0.0.1', port: 0, dataDir: undefined, log, clock };
  const at = (path: string) => () => (hubUrl === undefined ? undefined : `${hubUrl}${path}`);
  const intercom = await startIntercomSandbox({
    ...common,
    webhooks: { clientSecret, url: at('/webhooks/intercom') },
  });
  stack.defer(() => intercom.close());
  const sendgrid = await startSendgridSandbox({ ...common, webhookUrl: at('/webhooks/sendgrid') });
  stack.defer(() => sendgrid.close());
  return {
    intercom,
    sendgrid,
    tellHub: (url: string): void => {
      hubUrl = url;
    },
  };
}

/** Every tenth call or so goes wrong, in one of the ways in which calls do. */
function playTroubles(intercom: IntercomSandbox, sendgrid: SendgridSandbox, random: Random): void {
  const trouble = (): ScriptedAnswer => {
    const at = random();
    const kinds: readonly (readonly [number, ScriptedAnswer])[] = [
      [0.005, { status: 429, headers: { 'retry-after': '1' } }],
      [0.03, { status: 500 }],
      [0.055, 'reset'],
      [0.085, 'done_then_reset'],
      [0.089, 'stall'],
    ];
    return kinds.find(([below]) => at < below)?.[1] ?? 'true_answer';
  };
  const troubles = (): readonly ScriptedAnswer[] => Array.from({ length: 10_000 }, trouble);
  for (const call of ['find_contact', 'create_contact', 'create_event', 'list_events'] as const) {
    intercom.script(call, troubles());
  }
  for (const call of ['send_mail', 'list_messages', 'get_message'] as const) {
    sendgrid.script(call, troubles());
  }
}

function introduced({ userId, accountId }: Person): SegmentCall {
  return {
    type: 'identify',
    messageId: `hello.${accountId}.${userId}`,
    userId,
    traits: { email: `${userId}@example.com` },
    context: { groupId: accountId },
  };
}

/** Somebody tries a task that nobody tried before. */
function tried(number: number, random: Random, nowMs: number): SegmentCall {
  const { userId, accountId } = people[between(random, 0, people.length - 1)] ?? {};
  return {
    type: 'track',
    messageId: `try.${number}`,
    userId,
    event: 'Task Tried',
    properties: { task: `task ${number}` },
    timestamp: new Date(nowMs).toISOString(),
    context: { groupId: accountId },
  };
}

/** Eight senders, a hundred calls a time. */
async function sendAll(
  url: string,
  calls: readonly SegmentCall[],
  clock: { nowMs(): number },
): Promise<void> {
  const batches = chunked(calls, 100).values();
  const sender = async (): Promise<void> => {
    for (const batch of batches) {
      await sendUntilTaken(url, batch, clock.nowMs(), 120_000);
    }
  };
  await Promise.all(Array.from({ length: 8 }, sender));
}

/** One process after the other, at random moments. */
async function killSome(
  workers: readonly RaceProcess[],
  kills: number,
  random: Random,
): Promise<void> {
  for (const victim of shuffled(workers, random).slice(0, kills)) {
    await delay(between(random, 50, 1500));
    await victim.kill();
    await victim.start();
  }
}

/** Waits until all inputs are worked off and everybody has reacted, and where asked until no prompt is on its way. */
async function worked(
  stored: Stored,
  crowd: Crowd,
  withPrompts: boolean,
  seed: number,
): Promise<void> {
  const isIdle = async (): Promise<boolean> => {
    const { effects, inputs, timers, prompts } = await stored.backlog();
    return crowd.isDone() && effects + inputs + timers + (withPrompts ? prompts : 0) === 0;
  };
  await until(
    'everything to be worked off',
    async () => (await isIdle()) && (await isIdle()),
    300_000,
  ).catch(async (error: unknown) => {
    throw new Error(`seed ${seed}: still waiting: ${JSON.stringify(await stored.backlog())}`, {
      cause: error,
    });
  });
}

/** The queues in which prompts wait for their channel. */
function openCouriers(path: string) {
  const queues = (['intercom', 'sendgrid'] as const).map(
    (channel) =>
      new Queue(deliveryQueueName(channel), {
        connection: { path },
        prefix: deliveryPrefix,
        skipMetasUpdate: true,
      }),
  );
  return {
    /** Does something while no worker asks a vendor. */
    async paused(act: () => Promise<void>): Promise<void> {
      await Promise.all(queues.map((queue) => queue.pause()));
      await until(
        'the couriers to pause',
        async () => {
          const active = await Promise.all(queues.map((queue) => queue.getActiveCount()));
          return active.every((count) => count === 0);
        },
        60_000,
      );
      await act();
      await Promise.all(queues.map((queue) => queue.resume()));
    },
    async close(): Promise<void> {
      await Promise.all(queues.map((queue) => queue.close()));
    },
  };
}

async function judge({
  intercom,
  sendgrid,
  stored,
  crowd,
  events,
  seed,
  roundEndsMs,
}: {
  readonly intercom: IntercomSandbox;
  readonly sendgrid: SendgridSandbox;
  readonly stored: Stored;
  readonly crowd: Crowd;
  readonly events: number;
  readonly seed: number;
  readonly roundEndsMs: readonly number[];
}): Promise<void> {
  const got = gotBy(intercom, sendgrid);
  const twice = [...Map.groupBy(got, ({ decisionId }) => decisionId)].filter(
    ([, copies]) => copies.length > 1,
  );
  expect(twice, `got twice, seed ${seed}`).toEqual([]);

  const decisions = new Map<string, LedgerEntry>();
  const causes = new Set<string>();
  const unexplained: LedgerEntry[] = [];
  for await (const page of stored.allDecisions()) {
    for (const entry of page) {
      const { record } = entry;
      if (!isExplained(entry)) {
        unexplained.push(entry);
      }
      causes.add(record.cause.messageId);
      if (record.chosen !== undefined) {
        decisions.set(record.decisionId, entry);
      }
    }
  }
  expect(unexplained.slice(0, 3), `unexplained, seed ${seed}`).toEqual([]);
  const undecided = Array.from({ length: events }, (_, number) => `try.${number}`).filter(
    (id) => !causes.has(id),
  );
  expect(undecided, `events without a decision, seed ${seed}`).toEqual([]);

  const known = got.flatMap((one): readonly Known[] => {
    const entry = decisions.get(one.decisionId);
    return entry === undefined ? [] : [{ ...one, entry }];
  });
  expect(known, `prompts in the ledger, seed ${seed}`).toHaveLength(got.length);
  const gotIds = new Set(got.map(({ decisionId }) => decisionId));
  const wrongly = [...decisions.values()].filter(
    ({ record, state }) =>
      state === 'queued' ||
      state === 'claimed' ||
      ((state === 'sent') !== gotIds.has(record.decisionId) && state !== 'unknown'),
  );
  expect(
    wrongly.map(({ record, state }) => ({ decision: record.decisionId, state })),
    `the ledger and the stand-ins agree, seed ${seed}`,
  ).toEqual([]);

  expect(
    playbook.guardrails.caps.flatMap((cap) => overCap(known, cap)),
    `over the caps, seed ${seed}`,
  ).toEqual([]);
  expect(wrongEmails(known, crowd), `e-mails out of turn, seed ${seed}`).toEqual([]);
  expect(afterOptOut(known, crowd, roundEndsMs), `prompts after an opt-out, seed ${seed}`).toEqual(
    [],
  );

  // All this says little unless there was a lot to be held back, and people were asked all the same.
  const emails = known.filter(({ channel }) => channel === 'sendgrid');
  console.info(
    `race: ${known.length - emails.length} prompts and ${emails.length} e-mails to ${users} people, ${crowd.deeds.length} deeds`,
  );
  // A quarter as many events bring a quarter as many prompts.
  expect(known.length - emails.length).toBeGreaterThan((accounts * events) / 100_000);
  expect(emails.length).toBeGreaterThan(20);
  // How many of them depends on how fast the machine is; that some were held back by a cap does not.
  const reached = playbook.guardrails.caps.filter((cap) => isReached(known, cap));
  expect(reached.length, `caps that were reached, seed ${seed}`).toBeGreaterThan(0);
}

function gotBy(intercom: IntercomSandbox, sendgrid: SendgridSandbox): readonly Got[] {
  return [
    ...intercom.prompts().map(({ externalId = '', metadata, receivedMs }) => ({
      decisionId: String(metadata['decision_id']),
      channel: 'intercom' as const,
      userId: externalId,
      receivedMs,
    })),
    ...sendgrid.emails().map(({ customArgs, to, receivedMs }) => ({
      decisionId: customArgs['decision_id'] ?? '',
      channel: 'sendgrid' as const,
      userId: to.email.split('@')[0] ?? '',
      receivedMs,
    })),
  ];
}

/** A sentence, and what it rests on: the arithmetic of the offer that won, or what stood against each. */
function isExplained({ record }: LedgerEntry): boolean {
  const { candidates, chosen, explanation, fired, refused, words } = record;
  const [best] = candidates;
  const isBroken = refused.some(({ refusal }) => refusal.reason === 'promise_broken');
  const rests =
    chosen === undefined
      ? refused.length > 0 || candidates.length > 0
      : best?.offerId === chosen && best.expectedValue > 0 && words !== undefined;
  return explanation !== '' && fired.length > 0 && rests && !isBroken;
}

/** Each run of prompts to one person, or in one account, that is longer than the cap within its window. */
function overCap(known: readonly Known[], cap: FrequencyCap): readonly string[] {
  return runsOf(known, cap, cap.max + 1).flatMap(({ id, first, last }) => {
    const isOver =
      last.entry.record.decidedMs - first.entry.record.decidedMs < cap.withinMs ||
      // A prompt reaches the person some time after it was decided, or never.
      last.receivedMs - first.receivedMs < cap.withinMs - oldestMs;
    return isOver ? [`${id}: ${cap.max + 1} prompts, the last is ${last.decisionId}`] : [];
  });
}

function isReached(known: readonly Known[], cap: FrequencyCap): boolean {
  return runsOf(known, cap, cap.max).some(
    ({ first, last }) => last.entry.record.decidedMs - first.entry.record.decidedMs < cap.withinMs,
  );
}

/** All runs of so many prompts in a row of each person, or of each account, in the order of the decisions. */
function runsOf(known: readonly Known[], { per }: FrequencyCap, length: number) {
  const groups = Map.groupBy(known, ({ entry, userId }) =>
    per === 'user' ? userId : entry.record.accountId,
  );
  return [...groups].flatMap(([id, own]) => {
    const sorted = own.toSorted(
      (left, right) => left.entry.record.decidedMs - right.entry.record.decidedMs,
    );
    return sorted.flatMap((first, at) => {
      const last = sorted[at + length - 1];
      return last === undefined ? [] : [{ id, first, last }];
    });
  });
}

/** E-mails that follow no prompt which the person saw and did not take, or the same one as another. */
function wrongEmails(known: readonly Known[], crowd: Crowd): readonly string[] {
  const byDecision = new Map(known.map((one) => [one.decisionId, one]));
  const dismissed = new Map(
    crowd.deeds
      .filter(({ what }) => what === 'dismissed')
      .map(({ decisionId, timeMs }) => [decisionId, timeMs]),
  );
  const followed = new Set<string>();
  return known.flatMap(({ channel, decisionId, entry, userId }) => {
    if (channel !== 'sendgrid') {
      return [];
    }
    const first = byDecision.get(entry.record.followsId ?? '');
    if (first === undefined || first.channel !== 'intercom' || first.userId !== userId) {
      return [`${decisionId} follows nothing that ${userId} got`];
    }
    if (followed.has(first.decisionId)) {
      return [`${decisionId} is the second one after ${first.decisionId}`];
    }
    followed.add(first.decisionId);
    const temper = crowd.temperOf(userId);
    const isSeen =
      temper === 'sees' ||
      (dismissed.get(first.decisionId) ?? Number.POSITIVE_INFINITY) < entry.record.decidedMs;
    return isSeen ? [] : [`${decisionId} follows what ${userId}, who ${temper}, did not refuse`];
  });
}

/** What people got that was decided after the end of the round in which they said that they want none. */
function afterOptOut(
  known: readonly Known[],
  crowd: Crowd,
  roundEndsMs: readonly number[],
): readonly string[] {
  return crowd.deeds
    .filter(({ what }) => what !== 'dismissed')
    .flatMap(({ timeMs, userId, what }) => {
      const fromMs = roundEndsMs.find((endMs) => endMs > timeMs) ?? Number.POSITIVE_INFINITY;
      return known
        .filter(
          (one) =>
            one.userId === userId &&
            one.entry.record.decidedMs > fromMs &&
            (what === 'reported_spam' || one.channel === 'sendgrid'),
        )
        .map(
          (one) =>
            `${userId} ${what} at ${timeMs} and got ${one.decisionId}, decided at ${one.entry.record.decidedMs}`,
        );
    });
}

/** What the metric of the hub's last check says, over all workers that live. */
async function brokenPromises(workers: readonly RaceProcess[]): Promise<number> {
  const texts = await Promise.all(
    workers
      .flatMap((worker) => worker.urls())
      .map(async (url) => {
        const authorization = `Bearer ${keys.adminToken}`;
        const answer = await fetch(`${url}/metrics`, { headers: { authorization } });
        expect(answer.status).toBe(200);
        return answer.text();
      }),
  );
  return texts
    .flatMap((text) => [...text.matchAll(/^motisig_promises_broken_total\{[^}]*\} (\S+)$/gmu)])
    .reduce((sum, [, value]) => sum + Number(value), 0);
}
