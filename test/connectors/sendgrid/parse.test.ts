import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createSendgridConnector,
  SendgridConnectorConfig,
} from '../../../connectors/sendgrid/index.ts';

const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .publicKey.export({ format: 'der', type: 'spki' })
  .toString('base64');
const connectorOf = (unsubscribeGroup?: number) =>
  createSendgridConnector(
    SendgridConnectorConfig.parse({
      publicKey,
      ...(unsubscribeGroup === undefined ? {} : { unsubscribeGroup }),
    }),
  );
const connector = connectorOf(1234);
const decisionId = '07-0123456789abcdef0123456789abcdef';
const receivedMs = 1_793_966_500_000;

const event = (differs: object): object => ({
  email: 'ann@example.com',
  timestamp: 1_793_966_400,
  sg_event_id: 'cHJvY2Vzc2VkLTE',
  sg_message_id: 'Xet6bZ7W.filterdrecv-1',
  decision_id: decisionId,
  offer_id: 'pro_plan',
  ...differs,
});
const parse = (body: unknown, by = connector) =>
  by.parse(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), receivedMs);
const bodiesOf = (...differs: object[]) =>
  parse(differs.map(event)).feedback.map(({ body }) => body);

describe('an event', () => {
  it('names the decision, its time and an id that is the same in every copy', () => {
    expect(parse([event({ event: 'delivered' })])).toEqual({
      feedback: [
        {
          id: 'sendgrid.cHJvY2Vzc2VkLTE',
          timeMs: 1_793_966_400_000,
          channel: 'sendgrid',
          about: { decisionId, userId: undefined, accountId: undefined },
          body: { kind: 'accepted' },
        },
      ],
      erased: [],
      quarantined: [],
    });
  });

  it.each([
    [{ event: 'processed' }, [{ kind: 'accepted' }]],
    [{ event: 'open' }, [{ kind: 'seen' }]],
    [{ event: 'open', sg_machine_open: false }, [{ kind: 'seen' }]],
    [{ event: 'bounce', type: 'bounce', status: '5.1.1' }, [{ kind: 'bounced' }]],
    [{ event: 'bounce', status: '5.1.1' }, [{ kind: 'bounced' }]],
    [{ event: 'spamreport' }, [{ kind: 'spam_reported' }]],
    [{ event: 'unsubscribe' }, [{ kind: 'unsubscribed', of: 'all' }]],
    [{ event: 'group_unsubscribe', asm_group_id: 1234 }, [{ kind: 'unsubscribed', of: 'email' }]],
    [{ event: 'group_unsubscribe' }, [{ kind: 'unsubscribed', of: 'email' }]],
    [{ event: 'group_resubscribe', asm_group_id: 1234 }, [{ kind: 'resubscribed', of: 'email' }]],
    [{ event: 'dropped', reason: 'Spam Content' }, [{ kind: 'dropped' }]],
    [{ event: 'dropped' }, [{ kind: 'dropped' }]],
    [{ event: 'dropped', reason: 'Bounced Address' }, [{ kind: 'dropped' }, { kind: 'bounced' }]],
    [{ event: 'dropped', reason: 'Invalid' }, [{ kind: 'dropped' }, { kind: 'bounced' }]],
    [{ event: 'dropped', reason: 'Invalid SMTPAPI header' }, [{ kind: 'dropped' }]],
    [
      { event: 'dropped', reason: 'Unsubscribed Address' },
      [{ kind: 'dropped' }, { kind: 'unsubscribed', of: 'email' }],
    ],
    [
      { event: 'dropped', reason: 'Spam Reporting Address' },
      [{ kind: 'dropped' }, { kind: 'spam_reported' }],
    ],
  ])('%j tells %j', (differs, bodies) => {
    expect(bodiesOf(differs)).toEqual(bodies);
  });

  it.each([
    ['that SendGrid keeps trying', { event: 'deferred', attempt: '1' }],
    ['a block, which says nothing about the address', { event: 'bounce', type: 'blocked' }],
    ['a temporary bounce without a type', { event: 'bounce', status: '4.2.1' }],
    ['an open by a proxy', { event: 'open', sg_machine_open: true }],
    ['a click, which a scanner makes as well', { event: 'click', url: 'https://h.example/go/x' }],
    ['what happens in another group', { event: 'group_unsubscribe', asm_group_id: 9 }],
    ['a kind of tomorrow', { event: 'account_status_change' }],
    ['an e-mail that is not ours', { event: 'spamreport', decision_id: undefined }],
    ['a decision that can be no id', { event: 'open', decision_id: 'a b\n' }],
  ])('tells nothing when it is %s', (_what, differs) => {
    expect(parse([event(differs)])).toEqual({ feedback: [], erased: [], quarantined: [] });
  });

  it('of any group counts where no group is set', () => {
    const { feedback } = parse(
      [event({ event: 'group_unsubscribe', asm_group_id: 9 })],
      connectorOf(),
    );
    expect(feedback).toHaveLength(1);
  });

  it('has ids of its own for the drop and for its cause', () => {
    const { feedback } = parse([event({ event: 'dropped', reason: 'Bounced Address' })]);
    expect(feedback.map(({ id }) => id)).toEqual([
      'sendgrid.cHJvY2Vzc2VkLTE',
      'sendgrid.cHJvY2Vzc2VkLTE.bounced',
    ]);
  });

  it('without an id of its own is known by what it says', () => {
    const bare = event({ event: 'bounce', sg_event_id: undefined });
    const other = event({ event: 'bounce', sg_event_id: undefined, timestamp: 1_793_966_401 });
    const ids = parse([bare, bare, other]).feedback.map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect(ids[0]).toMatch(/^sendgrid\.said\.[0-9a-f]{32}$/u);
    expect(parse([bare]).feedback[0]?.id).toBe(ids[0]);
  });
});

describe('a body', () => {
  it('with copies gives each event once', () => {
    const copy = event({ event: 'open' });
    expect(
      parse([copy, copy, event({ event: 'open', sg_event_id: 'other' })]).feedback,
    ).toHaveLength(2);
  });

  it('with odd elements gives the others, and quarantines those without what is personal in them', () => {
    const { feedback, quarantined } = parse([
      event({ event: 'open' }),
      7,
      null,
      ['ann@example.com'],
      event({ event: 5, ip: '203.0.113.7' }),
      event({ event: 'open', timestamp: 'yesterday' }),
      event({ event: 'spamreport', sg_event_id: 'x' }),
    ]);
    expect(feedback.map(({ body }) => body.kind)).toEqual(['seen', 'spam_reported']);
    expect(quarantined.map(({ reason }) => reason)).toEqual(Array(5).fill('not_an_event'));
    expect(quarantined[3]).toMatchObject({
      door: 'sendgrid_webhook',
      receivedMs,
      userId: undefined,
    });
    expect(quarantined[3]?.raw).toContain(decisionId);
    expect(JSON.stringify(quarantined)).not.toMatch(/ann@|203\.0/u);
  });

  it.each([
    ['no JSON', '[{"email":"ann@example.com"', 'not_json'],
    ['an object', { email: 'ann@example.com', event: 'open' }, 'not_an_array'],
    ['nothing', '', 'not_json'],
  ])('that is %s is one quarantined call', (_what, body, reason) => {
    const { feedback, quarantined } = parse(body);
    expect(feedback).toEqual([]);
    expect(quarantined).toHaveLength(1);
    expect(quarantined[0]).toMatchObject({ reason, message: expect.stringMatching(/\.$/u) });
    expect(quarantined[0]?.raw).not.toContain('ann@');
  });

  it('nested deeper than can be written again, or reaching for a prototype, harms nothing', () => {
    const deep = `[{"event":5,"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}]`;
    expect(parse(deep).quarantined).toHaveLength(1);
    const sly = `[{"__proto__":{"event":"open"},"timestamp":1}]`;
    expect(parse(sly).quarantined).toHaveLength(1);
  });

  it('whatever it holds never throws, and gives an answer for every element', () => {
    const element = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          event: fc.oneof(fc.constantFrom('open', 'bounce', 'dropped', 'x'), fc.jsonValue()),
          timestamp: fc.oneof(fc.nat(), fc.jsonValue()),
          decision_id: fc.oneof(fc.constant(decisionId), fc.jsonValue()),
          sg_event_id: fc.oneof(fc.uuid(), fc.jsonValue()),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(fc.array(element, { maxLength: 20 }), (elements) => {
        const { feedback, quarantined } = parse(elements);
        expect(new Set(feedback.map(({ id }) => id)).size).toBe(feedback.length);
        expect(quarantined.length).toBeLessThanOrEqual(elements.length);
      }),
    );
  });
});
