import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../core/ports.ts';
import { contactBody, errorList, eventsBody, refuse, searchBody } from './intercom-answers.ts';
import { decisionIdIn, parameter, registerIntercomSupport } from './intercom-support-api.ts';
import {
  ContactRequest,
  EventRequest,
  EventsQuery,
  mistakeOf,
  SearchRequest,
} from './intercom-requests.ts';
import type { ContactFields, IntercomWorkspace, SandboxContact } from './intercom-workspace.ts';
import type { createScript, VendorAnswer } from './script.ts';

/** The calls that the stand-in answers, by the names that a script uses. */
export type IntercomCall =
  | 'find_contact'
  | 'create_contact'
  | 'update_contact'
  | 'search_contacts'
  | 'create_event'
  | 'list_events'
  | 'find_admin'
  | 'create_message'
  | 'list_banners'
  | 'dismiss_banner'
  | 'search_conversations'
  | 'search_tickets';

/** What the API works on. */
export interface IntercomApiParts {
  readonly workspace: IntercomWorkspace;
  readonly script: ReturnType<typeof createScript<IntercomCall>>;
  readonly clock: Clock;
  /** Calls per window of 10 s; above it 429. */
  readonly callsPerWindow: number;
  /** Told of every `POST /events` and `POST /messages`, repetitions and scripted ones included, with the decision it names. */
  readonly onPromptRequest: (decisionId: string | undefined) => void;
}

const windowMs = 10_000;

/**
 * Intercom's REST API as its description 2.16 has it, for the calls that the hub makes. Any bearer token is taken: the
 * stand-in knows no workspace but its own.
 */
export function registerIntercomApi(app: FastifyInstance, parts: IntercomApiParts): void {
  const { workspace, script, clock } = parts;
  let window = { startMs: 0, calls: 0 };

  app.addHook('onRequest', async (request, reply) => {
    const nowMs = clock.nowMs();
    const startMs = Math.floor(nowMs / windowMs) * windowMs;
    window = { startMs, calls: window.startMs === startMs ? window.calls + 1 : 1 };
    const left = parts.callsPerWindow - window.calls;
    reply.headers({
      'x-ratelimit-limit': String(parts.callsPerWindow),
      'x-ratelimit-remaining': String(Math.max(left, 0)),
      'x-ratelimit-reset': String((startMs + windowMs) / 1000),
      'intercom-version': '2.16',
    });
    if (!/^Bearer \S/u.test(request.headers.authorization ?? '')) {
      return reply.code(401).send(errorList('unauthorized', 'Access Token Invalid'));
    }
    if (left < 0) {
      return reply.code(429).send(errorList('rate_limit_exceeded', 'Exceeded rate limit'));
    }
  });

  app.addHook('preHandler', async (request) => {
    const { url } = request.routeOptions;
    if (request.method === 'POST' && (url === '/events' || url === '/messages')) {
      parts.onPromptRequest(
        url === '/events' ? decisionIdOf(request.body) : linkedIn(request.body),
      );
    }
  });

  function put(id: string | undefined, request: FastifyRequest): VendorAnswer {
    const parsed = ContactRequest.safeParse(request.body);
    if (!parsed.success) {
      return refuse(400, 'parameter_invalid', mistakeOf(parsed.error));
    }
    const { external_id, email, name, role, custom_attributes } = parsed.data;
    const fields: ContactFields = {
      ...(external_id === undefined ? {} : { externalId: external_id }),
      ...(email === undefined ? {} : { email }),
      ...(typeof name === 'string' ? { name } : {}),
      ...(role === undefined ? {} : { role }),
      customAttributes: custom_attributes ?? {},
    };
    if (
      id === undefined &&
      external_id === undefined &&
      email === undefined &&
      role === undefined
    ) {
      return refuse(400, 'parameter_not_found', 'One of email, external_id or role is needed');
    }
    const stored = workspace.putContact(id, fields, clock.nowMs());
    return stored.kind === 'stored'
      ? { status: 200, body: contactBody(stored.contact) }
      : refuse(
          409,
          'conflict',
          `A contact matching those details already exists with id=${stored.contact.id}`,
        );
  }

  function event(request: FastifyRequest): VendorAnswer {
    const parsed = EventRequest.safeParse(request.body);
    if (!parsed.success) {
      return refuse(422, 'parameter_invalid', mistakeOf(parsed.error));
    }
    const { id, user_id, email, event_name, created_at, metadata } = parsed.data;
    const contact = personOf(workspace, { id, externalId: user_id, email });
    if (contact === undefined) {
      return refuse(404, 'not_found', 'User Not Found');
    }
    workspace.putEvent({
      contactId: contact.id,
      name: event_name,
      createdAt: created_at,
      receivedMs: clock.nowMs(),
      metadata: metadata ?? {},
    });
    return { status: 202 };
  }

  function events(request: FastifyRequest): VendorAnswer {
    const parsed = EventsQuery.safeParse(request.query);
    if (!parsed.success) {
      return refuse(422, 'parameter_invalid', mistakeOf(parsed.error));
    }
    const { intercom_user_id, user_id, email, per_page, before } = parsed.data;
    const contact = personOf(workspace, { id: intercom_user_id, externalId: user_id, email });
    if (contact === undefined) {
      return refuse(404, 'not_found', 'User Not Found');
    }
    // A cursor finer than the second, so that a page may end between two events of one second.
    const all = workspace
      .events()
      .filter((kept) => kept.contactId === contact.id)
      .map((kept, at) => ({ kept, cursor: kept.createdAt * 100_000 + at }))
      .filter(({ cursor }) => before === undefined || cursor < before)
      .sort((one, other) => other.cursor - one.cursor);
    const page = all.slice(0, per_page);
    const last = page.at(-1);
    const next =
      last === undefined || all.length <= per_page
        ? undefined
        : `https://api.intercom.io/events?per_page=${per_page}&before=${last.cursor}&intercom_user_id=${contact.id}&type=user`;
    return {
      status: 200,
      body: eventsBody(
        contact,
        page.map(({ kept }) => kept),
        next,
      ),
    };
  }

  function search(request: FastifyRequest): VendorAnswer {
    const parsed = SearchRequest.safeParse(request.body);
    if (!parsed.success) {
      return refuse(400, 'parameter_invalid', mistakeOf(parsed.error));
    }
    const { field, value } = parsed.data.query;
    const found = workspace.contacts().filter((contact) => contact[searchable[field]] === value);
    return { status: 200, body: searchBody(found, parsed.data.pagination.per_page) };
  }

  app.get(
    '/contacts/find_by_external_id/:externalId',
    script.played('find_contact', (request) => {
      const contact = workspace.contactOf(parameter(request, 'externalId'));
      return contact === undefined
        ? refuse(404, 'not_found', 'User Not Found')
        : { status: 200, body: contactBody(contact) };
    }),
  );
  app.post(
    '/contacts',
    script.played('create_contact', (request) => put(undefined, request)),
  );
  app.put(
    '/contacts/:id',
    script.played('update_contact', (request) => {
      const id = parameter(request, 'id');
      return workspace.contact(id) === undefined
        ? refuse(404, 'not_found', 'User Not Found')
        : put(id, request);
    }),
  );
  app.post('/contacts/search', script.played('search_contacts', search));
  app.post('/events', script.played('create_event', event));
  app.get('/events', script.played('list_events', events));
  registerIntercomSupport(app, parts);
}

const searchable = {
  id: 'id',
  external_id: 'externalId',
  email: 'email',
  name: 'name',
  role: 'role',
} as const;

function personOf(
  workspace: IntercomWorkspace,
  by: {
    readonly id: string | undefined;
    readonly externalId: string | undefined;
    readonly email: string | undefined;
  },
): SandboxContact | undefined {
  if (by.id !== undefined) {
    return workspace.contact(by.id);
  }
  return by.externalId === undefined
    ? workspace.contactWithEmail(by.email ?? '')
    : workspace.contactOf(by.externalId);
}

/** The decision that the link in a message's body names. */
function linkedIn(body: unknown): string | undefined {
  const text: unknown =
    typeof body === 'object' && body !== null ? Reflect.get(body, 'body') : undefined;
  return typeof text === 'string' ? decisionIdIn(text) : undefined;
}

function decisionIdOf(body: unknown): string | undefined {
  const metadata: unknown =
    typeof body === 'object' && body !== null ? Reflect.get(body, 'metadata') : undefined;
  const id: unknown =
    typeof metadata === 'object' && metadata !== null
      ? Reflect.get(metadata, 'decision_id')
      : undefined;
  return typeof id === 'string' ? id : undefined;
}
