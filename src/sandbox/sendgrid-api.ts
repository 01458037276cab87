import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../core/ports.ts';
import type { createScript, VendorAnswer } from './script.ts';
import type { SandboxEmail, SendgridOutbox } from './sendgrid-outbox.ts';
import { LogRequest, MailRequest, mistakeOf, readQuery } from './sendgrid-requests.ts';

/** The calls that the stand-in answers, by the names that a script uses. */
export type SendgridCall = 'send_mail' | 'list_messages' | 'get_message';

/** What the API works on. */
export interface SendgridApiParts {
  readonly outbox: SendgridOutbox;
  readonly script: ReturnType<typeof createScript<SendgridCall>>;
  readonly clock: Clock;
  /** Told of every `POST /v3/mail/send`, refused and scripted ones included, with the decision its custom arguments name. */
  readonly onMailRequest: (decisionId: string | undefined) => void;
  /** Told of every e-mail that was taken. */
  readonly onTaken: (email: SandboxEmail) => void;
}

/** The body of every error. */
export function errorBody(message: string, field?: string) {
  return { errors: [{ message, ...(field === undefined ? {} : { field }) }] };
}

/** The body that belongs to a scripted status; a success has none. */
export function bodyOfStatus(status: number): unknown {
  return status < 400 ? undefined : errorBody(knownErrors[status] ?? 'Internal Server Error');
}

const knownErrors: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'The provided authorization grant is invalid, expired, or revoked',
  403: 'The from address does not match a verified Sender Identity.',
  413: 'The message is too large',
  429: 'too many requests',
};

/**
 * SendGrid's API v3 for the calls that the hub makes. Any API key is taken: the stand-in knows no account but its own.
 * A repeated message is a second e-mail here, too.
 */
export function registerSendgridApi(app: FastifyInstance, parts: SendgridApiParts): void {
  const { outbox, script, clock } = parts;

  app.addHook('onRequest', async (request, reply) => {
    if (!/^Bearer \S/u.test(request.headers.authorization ?? '')) {
      return reply.code(401).send(bodyOfStatus(401));
    }
  });

  app.addHook('preHandler', async (request) => {
    if (request.routeOptions.url === '/v3/mail/send') {
      parts.onMailRequest(decisionIdOf(request.body));
    }
  });

  function send(request: FastifyRequest): VendorAnswer {
    const parsed = MailRequest(clock.nowMs()).safeParse(request.body);
    if (!parsed.success) {
      const { field, message } = mistakeOf(parsed.error);
      return { status: 400, body: errorBody(message, field) };
    }
    if (parsed.data.mail_settings?.sandbox_mode?.enable === true) {
      return { status: 200 };
    }
    const messageId = randomBytes(16).toString('base64url');
    for (const email of emailsOf(parsed.data, messageId, clock.nowMs())) {
      outbox.put(email);
      parts.onTaken(email);
    }
    return { status: 202, headers: { 'x-message-id': messageId } };
  }

  function list(request: FastifyRequest): VendorAnswer {
    const parsed = LogRequest.safeParse(request.body);
    const query = parsed.success ? readQuery(parsed.data.query ?? '') : undefined;
    if (!parsed.success || query === undefined) {
      return {
        status: 400,
        body: errorBody(
          'This stand-in filters by to_email and sg_message_id_created_at only',
          'query',
        ),
      };
    }
    const found = outbox
      .emails()
      .filter(
        ({ to, receivedMs }) =>
          (query.email === undefined || to.email === query.email) && receivedMs > query.sinceMs,
      )
      .toReversed();
    return {
      status: 200,
      body: { messages: found.slice(0, parsed.data.limit).map((email) => summaryOf(email)) },
    };
  }

  function get(request: FastifyRequest): VendorAnswer {
    const { params } = request;
    const id: unknown =
      typeof params === 'object' && params !== null ? Reflect.get(params, 'id') : undefined;
    const email = outbox.email(String(id).replace(/\.recvd-.*$/u, ''));
    return email === undefined
      ? { status: 404, body: errorBody('message not found') }
      : {
          status: 200,
          body: {
            ...summaryOf(email),
            api_key_id: 'sandbox',
            client_ip: '127.0.0.1',
            events: [],
            category: email.categories,
            custom_args: email.customArgs,
            ...(email.unsubscribeGroup === undefined
              ? {}
              : { asm_group_id: email.unsubscribeGroup }),
          },
        };
  }

  app.post('/v3/mail/send', script.played('send_mail', send));
  app.post('/v3/logs', script.played('list_messages', list));
  app.get('/v3/logs/:id', script.played('get_message', get));
}

/** One e-mail per personalization, to the first person it names. */
function emailsOf(
  mail: MailRequest,
  messageId: string,
  receivedMs: number,
): readonly SandboxEmail[] {
  const partOf = (type: string) => mail.content?.find((part) => part.type === type)?.value;
  return mail.personalizations.flatMap(({ to, custom_args }, at) => {
    const [person] = to;
    return person === undefined
      ? []
      : [
          {
            kind: 'email' as const,
            messageId: at === 0 ? messageId : `${messageId}-${at}`,
            receivedMs,
            from: { email: mail.from.email, name: mail.from.name },
            to: { email: person.email, name: person.name },
            subject: mail.subject ?? `template ${mail.template_id ?? ''}`,
            text: partOf('text/plain'),
            html: partOf('text/html'),
            headers: mail.headers ?? {},
            categories: mail.categories ?? [],
            customArgs: { ...mail.custom_args, ...custom_args },
            unsubscribeGroup: mail.asm?.group_id,
          },
        ];
  });
}

function summaryOf(email: SandboxEmail) {
  return {
    from_email: email.from.email,
    sg_message_id: `${email.messageId}.recvd-sandbox-0`,
    subject: email.subject,
    to_email: email.to.email,
    status: 'delivered',
    sg_message_id_created_at: new Date(email.receivedMs).toISOString(),
  };
}

function decisionIdOf(body: unknown): string | undefined {
  const at = ['personalizations', '0', 'custom_args', 'decision_id'];
  const id = at.reduce<unknown>(
    (node, key) => (typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined),
    body,
  );
  return typeof id === 'string' ? id : undefined;
}
