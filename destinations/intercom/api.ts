import { IntercomClient, IntercomError } from 'intercom-client';
import { z } from 'zod';
import type { Clock } from '../../src/core/ports.ts';
import { retryAfterMsOf } from '../../src/core/retry-after.ts';
import type { IntercomConfig } from './config.ts';
import type { Failure } from './failure.ts';
import {
  type Address,
  AdminAnswer,
  BannerDismissed,
  BannerList,
  type BannerViewId,
  ContactAnswer,
  ContactSearchAnswer,
  ConversationSearchAnswer,
  type EventBody,
  EventPage,
  type IntercomAdminId,
  type IntercomContactId,
  MessageAnswer,
  type toContact,
} from './map.ts';

/** An answer of Intercom that was understood, or why there is none. Never thrown. */
export type Answer<T> = { readonly kind: 'done'; readonly value: T } | Failure;

/** The calls we make, each asked once: no retry inside, one time-out over headers and body, and the caller's signal. */
export interface IntercomApi {
  findContact(externalId: string, signal: AbortSignal): Promise<Answer<IntercomContactId>>;
  createContact(
    contact: ReturnType<typeof toContact>,
    signal: AbortSignal,
  ): Promise<Answer<IntercomContactId>>;
  /** The contact with this external id; undefined when the search knows none. */
  searchContact(
    externalId: string,
    signal: AbortSignal,
  ): Promise<Answer<IntercomContactId | undefined>>;
  createEvent(event: EventBody, signal: AbortSignal): Promise<Answer<unknown>>;
  /** One page of at most 50 events, newest first; `before` is the cursor of an earlier page. */
  listEvents(
    address: Address,
    before: string | undefined,
    signal: AbortSignal,
  ): Promise<Answer<EventPage>>;
  /** The teammate whom the access token belongs to. */
  findAdmin(signal: AbortSignal): Promise<Answer<IntercomAdminId>>;
  /** A chat message of the teammate to the contact; gives the message's id. Intercom does not notice a repetition. */
  createMessage(
    message: {
      readonly from: IntercomAdminId;
      readonly to: IntercomContactId;
      readonly body: string;
    },
    signal: AbortSignal,
  ): Promise<Answer<string>>;
  /** The contact's conversations that began after `sinceS` (Unix seconds), at most 150. */
  searchConversations(
    contact: IntercomContactId,
    sinceS: number,
    signal: AbortSignal,
  ): Promise<Answer<z.infer<typeof ConversationSearchAnswer>>>;
  /** The banners that the contact matches; Intercom counts each of them as shown. */
  listBanners(
    contact: IntercomContactId,
    signal: AbortSignal,
  ): Promise<Answer<z.infer<typeof BannerList>>>;
  /** Takes a banner away from the contact, everywhere. May be repeated. */
  dismissBanner(
    contact: IntercomContactId,
    view: BannerViewId,
    signal: AbortSignal,
  ): Promise<Answer<unknown>>;
}

/** The version whose contact look-up answers 410 for merged contacts (API descriptions 2.14 and 2.16 compared). */
const apiVersion = '2.16';
const networkHeader = 'x-motisig-network';

/**
 * The client of intercom-client 7.0.3, held in check (vendors' behaviour measured 2026-11-23): it would repeat calls by
 * itself, its time-out does not cover the body, and it hides why a connection failed. `fetchImpl` is for tests.
 */
export function createIntercomApi(
  config: IntercomConfig,
  clock: Clock,
  fetchImpl: typeof fetch = fetch,
): IntercomApi {
  const client = new IntercomClient({
    token: config.accessToken,
    baseUrl: config.baseUrl,
    maxRetries: 0,
    // Ours comes first; theirs is only the floor under it.
    timeoutInSeconds: config.timeoutMs / 1000 + 5,
    headers: { 'Intercom-Version': apiVersion },
    fetch: (input, init) => fetchImpl(input, init).catch(toNetworkResponse),
  });

  async function call<T>(
    shape: z.ZodType<T>,
    status: number,
    signal: AbortSignal,
    ask: (options: { abortSignal: AbortSignal }) => Promise<{ data: unknown; status: number }>,
  ): Promise<Answer<T>> {
    if (signal.aborted) {
      return { kind: 'not_sent' };
    }
    const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(config.timeoutMs)]);
    try {
      const answer = await ask({ abortSignal });
      const value = shape.safeParse(answer.data);
      return value.success && answer.status === status
        ? { kind: 'done', value: value.data }
        : { kind: 'not_understood', status: answer.status };
    } catch (error) {
      return toFailure(error, clock.nowMs());
    }
  }

  /** The Banners API is newer than the SDK, so it is asked without. */
  async function plain<T>(
    shape: z.ZodType<T>,
    method: 'GET' | 'POST',
    path: string,
    signal: AbortSignal,
  ): Promise<Answer<T>> {
    return await call(shape, 200, signal, async ({ abortSignal }) => {
      const response = await fetchImpl(`${config.baseUrl.replace(/\/+$/u, '')}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${config.accessToken}`,
          accept: 'application/json',
          'intercom-version': apiVersion,
        },
        signal: abortSignal,
      }).catch(toNetworkResponse);
      const body = await response.text().catch(() => undefined);
      if (response.status >= 300 || body === undefined) {
        throw new IntercomError({
          ...(body === undefined ? {} : { statusCode: response.status, body: jsonOf(body) }),
          rawResponse: response,
        });
      }
      return { data: jsonOf(body), status: response.status };
    });
  }

  return {
    findContact: async (externalId, signal) =>
      idOf(
        await call(ContactAnswer, 200, signal, async (options) =>
          raw(
            await client.contacts
              .showContactByExternalId({ external_id: externalId }, options)
              .withRawResponse(),
          ),
        ),
      ),
    createContact: async (contact, signal) =>
      idOf(
        await call(ContactAnswer, 200, signal, async (options) =>
          raw(await client.contacts.create(contact, options).withRawResponse()),
        ),
      ),
    searchContact: async (externalId, signal) => {
      const answer = await call(ContactSearchAnswer, 200, signal, async (options) => {
        const query = { field: 'external_id', operator: '=' as const, value: externalId };
        const page = await client.contacts.search({ query, pagination: { per_page: 1 } }, options);
        return { data: page.data, status: page.rawResponse.status };
      });
      return answer.kind === 'done' ? { kind: 'done', value: answer.value[0]?.id } : answer;
    },
    createEvent: (event, signal) =>
      call(z.unknown(), 202, signal, async (options) =>
        raw(await client.events.create(event, options).withRawResponse()),
      ),
    listEvents: (address, before, signal) =>
      call(EventPage, 200, signal, async (options) => {
        const person = 'id' in address ? { intercom_user_id: address.id } : address;
        const queryParams = before === undefined ? {} : { before };
        return raw(
          await client.events
            .list({ ...person, type: 'user', per_page: 50 }, { ...options, queryParams })
            .withRawResponse(),
        );
      }),
    findAdmin: async (signal) => {
      const answer = await call(AdminAnswer, 200, signal, async (options) =>
        raw(await client.admins.identify(options).withRawResponse()),
      );
      return answer.kind === 'done' ? { kind: 'done', value: answer.value.id } : answer;
    },
    createMessage: async ({ from, to, body }, signal) => {
      const answer = await call(MessageAnswer, 200, signal, async (options) =>
        raw(
          await client.messages
            .create(
              {
                message_type: 'inapp',
                body,
                from: { type: 'admin', id: from },
                to: { type: 'user', id: to },
              },
              options,
            )
            .withRawResponse(),
        ),
      );
      return answer.kind === 'done' ? { kind: 'done', value: answer.value.id } : answer;
    },
    searchConversations: (contact, sinceS, signal) =>
      call(ConversationSearchAnswer, 200, signal, async (options) => {
        const value = [
          { field: 'contact_ids', operator: '=' as const, value: contact },
          { field: 'created_at', operator: '>' as const, value: sinceS },
        ];
        const page = await client.conversations.search(
          { query: { operator: 'AND', value }, pagination: { per_page: 150 } },
          options,
        );
        return { data: page.data, status: page.rawResponse.status };
      }),
    listBanners: (contact, signal) =>
      plain(BannerList, 'GET', `/contacts/${contact}/banners`, signal),
    dismissBanner: (contact, view, signal) =>
      plain(BannerDismissed, 'POST', `/contacts/${contact}/banners/${view}/dismiss`, signal),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function raw(answer: {
  readonly data: unknown;
  readonly rawResponse: { readonly status: number };
}) {
  return { data: answer.data, status: answer.rawResponse.status };
}

function idOf(answer: Answer<z.infer<typeof ContactAnswer>>): Answer<IntercomContactId> {
  return answer.kind === 'done' ? { kind: 'done', value: answer.value.id } : answer;
}

/** Codes of Node's network errors that say that no request left: nobody listens, no such name, no route, no trust. */
const neverConnected =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_\w+|CERT_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+)$/u;

/**
 * A failed connection as an answer, because the SDK keeps neither its cause nor, when fetch rejects, its promise to
 * clear the time-out (which would hold the process for seconds).
 */
function toNetworkResponse(error: unknown): Response {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = z.object({ code: z.string() }).safeParse(cause).data?.code ?? '';
  const kind = neverConnected.test(code) ? 'not_sent' : 'no_answer';
  return new Response(null, { status: 599, headers: { [networkHeader]: kind } });
}

const ErrorList = z.object({
  errors: z.array(z.object({ code: z.string().nullish(), message: z.string().nullish() })).min(1),
});

function toFailure(error: unknown, nowMs: number): Failure {
  if (!(error instanceof IntercomError)) {
    throw error;
  }
  const header = (name: string) => error.rawResponse?.headers.get(name) ?? null;
  if (error.statusCode === undefined) {
    return { kind: 'no_answer' };
  }
  if (error.statusCode === 599 && header(networkHeader) !== null) {
    return { kind: header(networkHeader) === 'not_sent' ? 'not_sent' : 'no_answer' };
  }
  const first = ErrorList.safeParse(error.body).data?.errors[0];
  const code = first?.code ?? undefined;
  return {
    kind: 'answered',
    status: error.statusCode,
    retryAfterMs: retryAfterMsOf(error.statusCode, header, nowMs),
    code: code !== undefined && /^[a-z_]{1,60}$/u.test(code) ? code : undefined,
    message: first?.message ?? undefined,
    link: header('link') ?? undefined,
  };
}
