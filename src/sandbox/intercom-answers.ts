import { randomUUID } from 'node:crypto';
import type { SandboxContact, SandboxEvent } from './intercom-workspace.ts';
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
