import { randomUUID } from 'node:crypto';
import {
  type SandboxContact,
  type SandboxConversation,
  type SandboxEvent,
  type SandboxMessage,
  type SandboxTicket,
  viewIdOf,
} from './intercom-workspace.ts';
import type { VendorAnswer } from './script.ts';

/** Shapes of Intercom's answers, written after its API description 2.16 (MIT, intercom/Intercom-OpenAPI). */

const workspaceId = 'sandbox';

/** The body of every error. `message` is read by people. */
export function errorList(code: string, message: string) {
  return { type: 'error.list', request_id: randomUUID(), errors: [{ code, message }] };
}

/** An error with its status. */
export function refuse(status: number, code: string, message: string): VendorAnswer {
  return { status, body: errorList(code, message) };
}

/** The body that belongs to a scripted status; a success has none. */
export function bodyOfStatus(status: number): unknown {
  const [code, message] = knownErrors[status] ?? ['server_error', 'Server Error'];
  return status < 400 ? undefined : errorList(code, message);
}

const knownErrors: Readonly<Record<number, readonly [string, string]>> = {
  400: ['parameter_invalid', 'A parameter is not valid'],
  401: ['unauthorized', 'Access Token Invalid'],
  403: ['api_plan_restricted', 'Active subscription needed.'],
  404: ['not_found', 'User Not Found'],
  409: ['conflict', 'A contact matching those details already exists'],
  410: [
    'contact_merged',
    "This contact has been merged. See the 'Link' header for the canonical contact.",
  ],
  422: ['parameter_invalid', 'A parameter is not valid'],
  429: ['rate_limit_exceeded', 'Exceeded rate limit'],
  503: ['service_unavailable', 'Sorry, the API service is temporarily unavailable'],
};

/** A contact as the API shows it. */
export function contactBody(contact: SandboxContact) {
  const list = { type: 'list', data: [], total_count: 0, has_more: false };
  return {
    type: 'contact',
    id: contact.id,
    workspace_id: workspaceId,
    external_id: contact.externalId ?? null,
    role: contact.role,
    ...(contact.email === undefined ? {} : { email: contact.email }),
    phone: null,
    name: contact.name ?? null,
    avatar: null,
    owner_id: null,
    social_profiles: { type: 'list', data: [] },
    has_hard_bounced: false,
    marked_email_as_spam: false,
    unsubscribed_from_emails: false,
    created_at: contact.createdAt,
    updated_at: contact.updatedAt,
    signed_up_at: null,
    last_seen_at: null,
    custom_attributes: contact.customAttributes,
    tags: { ...list, url: `/contacts/${contact.id}/tags` },
    notes: { ...list, url: `/contacts/${contact.id}/notes` },
    companies: { ...list, url: `/contacts/${contact.id}/companies` },
  };
}

/** One page of found contacts. */
export function searchBody(found: readonly SandboxContact[], perPage: number) {
  return {
    type: 'list',
    data: found.slice(0, perPage).map(contactBody),
    total_count: found.length,
    pages: {
      type: 'pages',
      page: 1,
      per_page: perPage,
      total_pages: Math.ceil(found.length / perPage),
    },
  };
}

/** The teammate in whose name the hub writes. */
const sandboxAdmin = { type: 'admin', id: '814860', name: 'Sandbox Teammate' } as const;

/** `GET /me`. */
export function adminBody() {
  return {
    ...sandboxAdmin,
    email: 'teammate@sandbox.example',
    email_verified: true,
    has_inbox_seat: true,
    app: { type: 'app', id_code: workspaceId, name: 'Sandbox', region: 'US', timezone: 'UTC' },
  };
}

/** A message that was sent. */
export function messageBody(message: SandboxMessage) {
  return {
    type: 'admin_message',
    id: message.id,
    created_at: Math.floor(message.receivedMs / 1000),
    body: message.body,
    message_type: 'inapp',
    owner: sandboxAdmin,
  };
}

/** The banners that a person sees; each event that was not dismissed is one. */
export function bannersBody(events: readonly SandboxEvent[]) {
  return {
    type: 'list',
    data: events.map((event) => ({
      type: 'banner',
      id: event.name,
      view_id: viewIdOf(event),
      title: textOf(event, 'headline') ?? null,
      body: `<p class="no-margin">${textOf(event, 'body') ?? ''}</p>`,
      style: 'inline',
      position: 'top',
      show_dismiss_button: true,
      action: {
        type: 'url',
        label: textOf(event, 'cta_label') ?? null,
        target: textOf(event, 'cta_url') ?? null,
      },
      client_targeting: null,
      created_at: event.createdAt,
    })),
  };
}

function textOf(event: SandboxEvent, key: string): string | undefined {
  const value = event.metadata[key];
  return typeof value === 'string' ? value : undefined;
}

/** A conversation as searches and webhooks show it. */
export function conversationBody(conversation: SandboxConversation, contact: SandboxContact) {
  const isOpen = conversation.closedAt === undefined;
  const author =
    conversation.deliveredAs === 'customer_initiated'
      ? {
          type: 'user',
          id: contact.id,
          ...(contact.name === undefined ? {} : { name: contact.name }),
        }
      : sandboxAdmin;
  return {
    type: 'conversation',
    id: conversation.id,
    created_at: conversation.createdAt,
    updated_at: conversation.updatedAt,
    waiting_since: null,
    snoozed_until: null,
    open: isOpen,
    state: isOpen ? 'open' : 'closed',
    read: false,
    priority: 'none',
    source: {
      type: 'conversation',
      id: conversation.sourceId,
      delivered_as: conversation.deliveredAs,
      subject: '',
      body: conversation.body,
      author,
      attachments: [],
      url: null,
      redacted: false,
    },
    contacts: contactList(contact),
    statistics: {
      type: 'conversation_statistics',
      ...(conversation.repliedAt === undefined
        ? {}
        : { last_contact_reply_at: conversation.repliedAt }),
      ...(conversation.closedAt === undefined ? {} : { last_close_at: conversation.closedAt }),
    },
  };
}

/** A ticket as searches and webhooks show it. */
export function ticketBody(ticket: SandboxTicket, contact: SandboxContact) {
  return {
    type: 'ticket',
    id: ticket.id,
    ticket_id: ticket.id,
    category: 'Customer',
    ticket_attributes: { _default_title_: ticket.title, _default_description_: '' },
    ticket_state: {
      type: 'ticket_state',
      id: ticket.open ? '1' : '2',
      category: ticket.open ? 'submitted' : 'resolved',
      internal_label: ticket.open ? 'Submitted' : 'Resolved',
      external_label: ticket.open ? 'Submitted' : 'Resolved',
    },
    contacts: contactList(contact),
    open: ticket.open,
    created_at: ticket.createdAt,
    updated_at: ticket.updatedAt,
    is_shared: true,
  };
}

function contactList({ id, externalId }: SandboxContact) {
  return {
    type: 'contact.list',
    contacts: [{ type: 'contact', id, external_id: externalId ?? null }],
  };
}

/** One page of found conversations or tickets; `next` is the cursor of the following page. */
export function supportPage(
  name: 'conversation' | 'ticket',
  found: readonly unknown[],
  total: number,
  perPage: number,
  next: string | undefined,
) {
  return {
    type: `${name}.list`,
    [`${name}s`]: found,
    total_count: total,
    pages: {
      type: 'pages',
      page: 1,
      per_page: perPage,
      total_pages: Math.ceil(total / perPage),
      ...(next === undefined ? {} : { next: { per_page: perPage, starting_after: next } }),
    },
  };
}

/** One page of a contact's events; `next` is the address of the following page. */
export function eventsBody(
  contact: SandboxContact,
  page: readonly SandboxEvent[],
  next: string | undefined,
) {
  const person = {
    ...(contact.externalId === undefined ? {} : { user_id: contact.externalId }),
    ...(contact.email === undefined ? {} : { email: contact.email }),
    intercom_user_id: contact.id,
  };
  return {
    type: 'event.summary',
    events: page.map((event) => ({
      type: 'event',
      event_name: event.name,
      created_at: event.createdAt,
      ...person,
      metadata: event.metadata,
    })),
    pages: next === undefined ? {} : { next },
    ...person,
  };
}
