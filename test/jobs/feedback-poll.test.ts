import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import type { Feedback } from '../../src/core/outcome/feedback.ts';
import type { FeedbackPoll, Polled } from '../../src/core/ports.ts';
import { type FeedbackPollDeps, startFeedbackPoll } from '../../src/jobs/feedback-poll.ts';
import type { RedisConnection } from '../../src/store/connection.ts';
import { createPollCursors } from '../../src/store/poll-cursors.ts';
import { useRedis } from '../use-redis.ts';
import { until } from '../until.ts';
import { keepingLog } from './quiet.ts';

let producer: RedisConnection;
let connection: RedisConnection;
let running: { stop(): Promise<void> }[] = [];
let accepted: string[];
let log: ReturnType<typeof keepingLog>;

useRedis((opened) => {
  producer = opened.redis;
  connection = opened.worker;
});
beforeEach(async () => {
  accepted = [];
  log = keepingLog();
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.stop()));
  running = [];
});

function feedback(id: string): Feedback {
  return {
    id,
    timeMs: 1,
    channel: undefined,
    about: { decisionId: undefined, userId: 'u_1', accountId: undefined },
    body: { kind: 'ticket_closed', ticketId: 't' },
  };
}

/** A vendor with so many pages, one feedback on each; then nothing new. Remembers how many asked at a time. */
class Vendor implements FeedbackPoll {
  readonly vendor: FeedbackPoll['vendor'];
  readonly asked: (string | undefined)[] = [];
  atOnceMax = 0;
  #atOnce = 0;
  readonly #pages: number;
  readonly #instead: Polled[];

  constructor(
    pages: number,
    instead: readonly Polled[] = [],
    vendor: FeedbackPoll['vendor'] = 'intercom',
  ) {
    this.#pages = pages;
    this.#instead = [...instead];
    this.vendor = vendor;
  }

  async ask(cursor: string | undefined): Promise<Polled> {
    this.asked.push(cursor);
    this.#atOnce += 1;
    this.atOnceMax = Math.max(this.atOnceMax, this.#atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    this.#atOnce -= 1;
    const instead = this.#instead.shift();
    if (instead !== undefined) {
      return instead;
    }
    const page = Number(cursor ?? '0');
    const isLast = page + 1 >= this.#pages;
    return {
      kind: 'page',
      feedback: page < this.#pages ? [feedback(`f${page}`)] : [],
      cursor: String(Math.min(page + 1, this.#pages)),
      isLast,
    };
  }
}

async function start(
  polls: readonly FeedbackPoll[],
  differs: Partial<FeedbackPollDeps> = {},
): Promise<void> {
  running.push(
    await startFeedbackPoll({
      connection,
      producer,
      polls,
      cursors: createPollCursors(producer),
      accept: (_vendor, given) => {
        accepted.push(...given.map(({ id }) => id));
        return Promise.resolve();
      },
      clock: { nowMs: () => Date.now() },
      log,
      everyMs: 50,
      ...differs,
    }),
  );
}

const unavailable = (trouble?: string): Polled => ({
  kind: 'unavailable',
  retryAfterMs: 7000,
  trouble,
});

describe('the poll for missed feedback', () => {
  it('reads all pages, hands each on, and then asks only for what is new', async () => {
    const vendor = new Vendor(5);
    await start([vendor]);
    await until('a second round', () => vendor.asked.length >= 7);
    expect(accepted).toEqual(['f0', 'f1', 'f2', 'f3', 'f4']);
    expect(vendor.asked.slice(0, 6)).toEqual([undefined, '1', '2', '3', '4', '5']);
  });

  it('begins at once, not after the first wait', async () => {
    await start([new Vendor(1)], { everyMs: 600_000 });
    await until('the page', () => accepted.length === 1);
  });

  it('goes on in the next round where a long one stopped', async () => {
    const vendor = new Vendor(7);
    await start([vendor], { pagesMax: 3 });
    await until('all pages', () => accepted.length === 7);
    expect(accepted).toEqual(['f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6']);
  });

  it('remembers where it was through a restart of the hub', async () => {
    const first = new Vendor(2);
    await start([first]);
    await until('both pages', () => accepted.length === 2);
    await running.pop()?.stop();
    const second = new Vendor(3);
    await start([second]);
    await until('the new page', () => accepted.length === 3);
    expect(second.asked[0]).toBe('2');
    expect(accepted).toEqual(['f0', 'f1', 'f2']);
  });

  it('asks again for a page whose feedback could not be stored, and loses none', async () => {
    let fails = 2;
    const vendor = new Vendor(2);
    await start([vendor], {
      accept: (_vendor, given) => {
        if (fails > 0) {
          fails -= 1;
          return Promise.reject(new Fault('inbox_full', 'later', 'The inbox is full.'));
        }
        accepted.push(...given.map(({ id }) => id));
        return Promise.resolve();
      },
    });
    await until('both pages', () => accepted.length === 2);
    expect(accepted).toEqual(['f0', 'f1']);
    expect(vendor.asked.slice(0, 3)).toEqual([undefined, undefined, undefined]);
    expect(log.lines.filter((line) => line.includes('The inbox is full.'))).toHaveLength(2);
  });

  it('goes on after an error that nobody expected, and tells of it without its data', async () => {
    const vendor = new Vendor(1);
    let fails = 1;
    await start([vendor], {
      accept: (_vendor, given) => {
        if (fails > 0) {
          fails -= 1;
          return Promise.reject(new Error('a mistake of ours'));
        }
        accepted.push(...given.map(({ id }) => id));
        return Promise.resolve();
      },
    });
    await until('the page', () => accepted.length === 1);
    expect(log.lines.join()).toContain('a mistake of ours');
  });

  it('ends a round when the vendor says no, and tells the operator what to mend', async () => {
    const vendor = new Vendor(1, [unavailable(), unavailable('Mend the token.')]);
    await start([vendor]);
    await until('the page', () => accepted.length === 1);
    expect(log.lines).toEqual(['Mend the token. {"vendor":"intercom"}']);
  });

  it('asks one at a time, however many workers there are', async () => {
    const vendor = new Vendor(60);
    const others = Array.from({ length: 4 }, () => start([vendor], { pagesMax: 5 }));
    await Promise.all(others);
    await until('all pages', () => accepted.length >= 60);
    expect(accepted).toEqual(Array.from({ length: 60 }, (_, page) => `f${page}`));
    expect(vendor.atOnceMax).toBe(1);
  });

  it('keeps the vendors apart', async () => {
    const vendors = [new Vendor(2), new Vendor(3, [], 'hubspot')];
    await start(vendors);
    await until('all pages', () => accepted.length === 5);
    expect(await createPollCursors(producer).read('intercom')).toBe('2');
    expect(await createPollCursors(producer).read('hubspot')).toBe('3');
  });

  it('does nothing where there is nobody to ask', async () => {
    await start([]);
    expect(await producer.keys('*')).toEqual([]);
  });

  it('stops at once in the middle of a question', async () => {
    let asked = false;
    let ended = false;
    await start([
      {
        vendor: 'intercom',
        ask: (_cursor, _nowMs, signal) => {
          asked = true;
          return new Promise((resolve) =>
            signal.addEventListener('abort', () => {
              ended = true;
              resolve(unavailable());
            }),
          );
        },
      },
    ]);
    await until('a question', () => asked);
    const startedMs = performance.now();
    await running.pop()?.stop();
    expect(ended).toBe(true);
    expect(performance.now() - startedMs).toBeLessThan(3000);
  });
});
