import { createHmac } from 'node:crypto';

/** Notifications in our own values, in the shapes of Intercom's webhook-models page. */

export const clientSecret = 'client-secret-of-the-tests';
export const sentS = 1_793_966_460;

const contact = {
  type: 'contact',
  id: '6762f0df1bb69f9f2193bb84',
  external_id: 'u_1',
  role: 'user',
};
const contacts = { type: 'contact.list', contacts: [contact] };

export function notification(topic: string, item: unknown, differs: object = {}): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      type: 'notification_event',
      topic,
      id: 'notif_0001',
      app_id: 'abc123',
      created_at: sentS,
      delivery_attempts: 1,
      first_sent_at: sentS + 1,
      data: { type: 'notification_event_data', item },
      ...differs,
    }),
  );
}

export function stat(
  content: string,
  statType: string,
  differs: { readonly stat?: object; readonly item?: object } = {},
): Uint8Array {
  return notification(`content_stat.${content}`, {
    type: `content_stat.${content}`,
    created_at: '2026-11-06T08:01:00.000Z',
    content_stat: {
      id: 41,
      content_type: content,
      content_id: 77,
      stat_type: statType,
      ruleset_id: 29,
      ruleset_version_id: -1,
      receipt_id: 9001,
      content_title: 'Connect Salesforce',
      ...differs.stat,
    },
    contact,
    ...differs.item,
  });
}

export function conversationItem(differs: object = {}): object {
  return {
    type: 'conversation',
    id: '613',
    created_at: 1_793_966_400,
    updated_at: 1_793_966_450,
    open: true,
    state: 'open',
    priority: 'none',
    source: {
      type: 'conversation',
      id: '19',
      delivered_as: 'customer_initiated',
      body: '<p>Help</p>',
    },
    contacts,
    statistics: { type: 'conversation_statistics', last_contact_reply_at: 1_793_966_450 },
    ...differs,
  };
}

export function ticketItem(differs: object = {}): object {
  return {
    type: 'ticket',
    id: '1295',
    ticket_id: '1390',
    category: 'Customer',
    open: true,
    created_at: 1_793_966_499,
    updated_at: 1_793_966_499,
    ticket_attributes: { _default_title_: 'Login fails' },
    contacts,
    ...differs,
  };
}

export function signature(body: Uint8Array, secret = clientSecret): string {
  return `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`;
}
