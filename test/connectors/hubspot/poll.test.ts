import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHubSpotPoll, HubSpotPollConfig } from '../../../connectors/hubspot/index.ts';
import type { Feedback } from '../../../src/core/outcome/feedback.ts';
import { type HubspotSandbox, startHubspotSandbox } from '../../../src/sandbox/hubspot.ts';

const nowMs = Date.UTC(2026, 10, 23, 12);
const hourMs = 3_600_000;
const { signal } = new AbortController();
let hubspot: HubspotSandbox;
let troubles: string[];

beforeEach(async () => {
  troubles = [];
  hubspot = await startHubspotSandbox({
    host: '127.0.0.1',
    port: 0,
    dataDir: undefined,
    log: { info: () => {} },
    clock: { nowMs: () => nowMs },
    callsPerWindow: 10_000,
    searchesPerSecond: 1000,
    searchLagMs: 0,
  });
});
afterEach(() => hubspot.close());

function open() {
  const config = HubSpotPollConfig.parse({ accessToken: 'poll-token', baseUrl: hubspot.url });
  return createHubSpotPoll(config, { onTrouble: (sentence) => void troubles.push(sentence) });
}

/** Asks until the last page; gives what came and where to go on. */
async function round(cursor?: string, atMs = nowMs) {
  const poll = open();
  const feedback: Feedback[] = [];
  for (let at = cursor; ; ) {
    const answer = await poll.ask(at, atMs, signal);
    if (answer.kind === 'unavailable') {
      throw new Error(`unavailable: ${answer.trouble}`);
    }
    feedback.push(...answer.feedback);
    at = answer.cursor;
    if (answer.isLast) {
      return { feedback, cursor: at };
    }
  }
}

const won = (agoMs: number) =>
  hubspot.portal.put('deals', undefined, { dealstage: 'closedwon' }, nowMs - agoMs);

describe('polling HubSpot', () => {
  it('finds won deals of the last day under the ids of the webhook, and no others', async () => {
    const deal = won(hourMs);
    won(25 * hourMs);
    hubspot.portal.put('deals', undefined, { dealstage: 'contractsent' }, nowMs - hourMs);
    expect((await round()).feedback).toEqual([
      {
        id: `hubspot.deal.${deal.id}.won`,
        timeMs: nowMs - hourMs,
        channel: undefined,
        about: {
          decisionId: undefined,
          userId: undefined,
          accountId: undefined,
          record: { kind: 'deal', id: deal.id },
        },
        body: { kind: 'deal_won', dealId: deal.id, monthlyCents: undefined },
      },
    ]);
  });

  it('finds tickets: opened when they were made, urgent, closed', async () => {
    const closedMs = nowMs - hourMs / 2;
    const { id } = hubspot.portal.put(
      'tickets',
      undefined,
      { hs_ticket_priority: 'HIGH', closed_date: new Date(closedMs).toISOString() },
      nowMs - hourMs,
    );
    const ticketId = `hubspot.ticket.${id}`;
    const { feedback } = await round();
    expect(feedback.map(({ timeMs, body }) => [timeMs, body])).toEqual([
      [nowMs - hourMs, { kind: 'ticket_opened', ticketId, isPriority: false }],
      [nowMs - hourMs, { kind: 'ticket_opened', ticketId, isPriority: true }],
      [closedMs, { kind: 'ticket_closed', ticketId }],
    ]);
  });

  it('leaves out none of many that were changed at one moment, and none that changes between two pages', async () => {
    const many = Array.from({ length: 450 }, () => won(hourMs));
    const later = Array.from({ length: 250 }, (_, at) => won(hourMs / 2 - at));
    const poll = open();
    const first = await poll.ask(undefined, nowMs, signal);
    expect(first).toMatchObject({ kind: 'page', isLast: false });
    // Moves to the end, so that all behind it move up by one.
    hubspot.portal.put('deals', many[0]?.id, {}, nowMs);
    const rest = await round(first.kind === 'page' ? first.cursor : '');
    const ids = [...(first.kind === 'page' ? first.feedback : []), ...rest.feedback].map(
      ({ id }) => id,
    );
    const missed = [...many, ...later].filter(({ id }) => !ids.includes(`hubspot.deal.${id}.won`));
    expect(missed.length).toBe(0);
  });

  it('goes on where it stopped, with what a search was too late to find', async () => {
    const { cursor } = await round();
    const late = won(60_000);
    const next = await round(cursor, nowMs + hourMs);
    expect(next.feedback.map(({ id }) => id)).toEqual([`hubspot.deal.${late.id}.won`]);
    expect((await round(next.cursor, nowMs + 2 * hourMs)).feedback).toEqual([]);
  });

  it('hears of deals although the token may not read tickets, and says so once', async () => {
    const deal = won(hourMs);
    const poll = open();
    const first = await poll.ask(undefined, nowMs, signal);
    expect(first).toMatchObject({ feedback: [{ id: `hubspot.deal.${deal.id}.won` }] });
    for (let times = 0; times < 2; times += 1) {
      hubspot.script('search', [{ status: 403 }]);
      const cursor = first.kind === 'page' ? first.cursor : '';
      const tickets = await poll.ask(cursor, nowMs, signal);
      expect(tickets).toMatchObject({ kind: 'page', feedback: [], isLast: true });
    }
    expect(troubles).toEqual([
      expect.stringMatching(/^HubSpot does not let the token read tickets/u),
    ]);
  });

  it.each([
    [429, undefined],
    [503, undefined],
    [401, /^HubSpot refuses the access token \(401\)/u],
    [403, /^HubSpot does not answer the search for deals \(403\)/u],
  ] as const)(
    'waits when HubSpot answers %i, and says what a person must mend',
    async (status, trouble) => {
      hubspot.script('search', [{ status }]);
      const answer = await open().ask(undefined, nowMs, signal);
      expect(answer).toMatchObject({ kind: 'unavailable' });
      const said = answer.kind === 'unavailable' ? answer.trouble : '';
      expect(said === undefined ? undefined : trouble?.test(said)).toBe(
        trouble === undefined ? undefined : true,
      );
      expect(JSON.stringify(answer)).not.toContain('poll-token');
    },
  );

  it('waits when something else answers, or nobody', async () => {
    hubspot.script('search', [{ status: 200, body: { hello: 'you' } }]);
    expect(await open().ask(undefined, nowMs, signal)).toMatchObject({
      kind: 'unavailable',
      trouble: expect.stringContaining('HUBSPOT_BASE_URL'),
    });
    const nobody = HubSpotPollConfig.parse({ accessToken: 't', baseUrl: 'http://127.0.0.1:9' });
    expect(await createHubSpotPoll(nobody).ask(undefined, nowMs, signal)).toEqual({
      kind: 'unavailable',
      retryAfterMs: undefined,
      trouble: undefined,
    });
  });

  it('begins anew from a cursor that cannot be read', async () => {
    const deal = won(hourMs);
    const { feedback } = await round('nonsense');
    expect(feedback.map(({ id }) => id)).toEqual([`hubspot.deal.${deal.id}.won`]);
  });
});
