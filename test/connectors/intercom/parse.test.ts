import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIntercomConnector } from '../../../connectors/intercom/index.ts';
import type { Feedback } from '../../../src/core/outcome/feedback.ts';
import { clientSecret, conversationItem, notification, sentS, stat, ticketItem } from './bodies.ts';

const connector = createIntercomConnector({ clientSecret });
const receivedMs = (sentS + 5) * 1000;
const person = { decisionId: undefined, userId: 'u_1', accountId: undefined };

function feedbackOf(body: Uint8Array, by = connector): readonly Feedback[] {
  const parsed = by.parse(body, receivedMs);
  expect(parsed.quarantined).toEqual([]);
  expect(parsed.erased).toEqual([]);
  return parsed.feedback;
}

function bodiesOf(body: Uint8Array): readonly Feedback['body'][] {
  return feedbackOf(body).map((one) => one.body);
}

describe('what a person did with content', () => {
  it('is about the person and the channel, at its own time, under the id of the stat', () => {
    expect(feedbackOf(stat('banner', 'click'))).toEqual([
      {
        id: 'intercom.content_stat.banner.41.click',
        timeMs: Date.UTC(2026, 10, 6, 8, 1),
        channel: 'intercom',
        about: person,
        body: { kind: 'clicked' },
      },
    ]);
  });

  it.each([
    ['banner', 'receipt', 'seen'],
    ['post', 'open', 'seen'],
    ['post', 'Reply', 'replied'],
    ['banner', 'reaction', 'replied'],
    ['carousel', 'button_tap', 'clicked'],
    ['survey', 'answer', 'clicked'],
    ['survey', 'DISMISSAL', 'dismissed'],
    ['chat', 'click', 'clicked'],
  ])('%s %s is %s', (content, statType, kind) => {
    expect(bodiesOf(stat(content, statType))).toMatchObject([{ kind }]);
  });

  it.each([
    ['banner', 'goal_success'],
    ['banner', 'hologram_touch'],
    ['banner', 'constructor'],
    ['email', 'open'],
    ['push', 'receipt'],
    ['sms', 'click'],
    ['series', 'receipt'],
  ])('%s %s says nothing about a prompt in the product', (content, statType) => {
    expect(bodiesOf(stat(content, statType))).toEqual([]);
  });

  it('is the same whether ids are numbers or text', () => {
    expect(feedbackOf(stat('banner', 'click', { stat: { id: '41', content_id: '77' } }))).toEqual(
      feedbackOf(stat('banner', 'click')),
    );
  });

  it('takes the time of the notification where the stat has none, and never one in the future', () => {
    expect(feedbackOf(stat('banner', 'click', { item: { created_at: undefined } }))).toMatchObject([
      { timeMs: sentS * 1000 },
    ]);
    expect(
      feedbackOf(stat('banner', 'click', { item: { created_at: '2031-01-01T00:00:00Z' } })),
    ).toMatchObject([{ timeMs: receivedMs }]);
  });

  it.each([null, '', ' ', 'x'.repeat(501), 'a\u001fb'])(
    'of a lead, whose user id is %j, is nothing that the hub can place',
    (external_id) => {
      expect(
        feedbackOf(stat('banner', 'click', { item: { contact: { id: 'c', external_id } } })),
      ).toEqual([]);
    },
  );

  it('counts only for the named content, where some is named', () => {
    const choosy = createIntercomConnector({ clientSecret, contentIds: ['29', '80'] });
    expect(feedbackOf(stat('banner', 'receipt'), choosy)).toHaveLength(1);
    expect(feedbackOf(stat('banner', 'receipt', { stat: { ruleset_id: 30 } }), choosy)).toEqual([]);
    expect(
      feedbackOf(stat('post', 'receipt', { stat: { ruleset_id: 30, content_id: '80' } }), choosy),
    ).toHaveLength(1);
  });
});

describe('a conversation', () => {
  it('that the person began is a support request, and so is each new line of it', () => {
    expect(feedbackOf(notification('conversation.user.created', conversationItem()))).toEqual([
      {
        id: 'intercom.conversation.613.created.6762f0df1bb69f9f2193bb84',
        timeMs: 1_793_966_400_000,
        channel: undefined,
        about: person,
        body: { kind: 'ticket_opened', ticketId: 'intercom.conversation.613', isPriority: false },
      },
    ]);
    expect(feedbackOf(notification('conversation.user.replied', conversationItem()))).toMatchObject(
      [
        {
          id: 'intercom.conversation.613.replied.1793966450.6762f0df1bb69f9f2193bb84',
          timeMs: 1_793_966_450_000,
          body: { kind: 'ticket_opened', ticketId: 'intercom.conversation.613' },
        },
      ],
    );
  });

  it.each(['priority', 'high', 'urgent'])('of the priority %s is one with priority', (priority) => {
    expect(
      bodiesOf(notification('conversation.user.created', conversationItem({ priority }))),
    ).toMatchObject([{ isPriority: true }]);
  });

  it('that support closed is closed', () => {
    const statistics = { last_close_at: 1_793_966_455 };
    expect(
      feedbackOf(notification('conversation.admin.closed', conversationItem({ statistics }))),
    ).toMatchObject([
      {
        timeMs: 1_793_966_455_000,
        body: { kind: 'ticket_closed', ticketId: 'intercom.conversation.613' },
      },
    ]);
  });

  it('that began with our message is an answer to just that prompt, and never a support request', () => {
    const source = {
      delivered_as: 'admin_initiated',
      body: '<p><a href="https://hub.example.com/go/07-0123456789abcdef0123456789abcdef.u0abc.sig">See Pro</a></p>',
    };
    const [replied, created] = ['replied', 'created'].map((what) =>
      feedbackOf(notification(`conversation.user.${what}`, conversationItem({ source }))),
    );
    expect(replied).toMatchObject([
      {
        channel: 'intercom',
        about: { decisionId: '07-0123456789abcdef0123456789abcdef', userId: 'u_1' },
        body: { kind: 'replied' },
      },
    ]);
    expect(created).toEqual(replied);
  });

  it.each(['campaigns_initiated', 'operator_initiated', 'automated'])(
    'that was %s is an answer to the newest prompt',
    (delivered_as) => {
      const source = { delivered_as, body: '<p>Hi</p>' };
      expect(
        feedbackOf(notification('conversation.user.replied', conversationItem({ source }))),
      ).toMatchObject([{ about: { decisionId: undefined }, body: { kind: 'replied' } }]);
    },
  );

  it('that a teammate began about something else is neither', () => {
    const source = { delivered_as: 'admin_initiated', body: '<p>How are you?</p>' };
    expect(
      bodiesOf(notification('conversation.user.replied', conversationItem({ source }))),
    ).toEqual([]);
  });

  it('in which a person quotes a link of ours stays a support request', () => {
    const source = {
      delivered_as: 'customer_initiated',
      body: 'https://hub.example.com/go/07-0123456789abcdef0123456789abcdef.u0abc.sig is broken',
    };
    expect(
      feedbackOf(notification('conversation.user.created', conversationItem({ source }))),
    ).toMatchObject([{ about: { decisionId: undefined }, body: { kind: 'ticket_opened' } }]);
  });

  it('without statistics takes the time of the newest line that a person wrote', () => {
    const parts = [
      { created_at: 1_793_966_441, author: { type: 'user' } },
      { created_at: 1_793_966_449, author: { type: 'admin' } },
    ];
    expect(
      feedbackOf(
        notification(
          'conversation.user.replied',
          conversationItem({
            statistics: null,
            conversation_parts: { conversation_parts: parts },
          }),
        ),
      ),
    ).toMatchObject([{ timeMs: 1_793_966_441_000 }]);
  });

  it('of two people is told for each under an id of its own', () => {
    const contacts = {
      contacts: [
        { id: 'a', external_id: 'u_1' },
        { id: 'b', external_id: 'u_2' },
        { id: 'c', external_id: null },
      ],
    };
    const feedback = feedbackOf(
      notification('conversation.user.created', conversationItem({ contacts })),
    );
    expect(feedback.map(({ about }) => about.userId)).toEqual(['u_1', 'u_2']);
    expect(new Set(feedback.map(({ id }) => id)).size).toBe(2);
  });
});

describe('a ticket', () => {
  it('of a customer is opened, and closed in the wrapping that ticket.closed has', () => {
    expect(feedbackOf(notification('ticket.created', ticketItem()))).toEqual([
      {
        id: 'intercom.ticket.1295.created.6762f0df1bb69f9f2193bb84',
        timeMs: receivedMs,
        channel: undefined,
        about: person,
        body: { kind: 'ticket_opened', ticketId: 'intercom.ticket.1295', isPriority: false },
      },
    ]);
    const closed = ticketItem({ open: false, updated_at: sentS });
    for (const item of [{ ticket: closed }, closed]) {
      expect(feedbackOf(notification('ticket.closed', item))).toMatchObject([
        { timeMs: sentS * 1000, body: { kind: 'ticket_closed', ticketId: 'intercom.ticket.1295' } },
      ]);
    }
  });

  it.each(['Back-office', 'Tracker'])('of the category %s is the team’s own', (category) => {
    expect(bodiesOf(notification('ticket.created', ticketItem({ category })))).toEqual([]);
  });

  it.each([
    [{ Priority: 'High' }, true],
    [{ 'Ticket priority': 'High' }, false],
    [{ priority: 'low' }, false],
  ])('with the attributes %j has priority: %s', (ticket_attributes, isPriority) => {
    expect(
      bodiesOf(notification('ticket.created', ticketItem({ ticket_attributes }))),
    ).toMatchObject([{ isPriority }]);
  });
});

describe('an opt-out', () => {
  it.each([
    ['contact.unsubscribed', { type: 'contact', id: 'c1', external_id: 'u_1' }],
    ['granular.unsubscribe', { type: 'subscription', contact: { id: 'c1', external_id: 'u_1' } }],
  ])('%s ends e-mail, and nothing else', (topic, item) => {
    expect(feedbackOf(notification(topic, item))).toMatchObject([
      { about: person, body: { kind: 'unsubscribed', of: 'email' } },
    ]);
  });
});

describe('what the hub has no use for', () => {
  it.each([
    'ping',
    'contact.deleted',
    'contact.archived',
    'contact.user.created',
    'company.created',
    'some.topic.of.2031',
  ])('%s gives nothing and is not quarantined; nobody is erased', (topic) => {
    expect(feedbackOf(notification(topic, { type: 'x', id: 'c1', external_id: 'u_1' }))).toEqual(
      [],
    );
  });
});

describe('what cannot be read', () => {
  it.each([
    ['not_json', Buffer.from('{"half')],
    ['not_json', Buffer.from('')],
    ['not_a_notification', Buffer.from('[]')],
    ['not_a_notification', Buffer.from('{"type":"notification_event","topic":"ping"}')],
    ['unknown_item', notification('content_stat.banner', { content_stat: 'none' })],
    ['unknown_item', notification('ticket.created', { id: 'x' })],
    ['unknown_item', notification('conversation.user.created', {})],
    ['unknown_item', notification('contact.unsubscribed', {})],
  ])('goes to quarantine as %s with a sentence', (reason, body) => {
    const { feedback, quarantined } = connector.parse(body, receivedMs);
    expect(feedback).toEqual([]);
    expect(quarantined).toMatchObject([
      {
        reason,
        door: 'intercom_webhook',
        receivedMs,
        message: expect.stringMatching(/^The .*\.$/u),
      },
    ]);
  });

  it('never throws, is never more than 32 KB, and gives the same for the same bytes', () => {
    const topics = fc.constantFrom(
      'content_stat.banner',
      'ticket.closed',
      'conversation.user.replied',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 400 }),
          fc
            .tuple(topics, fc.jsonValue({ maxDepth: 4 }))
            .map(([topic, item]) => notification(topic, item)),
        ),
        (body) => {
          const parsed = connector.parse(body, receivedMs);
          expect(connector.parse(body, receivedMs)).toEqual(parsed);
        },
      ),
    );
    const [kept] = connector.parse(Buffer.from(`"${'€'.repeat(40_000)}`), receivedMs).quarantined;
    expect(Buffer.byteLength(kept?.raw ?? '')).toBeLessThanOrEqual(32 * 1024);
  });
});
