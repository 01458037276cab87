import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import {
  adminBody,
  bannersBody,
  conversationBody,
  messageBody,
  refuse,
  supportPage,
  ticketBody,
} from './intercom-answers.ts';
import type { IntercomApiParts } from './intercom-api.ts';
import { MessageRequest, mistakeOf, SupportSearchRequest } from './intercom-requests.ts';
import type { SandboxConversation, SandboxTicket } from './intercom-workspace.ts';
import type { VendorAnswer } from './script.ts';

const dayS = 86_400;

/** The calls about teammates, messages, banners, conversations and tickets, as the description 2.16 has them. */
export function registerIntercomSupport(
  app: FastifyInstance,
  { workspace, script, clock }: IntercomApiParts,
): void {
  function message(request: FastifyRequest): VendorAnswer {
    const parsed = MessageRequest.safeParse(request.body);
    if (!parsed.success) {
      return refuse(400, 'parameter_invalid', mistakeOf(parsed.error));
    }
    const { to, body } = parsed.data;
    return workspace.contact(to.id) === undefined
      ? refuse(404, 'not_found', 'User Not Found')
      : { status: 200, body: messageBody(workspace.putMessage(to.id, body, clock.nowMs())) };
  }

  function banners(request: FastifyRequest): VendorAnswer {
    const id = parameter(request, 'id');
    if (workspace.contact(id) === undefined) {
      return refuse(404, 'not_found', 'User Not Found');
    }
    const shown = workspace
      .events()
      .filter((event) => event.contactId === id && !workspace.isDismissed(event));
    return { status: 200, body: bannersBody(shown) };
  }

  function dismissBanner(request: FastifyRequest): VendorAnswer {
    const viewId = parameter(request, 'viewId');
    return workspace.dismiss(parameter(request, 'id'), viewId)
      ? { status: 200, body: { type: 'banner_dismiss', view_id: viewId, dismissed: true } }
      : refuse(404, 'not_found', 'Banner view not found');
  }

  function search<T extends SandboxConversation | SandboxTicket>(
    name: 'conversation' | 'ticket',
    all: () => readonly T[],
    bodyOf: (one: T) => unknown,
  ) {
    return (request: FastifyRequest): VendorAnswer => {
      const parsed = SupportSearchRequest.safeParse(request.body);
      if (!parsed.success) {
        return refuse(400, 'parameter_invalid', mistakeOf(parsed.error));
      }
      const { query, pagination } = parsed.data;
      const found = all().filter((one) => query.every((filter) => fits(one, filter)));
      const from = pagination.starting_after
        ? found.findIndex(({ id }) => id === pagination.starting_after) + 1
        : 0;
      const page = found.slice(from, from + pagination.per_page);
      const next = from + page.length < found.length ? page.at(-1)?.id : undefined;
      return {
        status: 200,
        body: supportPage(name, page.map(bodyOf), found.length, pagination.per_page, next),
      };
    };
  }

  /** Whoever was dropped for newer contacts is still named by the id. */
  const contactOf = (id: string) =>
    workspace.contact(id) ?? {
      kind: 'contact' as const,
      id,
      role: 'user',
      createdAt: 0,
      updatedAt: 0,
      customAttributes: {},
    };

  app.get(
    '/me',
    script.played('find_admin', () => ({ status: 200, body: adminBody() })),
  );
  app.post('/messages', script.played('create_message', message));
  app.get('/contacts/:id/banners', script.played('list_banners', banners));
  app.post('/contacts/:id/banners/:viewId/dismiss', script.played('dismiss_banner', dismissBanner));
  app.post(
    '/conversations/search',
    script.played(
      'search_conversations',
      search('conversation', workspace.conversations, (one) =>
        conversationBody(one, contactOf(one.contactId)),
      ),
    ),
  );
  app.post(
    '/tickets/search',
    script.played(
      'search_tickets',
      search('ticket', workspace.tickets, (one) => ticketBody(one, contactOf(one.contactId))),
    ),
  );
}

type Filter = z.infer<typeof SupportSearchRequest>['query'][number];

/** Dates are compared by the calendar day, as at Intercom; `>` and `<` take the day itself along. */
function fits(one: SandboxConversation | SandboxTicket, filter: Filter): boolean {
  switch (filter.field) {
    case 'created_at':
    case 'updated_at': {
      const at = filter.field === 'created_at' ? one.createdAt : one.updatedAt;
      const days = Math.floor(at / dayS) - Math.floor(filter.value / dayS);
      return filter.operator.startsWith('>') ? days >= 0 : days <= 0;
    }
    case 'contact_ids':
      return one.contactId === filter.value;
    case 'source.delivered_as':
      return one.kind === 'conversation' && one.deliveredAs === filter.value;
    case 'id':
      return one.id === filter.value;
    default:
      return filter satisfies never;
  }
}

/** A parameter of the path; `''` when the route has none of this name. */
export function parameter(request: FastifyRequest, name: string): string {
  const { params } = request;
  const value: unknown =
    typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined;
  return typeof value === 'string' ? value : '';
}

/** The decision that the first link to an offer in a message names. */
export function decisionIdIn(body: string): string | undefined {
  return /\/go\/(\d{1,2}-[0-9a-f]+)\./u.exec(body)?.[1];
}
