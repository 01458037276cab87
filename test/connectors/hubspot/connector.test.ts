import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHubSpotConnector } from '../../../connectors/hubspot/index.ts';
import type { Feedback } from '../../../src/core/outcome/feedback.ts';

const clientSecret = '11111111-1111-1111-1111-111111111111';
const connector = createHubSpotConnector({ clientSecret });
const url = 'https://agent.example.com/webhooks/hubspot';
const signedMs = 1_732_363_200_000;
const minuteMs = 60_000;

function signed(body: string, address = url, atMs = signedMs, secret = clientSecret): string {
  return createHmac('sha256', secret).update(`POST${address}${body}${atMs}`).digest('base64');
}

function verify(
  body: string,
  signature: string | undefined,
  differs: { readonly url?: string; readonly nowMs?: number; readonly timestamp?: string } = {},
) {
  return connector.verify({
    body: Buffer.from(body),
    headers: {
      ...(signature === undefined ? {} : { 'x-hubspot-signature-v3': signature }),
      'x-hubspot-request-timestamp': differs.timestamp ?? String(signedMs),
    },
    method: 'POST',
    url: differs.url ?? url,
    nowMs: differs.nowMs ?? signedMs,
  });
}

describe('the signature v3', () => {
  const body = '[{"eventId":1}]';

  it('lets in what was signed by hand with another program', () => {
    expect(verify(body, '1zXU/48KZ4RPkFgOiddxjP5jv1u7L6nnEHeJQSQrdg8=')).toEqual({ ok: true });
  });

  it('covers every byte of the body, the address and the time', () => {
    const signature = signed(body);
    expect(verify(`${body} `, signature)).toMatchObject({ ok: false });
    expect(verify(body, signature, { url: `${url}/` })).toMatchObject({ ok: false });
    expect(verify(body, signature, { timestamp: String(signedMs + 1) })).toMatchObject({
      ok: false,
    });
    fc.assert(
      fc.property(fc.string(), (other) => {
        fc.pre(other !== body);
        expect(verify(other, signature)).toMatchObject({ ok: false });
      }),
    );
  });

  it.each([-5, -4, 0, 4, 5])('is good for 5 minutes: %i minutes later', (minutes) => {
    expect(verify(body, signed(body), { nowMs: signedMs + minutes * minuteMs })).toEqual({
      ok: true,
    });
  });

  it.each([-5 * minuteMs - 1, 5 * minuteMs + 1])('and no longer: %i ms later', (ms) => {
    expect(verify(body, signed(body), { nowMs: signedMs + ms })).toMatchObject({ ok: false });
  });

  it('decodes the escapes of the address that HubSpot decodes, and no others', () => {
    const address = 'https://agent.example.com/webhooks/hubspot?to=a%3Ab%2fc%20d&x=%2A';
    const asSigned = 'https://agent.example.com/webhooks/hubspot?to=a:b/c%20d&x=*';
    expect(verify(body, signed(body, asSigned), { url: address })).toEqual({ ok: true });
  });

  it.each([
    ['none', undefined, {}],
    ['another secret', signed(body, url, signedMs, 'other'), {}],
    ['a time that is none', signed(body), { timestamp: 'now' }],
    ['an empty time', signed(body), { timestamp: '' }],
    ['an empty signature', '', {}],
    ['half a signature', signed(body).slice(0, 20), {}],
  ])('refuses %s with one sentence that holds no secret', (_what, signature, differs) => {
    const answer = verify(body, signature, differs);
    expect(answer).toMatchObject({ ok: false, why: expect.stringMatching(/^[A-Z].*\.$/u) });
    expect(JSON.stringify(answer)).not.toContain(clientSecret);
  });
});

const receivedMs = 1_793_966_500_000;
const occurredAt = 1_793_966_460_000;

function event(differs: object): object {
  return {
    eventId: 100,
    subscriptionId: 5,
    portalId: 62_515,
    appId: 7,
    occurredAt,
    attemptNumber: 0,
    objectId: 123,
    changeSource: 'CRM',
    ...differs,
  };
}

const change = (object: string, propertyName: string, propertyValue: unknown) =>
  event({ subscriptionType: `${object}.propertyChange`, propertyName, propertyValue });

function parse(...events: readonly unknown[]) {
  return connector.parse(Buffer.from(JSON.stringify(events)), receivedMs);
}

function feedbackOf(...events: readonly unknown[]): readonly Feedback[] {
  const { feedback, quarantined, erased } = parse(...events);
  expect([quarantined, erased]).toEqual([[], []]);
  return feedback;
}

describe('what HubSpot tells', () => {
  it('a won deal, under the id of the deal and about nobody yet', () => {
    expect(feedbackOf(change('deal', 'hs_is_closed_won', 'true'))).toEqual([
      {
        id: 'hubspot.deal.123.won',
        timeMs: occurredAt,
        channel: undefined,
        about: {
          decisionId: undefined,
          userId: undefined,
          accountId: undefined,
          record: { kind: 'deal', id: '123' },
        },
        body: { kind: 'deal_won', dealId: '123', monthlyCents: undefined },
      },
    ]);
  });

  it('once, however many events, subscriptions and forms tell of it', () => {
    const won = change('deal', 'hs_is_closed_won', 'true');
    const generic = { ...change('object', 'hs_is_closed_won', true), objectTypeId: '0-3' };
    expect(
      feedbackOf(won, { ...won, eventId: 101, subscriptionId: 6, attemptNumber: 3 }, generic),
    ).toHaveLength(1);
  });

  it.each([
    change('deal', 'hs_is_closed_won', 'false'),
    change('deal', 'dealstage', 'closedwon'),
    change('deal', 'amount', '1000'),
    event({ subscriptionType: 'deal.creation' }),
    event({
      subscriptionType: 'company.propertyChange',
      propertyName: 'hs_is_closed_won',
      propertyValue: 'true',
    }),
    event({ subscriptionType: 'object.creation', objectTypeId: '2-77' }),
    event({ subscriptionType: 'something.new' }),
  ])('nothing by %j', (one) => {
    expect(feedbackOf(one)).toEqual([]);
  });

  it('a ticket: opened, of priority, closed, opened again, deleted', () => {
    const feedback = feedbackOf(
      event({ subscriptionType: 'ticket.creation' }),
      change('ticket', 'hs_ticket_priority', 'HIGH'),
      change('ticket', 'closed_date', '1793966460000'),
      { ...change('ticket', 'closed_date', ''), occurredAt: occurredAt + 1 },
      event({ subscriptionType: 'ticket.deletion' }),
    );
    const ticketId = 'hubspot.ticket.123';
    expect(feedback.map(({ body }) => body)).toEqual([
      { kind: 'ticket_opened', ticketId, isPriority: false },
      { kind: 'ticket_opened', ticketId, isPriority: true },
      { kind: 'ticket_closed', ticketId },
      { kind: 'ticket_opened', ticketId, isPriority: false },
      { kind: 'ticket_closed', ticketId },
    ]);
    expect(new Set(feedback.map(({ id }) => id)).size).toBe(5);
  });

  it('a person to be forgotten, once and by the contact, because HubSpot does not say who it is to us', () => {
    const forget = event({ subscriptionType: 'contact.privacyDeletion' });
    const { forgotten, erased, quarantined } = parse(forget, { ...forget, eventId: 101 });
    expect(forgotten).toEqual([{ id: 'hubspot.contact.123.forgotten', contactId: '123' }]);
    expect([erased, quarantined]).toEqual([[], []]);
  });

  it('never the future', () => {
    const ahead = { ...change('deal', 'hs_is_closed_won', 'true'), occurredAt: receivedMs + 9 };
    expect(feedbackOf(ahead)[0]?.timeMs).toBe(receivedMs);
  });
});

describe('what cannot be read', () => {
  it('goes to quarantine alone, and its neighbours do not notice', () => {
    const { feedback, quarantined } = parse(
      null,
      { subscriptionType: 'deal.propertyChange' },
      change('deal', 'hs_is_closed_won', 'true'),
    );
    expect(feedback).toHaveLength(1);
    expect(quarantined.map(({ reason, door }) => [reason, door])).toEqual([
      ['unknown_event', 'hubspot_webhook'],
      ['unknown_event', 'hubspot_webhook'],
    ]);
  });

  it.each([
    ['{"half', 'not_json'],
    ['{}', 'not_an_array'],
  ])('%s as a whole is %s', (body, reason) => {
    expect(connector.parse(Buffer.from(body), receivedMs)).toMatchObject({
      feedback: [],
      quarantined: [{ reason }],
    });
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        expect(() => connector.parse(Buffer.from(body), receivedMs)).not.toThrow();
      }),
    );
  });
});
