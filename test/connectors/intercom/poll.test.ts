import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createIntercomConnector,
  createIntercomPoll,
  IntercomPollConfig,
} from '../../../connectors/intercom/index.ts';
import type { Feedback } from '../../../src/core/outcome/feedback.ts';
import type { FeedbackPoll } from '../../../src/core/ports.ts';
import { type IntercomSandbox, startIntercomSandbox } from '../../../src/sandbox/intercom.ts';
import { clientSecret, conversationItem, notification, ticketItem } from './bodies.ts';

const never = new AbortController().signal;
const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 10, 6, 12);
const token = 'token-of-the-poll';
let nowMs: number;
let sandbox: IntercomSandbox;
let poll: FeedbackPoll;
let requests: unknown[];

beforeEach(async () => {
  nowMs = startMs;
  requests = [];
  sandbox = await startIntercomSandbox({
    host: '127.0.0.1',
    port: 0,
    dataDir: undefined,
    log: { info: () => {} },
    clock: { nowMs: () => nowMs },
  });
  const recorded: typeof fetch = (input, init) => {
    requests.push(typeof init?.body === 'string' ? JSON.parse(init.body) : undefined);
    return fetch(input, init);
  };
  poll = createIntercomPoll(
    IntercomPollConfig.parse({ accessToken: token, baseUrl: sandbox.url, timeoutMs: 2000 }),
    { fetch: recorded },
  );
  await fetch(`${sandbox.url}/contacts`, {
    method: 'POST',
    headers: { authorization: 'Bearer x', 'content-type': 'application/json' },
    body: JSON.stringify({ external_id: 'u_1' }),
  });
});

afterEach(() => sandbox.close());

async function does(act: string): Promise<void> {
  const answer = await fetch(`${sandbox.url}/users/u_1/do`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ act }),
  });
  expect(answer.status).toBe(303);
}

/** Asks until there is nothing more. */
async function round(
  from?: string,
  by = poll,
): Promise<{
  readonly feedback: readonly Feedback[];
  readonly cursor: string;
  readonly asked: number;
}> {
  const feedback: Feedback[] = [];
  let cursor = from;
  for (let asked = 1; asked <= 200; asked += 1) {
    const answer = await by.ask(cursor, nowMs, never);
    if (answer.kind !== 'page') {
      throw new Error('the stand-in did not answer');
    }
    feedback.push(...answer.feedback);
    cursor = answer.cursor;
    if (answer.isLast) {
      return { feedback, cursor, asked };
    }
  }
  throw new Error('the poll does not come to an end');
}

const kindsOf = (feedback: readonly Feedback[]) => feedback.map(({ body }) => body.kind);

describe('the poll', () => {
  it('finds a support conversation and a ticket, and their ends, that no webhook told of', async () => {
    await does('write_to_support');
    await does('open_ticket');
    nowMs += 60_000;
    const first = await round();
    expect(kindsOf(first.feedback)).toEqual(['ticket_opened', 'ticket_opened']);
    expect(first.feedback[0]).toMatchObject({
      timeMs: startMs,
      about: { userId: 'u_1', decisionId: undefined },
    });
    await does('close_conversation');
    await does('close_ticket');
    nowMs += 60_000;
    const second = await round(first.cursor);
    const ended = second.feedback.filter(({ body }) => body.kind === 'ticket_closed');
    expect(ended).toHaveLength(2);
    expect(ended.map(({ timeMs }) => timeMs)).toEqual([startMs + 60_000, startMs + 60_000]);
  });

  it('gives the very feedback that the webhook of the same conversation or ticket gives', async () => {
    const connector = createIntercomConnector({ clientSecret });
    const bySecond = (differs: object) => conversationItem({ ...differs });
    const closed = bySecond({
      state: 'closed',
      open: false,
      statistics: { last_contact_reply_at: 1_793_966_450, last_close_at: 1_793_966_455 },
      updated_at: 1_793_966_455,
    });
    const ticket = ticketItem({ open: false });
    sandbox.script('search_conversations', [
      { status: 200, body: { type: 'conversation.list', conversations: [closed], pages: {} } },
    ]);
    sandbox.script('search_tickets', [
      { status: 200, body: { type: 'ticket.list', tickets: [ticket], pages: {} } },
    ]);
    nowMs = 1_793_966_600_000;
    const polled = await round();
    const told = [
      ['conversation.user.created', closed],
      ['conversation.user.replied', closed],
      ['conversation.admin.closed', closed],
      ['ticket.created', ticket],
      ['ticket.closed', { ticket }],
    ].flatMap(
      ([topic, item]) => connector.parse(notification(String(topic), item), nowMs).feedback,
    );
    expect(told).toHaveLength(5);
    expect(polled.feedback).toEqual(told);
  });

  it('asks for a day more on both sides, because dates match by calendar day, and leaves the rest out', async () => {
    nowMs = startMs - 30 * 3_600_000;
    await does('write_to_support');
    nowMs = startMs;
    const { feedback } = await round();
    expect(feedback).toEqual([]);
    const from = (startMs - 2 * dayMs) / 1000;
    const until = (startMs + dayMs) / 1000;
    expect(requests[0]).toEqual({
      query: {
        operator: 'AND',
        value: [
          { field: 'updated_at', operator: '>', value: from },
          { field: 'updated_at', operator: '<', value: until },
        ],
      },
      pagination: { per_page: 150 },
    });
  });

  it('goes on after its cursor, repeating ten minutes, so that what was indexed late is found', async () => {
    const first = await round();
    nowMs += 3_600_000;
    await does('write_to_support');
    const second = await round(first.cursor);
    expect(kindsOf(second.feedback)).toEqual(['ticket_opened']);
    nowMs += 300_000;
    const third = await round(second.cursor);
    expect(third.feedback).toEqual(second.feedback);
    nowMs += 900_000;
    const fourth = await round(third.cursor);
    nowMs += 900_000;
    expect((await round(fourth.cursor)).feedback).toEqual([]);
  });

  it('reads all pages of many conversations, and can stop after each', async () => {
    for (let n = 0; n < 160; n += 1) {
      await does('open_ticket');
    }
    const { feedback, asked } = await round();
    expect(new Set(feedback.map(({ id }) => id)).size).toBe(160);
    expect(asked).toBe(3);
  }, 60_000);

  it('catches up day by day after the hub was off, at most 30 days', async () => {
    const { cursor } = await round();
    nowMs += 5 * dayMs;
    await does('write_to_support');
    const caughtUp = await round(cursor);
    expect(kindsOf(caughtUp.feedback)).toEqual(['ticket_opened']);
    expect(caughtUp.asked).toBeLessThanOrEqual(14);
    nowMs += 400 * dayMs;
    expect((await round(caughtUp.cursor)).asked).toBeLessThanOrEqual(62);
  });

  it.each(['', '{"of":"companies"}', 'null', '{"of":"tickets","fromS":"x"}'])(
    'begins a day back when its cursor is %j',
    async (cursor) => {
      await does('write_to_support');
      nowMs += 1000;
      expect(kindsOf((await round(cursor)).feedback)).toEqual(['ticket_opened']);
    },
  );

  it('loses no neighbour of an element that cannot be read', async () => {
    sandbox.script('search_conversations', [
      {
        status: 200,
        body: { conversations: [null, { id: 7 }, conversationItem()], pages: null },
      },
    ]);
    nowMs = 1_793_966_600_000;
    expect(kindsOf((await round()).feedback)).toEqual(['ticket_opened', 'ticket_opened']);
  });
});

describe('a poll that gets no answer', () => {
  it.each([
    [{ status: 429, headers: { 'retry-after': '7' } }, 7000, undefined],
    [{ status: 500 }, undefined, undefined],
    ['reset', undefined, undefined],
    ['stall', undefined, undefined],
    [{ status: 401 }, undefined, /INTERCOM_ACCESS_TOKEN/u],
    [{ status: 403 }, undefined, /may read conversations/u],
    [{ status: 200, body: '<h1>Welcome</h1>' }, undefined, undefined],
    [{ status: 200, body: { conversations: 'none' } }, undefined, /INTERCOM_BASE_URL/u],
  ] as const)(
    'to %j says so without a throw, a key or a moved cursor',
    async (play, retryAfterMs, trouble) => {
      sandbox.script('search_conversations', [play]);
      const answer = await poll.ask(undefined, nowMs, never);
      expect(answer).toEqual({
        kind: 'unavailable',
        retryAfterMs,
        trouble: trouble === undefined ? undefined : expect.stringMatching(trouble),
      });
      expect(JSON.stringify(answer)).not.toContain(token);
    },
  );

  it('waits for the next window of a 429 that names no other time', async () => {
    sandbox.script('search_conversations', [
      { status: 429, headers: { 'x-ratelimit-reset': String(nowMs / 1000 + 4) } },
    ]);
    expect(await poll.ask(undefined, nowMs, never)).toMatchObject({ retryAfterMs: 4000 });
  });

  it('ends at once when the caller stops', async () => {
    sandbox.script('search_conversations', ['stall']);
    const stopped = new AbortController();
    const answer = poll.ask(undefined, nowMs, stopped.signal);
    stopped.abort();
    expect(await answer).toMatchObject({ kind: 'unavailable' });
  });
});
