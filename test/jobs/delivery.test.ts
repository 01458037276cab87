import { type Admission, createControlStore } from '../../src/store/controls.ts';
import { offerOf } from '../core/offer.ts';
import { barePlaybook } from '../core/playbook.ts';
import { Queue } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Input } from '../../src/core/input.ts';
import type { Delivery, Ledger, PromptChannel, Reconciliation } from '../../src/core/ports.ts';
import type { Prompt } from '../../src/core/prompt/prompt.ts';
import { createDeliveryQueues, type DeliveryQueues } from '../../src/jobs/delivery-queue.ts';
import { type DeliveryDeps, startDelivery } from '../../src/jobs/delivery.ts';
import { createLinkMaker } from '../../src/links/token.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { RedisConnection } from '../../src/store/connection.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { createStateStore } from '../../src/store/state-store.ts';
import { refusal } from '../inbox/arbitrary-input.ts';
import { useRedis } from '../use-redis.ts';
import { accountOf, changeOf, noonMs, promptOf, recordOf, requestOf } from '../store/samples.ts';
import { keepingLog } from './quiet.ts';
import { until } from '../until.ts';

const acme = accountOf('acme');
const waits = { leaseMs: 2000, askMs: 2000, lookAgainMs: 50, retryMs: 20, retryMsMax: 100 };

let producer: RedisConnection;
let connection: RedisConnection;
let queues: DeliveryQueues;
let ledger: Ledger;
let running: { stop(): Promise<void> }[] = [];
let told: Input[] = [];

useRedis((opened) => {
  producer = opened.redis;
  connection = opened.worker;
  ledger = createLedger(producer);
});
beforeEach(async () => {
  queues = await createDeliveryQueues({ connection: producer, channels: ['intercom'] });
  told = [];
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.stop()));
  running = [];
  await queues.close();
});

/** A vendor with scripted answers, the last of which repeats; remembers what it was asked. */
class Vendor implements PromptChannel {
  readonly name = 'intercom';
  readonly asked: string[] = [];
  readonly looked: string[] = [];
  readonly #answers: (Delivery | Error)[];
  readonly #looks: Reconciliation[];

  constructor(
    answers: readonly (Delivery | Error)[],
    looks: readonly Reconciliation[] = ['absent'],
  ) {
    this.#answers = [...answers];
    this.#looks = [...looks];
  }

  deliver(prompt: Prompt): Promise<Delivery> {
    this.asked.push(prompt.decisionId);
    const answer = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
    return answer instanceof Error || answer === undefined
      ? Promise.reject(answer)
      : Promise.resolve(answer);
  }

  reconcile(prompt: Prompt): Promise<Reconciliation> {
    this.looked.push(prompt.decisionId);
    return Promise.resolve(
      (this.#looks.length > 1 ? this.#looks.shift() : this.#looks[0]) ?? 'unavailable',
    );
  }
}

const accepted: Delivery = { kind: 'accepted', vendorId: 'v1' };

async function start(
  channel: PromptChannel,
  more: Partial<DeliveryDeps> = {},
): Promise<DeliveryDeps['metrics']> {
  const metrics = createMetrics();
  running.push(
    await startDelivery({
      connection,
      channels: [channel],
      ledger,
      queues,
      linksOf: createLinkMaker('https://hub.example.com', 'link-secret'),
      controls: createControlStore(producer),
      playbook: barePlaybook,
      lanes: {
        enqueue: (inputs) => {
          told.push(...inputs);
          return Promise.resolve();
        },
      },
      clock: { nowMs: () => Date.now() },
      metrics,
      log: keepingLog(),
      waits,
      ...more,
    }),
  );
  return metrics;
}

async function decide(number = 1, more: Partial<Prompt> = {}): Promise<Prompt> {
  const store = createStateStore(producer, { nowMs: () => noonMs });
  const [loaded] = await store.load([requestOf(acme)]);
  await store.commit([changeOf(loaded, 's', { decisions: [recordOf(acme, number)] })]);
  return promptOf(acme, number, { expiresMs: Date.now() + 60_000, ...more });
}

async function stateOf(prompt: Prompt): Promise<string | undefined> {
  return (await ledger.read(prompt.decisionId))?.state;
}

async function settledAs(prompt: Prompt, state: string): Promise<void> {
  await until(
    `${prompt.decisionId} is ${state}`,
    async () => (await stateOf(prompt)) === state && told.length >= 2,
  );
}

async function outcomes(metrics: DeliveryDeps['metrics']): Promise<Record<string, number>> {
  const { values } = await metrics.deliveries.get();
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels.outcome), value]));
}

describe('delivery', () => {
  it('asks the vendor once, writes down the answer and tells account and person', async () => {
    const vendor = new Vendor([accepted]);
    const prompt = await decide();
    const metrics = await start(vendor);
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'sent');
    expect(vendor.asked).toEqual([prompt.decisionId]);
    expect(await ledger.read(prompt.decisionId)).toMatchObject({ vendorId: 'v1', attempts: 1 });
    const day = Math.floor(prompt.decidedMs / 86_400_000);
    expect(told).toMatchObject([
      {
        kind: 'prompt_settled',
        id: `${prompt.decisionId}.settled.account`,
        to: 'account',
        outcome: 'sent',
        dedupeDay: day,
      },
      {
        kind: 'prompt_settled',
        id: `${prompt.decisionId}.settled.person`,
        to: 'person',
        outcome: 'sent',
        dedupeDay: day,
      },
    ]);
    expect(await outcomes(metrics)).toEqual({ sent: 1 });
    expect(
      (await metrics.deliverySeconds.get()).values.find(({ metricName }) =>
        metricName?.endsWith('count'),
      )?.value,
    ).toBe(1);
  });

  it('asks once for each of many prompts, however many workers race and however often the job is put in', async () => {
    const vendor = new Vendor([accepted]);
    const prompts: Prompt[] = [];
    for (let number = 1; number <= 30; number += 1) {
      prompts.push(await decide(number));
    }
    const deliveries = prompts.map((prompt) => ({ prompt, withheld: undefined }));
    // The same prompts under other job ids, as a job that BullMQ has forgotten would come again.
    const raw = new Queue('deliver-intercom', { connection: producer, prefix: '{deliver}' });
    for (let copy = 0; copy < 5; copy += 1) {
      await raw.addBulk(
        deliveries.map((data, at) => ({
          name: 'deliver',
          data,
          opts: { jobId: `copy-${copy}-${at}` },
        })),
      );
    }
    await Promise.all(Array.from({ length: 8 }, () => start(vendor)));
    await queues.add(deliveries);
    await until('all are sent', async () =>
      (await Promise.all(prompts.map(stateOf))).every((state) => state === 'sent'),
    );
    await until(
      'no job is left',
      async () => (await raw.getJobCountByTypes('wait', 'active', 'delayed')) === 0,
    );
    expect(vendor.asked.toSorted()).toEqual(prompts.map(({ decisionId }) => decisionId).toSorted());
    await raw.close();
  });

  it('drops a prompt whose moment has passed without asking', async () => {
    const vendor = new Vendor([accepted]);
    const prompt = await decide(1, { expiresMs: Date.now() - 1 });
    await start(vendor);
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'expired');
    expect(vendor.asked).toEqual([]);
    expect(told).toMatchObject([{ outcome: 'expired' }, { outcome: 'expired' }]);
  });

  it('settles a withheld prompt as refused, with the reason, without asking', async () => {
    const vendor = new Vendor([accepted]);
    const prompt = await decide();
    const metrics = await start(vendor);
    await queues.add([{ prompt, withheld: refusal }]);
    await settledAs(prompt, 'refused');
    expect(vendor.asked).toEqual([]);
    expect((await ledger.read(prompt.decisionId))?.reason).toBe('cooldown');
    expect(await outcomes(metrics)).toEqual({ withheld: 1 });
  });

  it('takes a refusal as final', async () => {
    const vendor = new Vendor([{ kind: 'refused', reason: 'unknown_recipient' }]);
    const prompt = await decide();
    await start(vendor);
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'refused');
    expect(vendor.asked).toHaveLength(1);
    expect((await ledger.read(prompt.decisionId))?.reason).toBe('unknown_recipient');
  });

  it('asks again after "unavailable" as often as it takes, without using up attempts', async () => {
    const away: Delivery = { kind: 'unavailable', retryAfterMs: 1, scope: 'prompt' };
    const vendor = new Vendor([...Array.from({ length: 14 }, () => away), accepted]);
    const prompt = await decide();
    const metrics = await start(vendor);
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'sent');
    expect(vendor.asked).toHaveLength(15);
    expect((await metrics.deliveriesPostponed.get()).values).toMatchObject([{ value: 14 }]);
    expect((await ledger.read(prompt.decisionId))?.attempts).toBe(15);
  });

  it('holds the whole channel after 429 for as long as the vendor says, without using up attempts', async () => {
    const limited: Delivery = { kind: 'unavailable', retryAfterMs: 120, scope: 'channel' };
    const vendor = new Vendor([...Array.from({ length: 12 }, () => limited), accepted]);
    const prompt = await decide();
    await start(vendor);
    const startedMs = performance.now();
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'sent');
    expect(vendor.asked).toHaveLength(13);
    expect(performance.now() - startedMs).toBeGreaterThan(12 * 100);
  });

  it('expires a prompt that the vendor never takes, soon after its moment', async () => {
    const vendor = new Vendor([{ kind: 'unavailable', retryAfterMs: 3_600_000, scope: 'prompt' }]);
    const prompt = await decide(1, { expiresMs: Date.now() + 300 });
    await start(vendor);
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'expired');
    expect(vendor.asked).toHaveLength(1);
  });

  it.each([
    ['present', 1],
    ['absent', 2],
  ] as const)(
    'looks at the vendor after no answer: %s means %i requests in all',
    async (look, requests) => {
      const vendor = new Vendor([{ kind: 'unknown' }, accepted], [look]);
      const prompt = await decide();
      await start(vendor);
      await queues.add([{ prompt, withheld: undefined }]);
      await settledAs(prompt, 'sent');
      expect(vendor.looked).toHaveLength(1);
      expect(vendor.asked).toHaveLength(requests);
    },
  );

  it('gives an unanswered prompt up as unknown when the vendor cannot be looked at until it expires', async () => {
    const vendor = new Vendor([{ kind: 'unknown' }], ['unavailable']);
    const prompt = await decide(1, { expiresMs: Date.now() + 300 });
    await start(vendor);
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'unknown');
    expect(vendor.asked).toHaveLength(1);
    expect(told).toMatchObject([{ outcome: 'unknown' }, { outcome: 'unknown' }]);
  });

  it('looks first when an earlier worker died between asking and writing down', async () => {
    const vendor = new Vendor([accepted], ['present']);
    const prompt = await decide();
    await ledger.claim(prompt.decisionId, 'a dead worker', Date.now(), 100);
    await start(vendor);
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'sent');
    expect(vendor.asked).toEqual([]);
    expect(vendor.looked).toHaveLength(1);
  });

  it('treats a channel that throws as unanswered: it looks, and does not repeat blindly', async () => {
    const vendor = new Vendor([new Error('a bug')], ['present']);
    const prompt = await decide();
    await start(vendor);
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'sent');
    expect(vendor.asked).toHaveLength(1);
  });

  it('tells account and person again when the job of a settled prompt comes again', async () => {
    const vendor = new Vendor([accepted]);
    const prompt = await decide();
    await ledger.claim(prompt.decisionId, 'earlier', Date.now(), 1000);
    await ledger.settle(
      prompt.decisionId,
      'earlier',
      'refused',
      { reason: 'not_allowed' },
      Date.now(),
    );
    await start(vendor);
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'refused');
    expect(vendor.asked).toEqual([]);
    expect(told.map(({ id }) => id)).toEqual([
      `${prompt.decisionId}.settled.account`,
      `${prompt.decisionId}.settled.person`,
    ]);
  });

  it('does not finish a job before account and person were told', async () => {
    const vendor = new Vendor([accepted]);
    const prompt = await decide();
    let failures = 0;
    await start(vendor, {
      lanes: {
        enqueue: (inputs) => {
          if (failures < 2) {
            failures += 1;
            return Promise.reject(new Error('lost'));
          }
          told.push(...inputs);
          return Promise.resolve();
        },
      },
    });
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'sent');
    expect(failures).toBe(2);
    expect(vendor.asked).toHaveLength(1);
  }, 15_000);

  it('asks nobody about a decision that is not in the ledger', async () => {
    const vendor = new Vendor([accepted]);
    await start(vendor);
    const ghost = promptOf(acme, 99, { expiresMs: Date.now() + 60_000 });
    const prompt = await decide();
    await queues.add([
      { prompt: ghost, withheld: undefined },
      { prompt, withheld: undefined },
    ]);
    await settledAs(prompt, 'sent');
    await until(
      'no job is left',
      async () => (await producer.llen('{deliver}:deliver-intercom:active')) === 0,
    );
    expect(vendor.asked).toEqual([prompt.decisionId]);
  });
});

describe('delivery at its time', () => {
  it('waits for the end of the quiet hours by the clock of the hub', async () => {
    const vendor = new Vendor([accepted]);
    let aheadMs = 0;
    const nowMs = () => Date.now() + aheadMs;
    const notBeforeMs = Date.now() + 9 * 3_600_000;
    const prompt = await decide(1, { notBeforeMs, expiresMs: notBeforeMs + 3_600_000 });
    let looks = 0;
    await start(vendor, {
      clock: {
        nowMs: () => {
          looks += 1;
          return nowMs();
        },
      },
      waits: { ...waits, dueMsMax: 20 },
    });
    await queues.add([{ prompt, withheld: undefined }]);
    await until('it was looked at several times', () => looks > 5);
    expect(vendor.asked).toEqual([]);
    expect(await stateOf(prompt)).toBe('queued');
    aheadMs = notBeforeMs - Date.now() + 1;
    await settledAs(prompt, 'sent');
    expect(vendor.asked).toEqual([prompt.decisionId]);
  });

  it('settles a withheld prompt at once, without waiting for its time', async () => {
    const prompt = await decide(1, { notBeforeMs: Date.now() + 3_600_000 });
    await start(new Vendor([accepted]));
    await queues.add([{ prompt, withheld: refusal }]);
    await settledAs(prompt, 'refused');
  });
});

describe('delivery under the controls', () => {
  const budget = { max: 1, withinMs: 86_400_000 };
  const limited = (perMinute: number) => ({
    ...barePlaybook,
    offers: new Map([['pro', offerOf({ id: 'pro', budget })]]),
    guardrails: { ...barePlaybook.guardrails, perMinute },
  });
  const spent = async () => {
    const offers = limited(60).offers.values();
    return (await createControlStore(producer).read(offers, Date.now())).spent.has('pro');
  };

  it('asks nobody while the hub is paused: the prompt is refused, and account and person are told', async () => {
    await createControlStore(producer).stop('everything', 'a sale');
    const vendor = new Vendor([accepted]);
    const prompt = await decide();
    const metrics = await start(vendor);
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'refused');
    expect(vendor.asked).toEqual([]);
    expect((await ledger.read(prompt.decisionId))?.reason).toBe('the hub is paused (a sale)');
    expect(told).toMatchObject([{ outcome: 'refused' }, { outcome: 'refused' }]);
    expect(await outcomes(metrics)).toEqual({ stopped: 1 });
  });

  it('puts a prompt off when the pace of the minute is used up, with its claim given back', async () => {
    const waiting: Admission = { kind: 'wait', forMs: 40 };
    const answers: Admission[] = [waiting, waiting, { kind: 'admitted' }];
    const vendor = new Vendor([accepted]);
    const prompt = await decide();
    const before: unknown[] = [];
    await start(vendor, {
      controls: {
        admit: async () => {
          before.push(vendor.asked.length);
          return answers.shift() ?? { kind: 'admitted' };
        },
        giveBack: async () => {},
      },
    });
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'sent');
    expect(before).toEqual([0, 0, 0]);
    expect(vendor.looked, 'nobody has to wait for a lease to run out').toEqual([]);
    expect(await ledger.read(prompt.decisionId)).toMatchObject({ attempts: 3 });
  });

  it('sends the second prompt of an offer only when the first did not use up its budget', async () => {
    const vendor = new Vendor([{ kind: 'refused', reason: 'unknown_recipient' }, accepted]);
    const first = await decide(1);
    await start(vendor, { playbook: limited(60) });
    await queues.add([{ prompt: first, withheld: undefined }]);
    await settledAs(first, 'refused');
    expect(await spent(), 'given back').toBe(false);
    const second = await decide(2);
    await queues.add([{ prompt: second, withheld: undefined }]);
    await settledAs(second, 'sent');
    expect(await spent()).toBe(true);
    const third = await decide(3);
    await queues.add([{ prompt: third, withheld: undefined }]);
    await settledAs(third, 'refused');
    expect((await ledger.read(third.decisionId))?.reason).toBe('the budget of the offer is spent');
    expect(vendor.asked).toEqual([first.decisionId, second.decisionId]);
  });

  it('gives the budget back when a prompt expires after it was let out', async () => {
    const away: Delivery = { kind: 'unavailable', retryAfterMs: 20, scope: 'prompt' };
    const prompt = await decide(1, { expiresMs: Date.now() + 300 });
    await start(new Vendor([away]), { playbook: limited(60) });
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'expired');
    expect(await spent()).toBe(false);
  });

  it('counts an unanswered prompt for good', async () => {
    const prompt = await decide(1, { expiresMs: Date.now() + 300 });
    await start(new Vendor([{ kind: 'unknown' }], ['unavailable']), { playbook: limited(60) });
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'unknown');
    expect(await spent()).toBe(true);
  });

  it('gives the budget back for a prompt that was let out, not taken, and then taken back', async () => {
    const away: Delivery = { kind: 'unavailable', retryAfterMs: 50, scope: 'prompt' };
    const vendor = new Vendor([away]);
    const prompt = await decide();
    await start(vendor, { playbook: limited(60) });
    await queues.add([{ prompt, withheld: undefined }]);
    await until(
      'it is taken back between two tries',
      async () =>
        vendor.asked.length > 0 && ledger.withdraw(prompt.decisionId, 'a ticket', Date.now()),
    );
    await settledAs(prompt, 'refused');
    expect(await spent()).toBe(false);
  });
});

describe('a prompt that was taken back', () => {
  it('is never sent, and account and person are told', async () => {
    const vendor = new Vendor([accepted]);
    const prompt = await decide();
    await ledger.withdraw(prompt.decisionId, 'a ticket was opened', Date.now());
    await start(vendor);
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'refused');
    expect(vendor.asked).toEqual([]);
    expect(told).toMatchObject([
      { to: 'account', outcome: 'refused' },
      { to: 'person', outcome: 'refused' },
    ]);
  });

  it('while it waits for the morning is told of at once', async () => {
    const notBeforeMs = Date.now() + 9 * 3_600_000;
    const prompt = await decide(1, { notBeforeMs, expiresMs: notBeforeMs + 3_600_000 });
    const vendor = new Vendor([accepted]);
    let looks = 0;
    const clock = {
      nowMs: () => {
        looks += 1;
        return Date.now();
      },
    };
    await start(vendor, { clock, waits: { ...waits, dueMsMax: 20 } });
    await queues.add([{ prompt, withheld: undefined }]);
    await until('it was looked at', () => looks > 2);
    expect(told).toEqual([]);
    expect(await ledger.withdraw(prompt.decisionId, 'a ticket', Date.now())).toBe(true);
    await settledAs(prompt, 'refused');
    expect(told.map((input) => input.kind === 'prompt_settled' && input.outcome)).toEqual([
      'refused',
      'refused',
    ]);
    expect(vendor.asked).toEqual([]);
  });

  it.each([
    ['says "not now"', { kind: 'unavailable', retryAfterMs: 1, scope: 'prompt' }, 'absent'],
    ['holds the channel', { kind: 'unavailable', retryAfterMs: 1, scope: 'channel' }, 'absent'],
    ['does not answer and never got it', { kind: 'unknown' }, 'absent'],
  ] as const)(
    'while the vendor was asked is not asked for again when the vendor %s',
    async (_, answer, look) => {
      const vendor = new Vendor([answer, accepted], [look]);
      const prompt = await decide();
      const asking: PromptChannel = {
        name: vendor.name,
        reconcile: (one) => vendor.reconcile(one),
        deliver: async (one) => {
          await ledger.withdraw(one.decisionId, 'the person wants no offers', Date.now());
          return vendor.deliver(one);
        },
      };
      const metrics = await start(asking);
      await queues.add([{ prompt, withheld: undefined }]);
      await settledAs(prompt, 'refused');
      expect(vendor.asked).toHaveLength(1);
      expect((await ledger.read(prompt.decisionId))?.reason).toBe('the person wants no offers');
      expect(await outcomes(metrics)).toEqual({ withdrawn: 1 });
    },
  );

  it('while the vendor was asked is sent all the same when the vendor took it', async () => {
    const vendor = new Vendor([{ kind: 'unknown' }], ['present']);
    const prompt = await decide();
    await ledger.claim(prompt.decisionId, 'a dead worker', Date.now(), 100);
    await ledger.withdraw(prompt.decisionId, 'a ticket', Date.now());
    await start(vendor);
    await queues.add([{ prompt, withheld: undefined }]);
    await settledAs(prompt, 'sent');
    expect(vendor.asked).toEqual([]);
  });
});
