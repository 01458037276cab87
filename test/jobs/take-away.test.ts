import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PromptChannel } from '../../src/core/ports.ts';
import type { DismissedPrompt } from '../../src/core/prompt/prompt.ts';
import {
  createTakeAwayQueue,
  startTakingAway,
  type TakeAwayQueue,
} from '../../src/jobs/take-away.ts';
import { createLinkMaker } from '../../src/links/token.ts';
import type { RedisConnection } from '../../src/store/connection.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { createStateStore } from '../../src/store/state-store.ts';
import { useRedis } from '../use-redis.ts';
import { accountOf, changeOf, noonMs, recordOf, requestOf } from '../store/samples.ts';
import { until } from '../until.ts';
import { keepingLog } from './quiet.ts';

const acme = accountOf('acme');
const linksOf = createLinkMaker('https://hub.example.com', 'link-secret');

let producer: RedisConnection;
let connection: RedisConnection;
let queue: TakeAwayQueue;
let running: { stop(): Promise<void> }[] = [];

useRedis((opened) => {
  producer = opened.redis;
  connection = opened.worker;
});
beforeEach(async () => {
  queue = await createTakeAwayQueue(producer, undefined, 1);
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.stop()));
  running = [];
  await queue.close();
});

/** Answers `unavailable` so many times; remembers what it was asked to take away. */
function channelAfter(troubles: number) {
  const asked: DismissedPrompt[] = [];
  const channel: PromptChannel = {
    name: 'intercom',
    deliver: () => Promise.reject(new Error('nothing is delivered here')),
    reconcile: () => Promise.reject(new Error('nothing is looked for here')),
    takeAway: (prompt) => {
      asked.push(prompt);
      return Promise.resolve(asked.length > troubles ? 'taken_away' : 'unavailable');
    },
  };
  return { channel, asked };
}

async function start(channel: PromptChannel) {
  const log = keepingLog();
  const ledger = createLedger(producer);
  running.push(await startTakingAway({ connection, channels: [channel], ledger, linksOf, log }));
  return log;
}

async function decided() {
  const store = createStateStore(producer, { nowMs: () => noonMs });
  const [loaded] = await store.load([requestOf(acme)]);
  const record = recordOf(acme);
  await store.commit([changeOf(loaded, 's', { decisions: [record] })]);
  return record;
}

async function emptied(): Promise<void> {
  await until('the banners to be worked off', async () => (await queue.waiting()) === 0);
}

describe('taking dismissed banners away', () => {
  it('asks the channel again while it is in trouble, with what the record tells of the prompt', async () => {
    const record = await decided();
    const { channel, asked } = channelAfter(2);
    await start(channel);
    await queue.add([{ decisionId: record.decisionId, channel: 'intercom' }]);
    await emptied();
    const { decisionId, userId, words } = record;
    expect(asked).toEqual(
      Array.from({ length: 3 }, () => ({ decisionId, userId, words, links: linksOf(record) })),
    );
  });

  it('gives up after eight tries, and says so', async () => {
    const { decisionId } = await decided();
    const { channel, asked } = channelAfter(Number.POSITIVE_INFINITY);
    const log = await start(channel);
    await queue.add([{ decisionId, channel: 'intercom' }]);
    await emptied();
    await until('the operator to be told', () => log.lines.length > 0);
    expect(asked).toHaveLength(8);
    expect(log.lines.join()).toContain('stays until the person closes it');
  });

  it('asks nothing for a decision that is no more, or of a channel that takes nothing away', async () => {
    const { decisionId } = await decided();
    const { channel, asked } = channelAfter(0);
    const { takeAway: _, ...plain } = channel;
    await start({ ...plain, name: 'sendgrid' });
    await queue.add([{ decisionId, channel: 'intercom' }]);
    await emptied();
    await start(channel);
    await queue.add([{ decisionId: '1-00', channel: 'intercom' }]);
    await emptied();
    expect(asked).toEqual([]);
  });
});
