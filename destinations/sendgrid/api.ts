import sgClient from '@sendgrid/client';
import sgMail from '@sendgrid/mail';
import { z } from 'zod';
import type { Clock } from '../../src/core/ports.ts';
import { retryAfterMsOf } from '../../src/core/retry-after.ts';
import type { SendgridConfig } from './config.ts';
import type { Failure } from './failure.ts';
import { LoggedMessage, MessageList, type toLogQuery, type toMessage } from './map.ts';

/** An answer of SendGrid that was understood, or why there is none. Never thrown. */
export type Answer<T> = { readonly kind: 'done'; readonly value: T } | Failure;

/** What SendGrid took. */
export interface Taken {
  /** `X-Message-Id`; undefined in sandbox mode, where there is no message. */
  readonly messageId: string | undefined;
}

/** The calls we make, each asked once: no retry inside, one time-out over connection, headers and body. */
export interface SendgridApi {
  send(message: ReturnType<typeof toMessage>, signal: AbortSignal): Promise<Answer<Taken>>;
  listMessages(
    query: ReturnType<typeof toLogQuery>,
    signal: AbortSignal,
  ): Promise<Answer<MessageList>>;
  getMessage(messageId: string, signal: AbortSignal): Promise<Answer<LoggedMessage>>;
}

type Client = typeof sgClient;

// TypeScript 7 reads of both packages the default export only, which is an instance that everybody in the process shares.
const Client = classOf(sgClient, 'Client');
const MailService = classOf(sgMail, 'MailService');

/**
 * @sendgrid/mail and @sendgrid/client 8.1.6, held in check (behaviour measured 2026-11-23): they have no time-out, take no
 * AbortSignal, follow redirects, and their network errors hold key, recipient and body, so none of those is passed on.
 */
export function createSendgridApi(config: SendgridConfig, clock: Clock): SendgridApi {
  /** A client of its own for each call, because only that way the call has a signal of its own. */
  function clientFor(signal: AbortSignal): Client {
    const client = new Client();
    // The order matters: setting the key puts the address back to SendGrid's.
    client.setApiKey(config.apiKey);
    client.setDefaultRequest('baseUrl', config.baseUrl);
    const createRequest = client.createRequest.bind(client);
    client.createRequest = (data) =>
      Object.assign(createRequest(data), { signal, maxRedirects: 0 });
    return client;
  }

  async function call<T>(
    signal: AbortSignal,
    ask: (client: Client) => Promise<readonly [AnsweredCall, unknown]>,
    read: (answer: AnsweredCall) => T | undefined,
  ): Promise<Answer<T>> {
    if (signal.aborted) {
      return { kind: 'not_sent' };
    }
    const both = AbortSignal.any([signal, AbortSignal.timeout(config.timeoutMs)]);
    try {
      const [answer] = await ask(clientFor(both));
      const value = read(answer);
      return value === undefined
        ? { kind: 'not_understood', status: answer.statusCode }
        : { kind: 'done', value };
    } catch (error) {
      return toFailure(error, clock.nowMs());
    }
  }

  return {
    send: (message, signal) =>
      call(
        signal,
        (client) => {
          const mail = new MailService();
          mail.setClient(client);
          // `send` writes into its argument.
          return mail.send(structuredClone(message));
        },
        takenOf,
      ),
    listMessages: (query, signal) =>
      call(
        signal,
        (client) => client.request({ method: 'POST', url: '/v3/logs', body: query }),
        (answer) =>
          answer.statusCode === 200 ? MessageList.safeParse(answer.body).data : undefined,
      ),
    getMessage: (messageId, signal) =>
      call(
        signal,
        (client) =>
          client.request({ method: 'GET', url: `/v3/logs/${encodeURIComponent(messageId)}` }),
        (answer) =>
          answer.statusCode === 200 ? LoggedMessage.safeParse(answer.body).data : undefined,
      ),
  };
}

interface AnsweredCall {
  readonly statusCode: number;
  readonly body: unknown;
  readonly headers: unknown;
}

/** 202, or 200 in sandbox mode, with an empty body or JSON; a page of HTML comes from somebody else. */
function takenOf({ statusCode, body, headers }: AnsweredCall): Taken | undefined {
  const isOurs = statusCode === 202 || statusCode === 200;
  const isPage = typeof body === 'string' && body.trim() !== '';
  if (!isOurs || isPage) {
    return undefined;
  }
  const id = headerOf(headers)('x-message-id') ?? '';
  return { messageId: /^[\w.-]{1,200}$/u.test(id) ? id : undefined };
}

/** Codes of Node's network errors that say that no request left: nobody listens, no such name, no route, no trust. */
const neverConnected =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ERR_TLS_\w+|CERT_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+)$/u;

/** What we read of the SDK's errors: never their request, which holds the key. */
const SdkError = z.object({
  code: z.union([z.string(), z.number()]).nullish(),
  response: z
    .object({
      status: z.number().optional(),
      headers: z.unknown().optional(),
      body: z.unknown().optional(),
    })
    .nullish(),
});

const ErrorList = z.object({
  errors: z.array(z.object({ field: z.string().nullish() })).min(1),
});

function toFailure(error: unknown, nowMs: number): Failure {
  const { code, response } = SdkError.safeParse(error).data ?? {};
  const status = typeof code === 'number' ? code : response?.status;
  if (status === undefined) {
    return { kind: neverConnected.test(String(code)) ? 'not_sent' : 'no_answer' };
  }
  const field = ErrorList.safeParse(response?.body).data?.errors[0]?.field ?? '';
  return {
    kind: 'answered',
    status,
    retryAfterMs: retryAfterMsOf(status, headerOf(response?.headers), nowMs),
    field: /^[a-z][\w.]{0,79}$/u.test(field) ? field : undefined,
  };
}

function headerOf(headers: unknown): (name: string) => string | undefined {
  return (name) => {
    const value: unknown =
      typeof headers === 'object' && headers !== null ? Reflect.get(headers, name) : undefined;
    return typeof value === 'string' ? value : undefined;
  };
}

/** The class that `shared` was made of, under its name beside it. */
function classOf<T extends object>(shared: T, name: string): new () => T {
  const found: unknown = Reflect.get(shared, name);
  if (!isClassOf(shared, found)) {
    throw new TypeError(`the SendGrid packages have no class ${name}; install version 8.1.6.`);
  }
  return found;
}

function isClassOf<T extends object>(shared: T, value: unknown): value is new () => T {
  return typeof value === 'function' && shared instanceof value;
}
