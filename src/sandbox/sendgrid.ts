import { join } from 'node:path';
import fastify from 'fastify';
import type { Clock } from '../core/ports.ts';
import { formPageHeaders, pageHeaders } from './page.ts';
import { createScript, type ScriptedAnswer } from './script.ts';
import { createRequestCounts, excuse, listenAs, takeForms } from './stand-in.ts';
import { bodyOfStatus, errorBody, registerSendgridApi, type SendgridCall } from './sendgrid-api.ts';
import {
  createWebhookSender,
  eventOf,
  isReaction,
  type SandboxReaction,
} from './sendgrid-events.ts';
import { webhookKeyOf } from './sendgrid-key.ts';
import { openSendgridOutbox, type SandboxEmail } from './sendgrid-outbox.ts';
import { emailPage, outboxPage, sentencePage } from './sendgrid-pages.ts';

/** Where the stand-in listens, keeps things and reports to. */
export interface SendgridSandboxOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Where `sandbox-sendgrid.ndjson` and the signing key are kept; undefined: nothing outlives the process. */
  readonly dataDir: string | undefined;
  /** Where the hub takes events, `http://.../webhooks/sendgrid`; undefined while nobody does: then nothing is reported. */
  readonly webhookUrl: () => string | undefined;
  readonly log: { info(sentence: string): void };
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/** A running stand-in of SendGrid. */
export interface SendgridSandbox {
  /** Base address of the API and the pages, without a slash at the end. */
  readonly url: string;
  /** What checks its signatures: base64 of SPKI DER, as SENDGRID_WEBHOOK_PUBLIC_KEY. */
  readonly publicKey: string;
  /** What was taken, in the order in which it came; a repeated request is a second e-mail. */
  emails(): readonly SandboxEmail[];
  /** How often `POST /v3/mail/send` was called for a decision since the start, refused and broken calls included. */
  requestsOf(decisionId: string): number;
  /** Plays these answers for the next calls of this kind, in this order. */
  script(call: SendgridCall, answers: readonly ScriptedAnswer[]): void;
  /** Reports these of one e-mail in one signed batch. True when the hub took it at once; false when not, or without such an e-mail. */
  report(messageId: string, ...reported: readonly SandboxReaction[]): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Starts a local stand-in of SendGrid: sending, Email Logs and the Signed Event Webhook, and pages that show each e-mail
 * as the person would see it, with buttons for what may happen to it. Says everywhere that it is a stand-in. What it
 * takes it reports as processed and delivered at once. Throws Fault `environment_invalid` when the address is taken.
 */
export async function startSendgridSandbox(
  options: SendgridSandboxOptions,
): Promise<SendgridSandbox> {
  const { dataDir, log } = options;
  const clock = options.clock ?? { nowMs: () => Date.now() };
  const key = webhookKeyOf(dataDir);
  const outbox = openSendgridOutbox(
    dataDir === undefined ? undefined : join(dataDir, 'sandbox-sendgrid.ndjson'),
  );
  const script = createScript<SendgridCall>(bodyOfStatus);
  const sender = createWebhookSender({ key, url: options.webhookUrl, clock, log });
  const requests = createRequestCounts();
  // The hub's e-mails are far below; SendGrid's own limit is 20 to 30 MB.
  const app = fastify({ forceCloseConnections: true, bodyLimit: 5 * 1024 * 1024 });

  async function report(
    email: SandboxEmail,
    reported: readonly SandboxReaction[],
  ): Promise<boolean> {
    const nowMs = clock.nowMs();
    for (const event of reported) {
      outbox.putEvent({ kind: 'event', messageId: email.messageId, timeMs: nowMs, event });
    }
    return await sender.report(reported.map((reaction) => eventOf(email, reaction, nowMs)));
  }

  app.register(async (api) =>
    registerSendgridApi(api, {
      outbox,
      script,
      clock,
      onMailRequest: requests.add,
      onTaken: (email) => void report(email, ['processed', 'delivered']),
    }),
  );

  app.register(async (pages) => {
    takeForms(pages);

    pages.get('/', (_request, reply) =>
      reply.headers(pageHeaders).send(outboxPage(outbox.emails())),
    );

    pages.get<{ Params: { id: string } }>('/emails/:id', (request, reply) => {
      const email = outbox.email(request.params.id);
      return email === undefined
        ? reply.code(404).headers(pageHeaders).send(noSuchEmail)
        : reply.headers(formPageHeaders).send(emailPage(email, outbox.eventsOf(email.messageId)));
    });

    pages.post<{ Params: { id: string } }>('/emails/:id/events', async (request, reply) => {
      const email = outbox.email(request.params.id);
      const form = request.body;
      const name = form instanceof URLSearchParams ? (form.get('event') ?? '') : '';
      // Another site that is open in the same browser may post here as well; it has no business with the buttons.
      const site = request.headers['sec-fetch-site'] ?? 'same-origin';
      if (email === undefined || !isReaction(name) || site !== 'same-origin') {
        return reply
          .code(email === undefined ? 404 : 400)
          .headers(pageHeaders)
          .send(noSuchEmail);
      }
      await report(email, [name]);
      return reply.redirect(`/emails/${email.messageId}`, 303);
    });
  });

  excuse(app, {
    noPage: sentencePage('No such page', 'The sandbox of SendGrid has no page at this address.'),
    noCall: errorBody(
      'This stand-in of SendGrid does not know the call; it answers those of the hub.',
    ),
    unreadable: errorBody('The request could not be read; its body must be JSON.'),
    broken: bodyOfStatus(500),
  });

  const url = await listenAs('SendGrid', app, options, outbox.close);
  log.info(`stand-in of SendGrid at ${url}; nothing there reaches a real person`);

  return {
    url,
    publicKey: key.publicKey,
    emails: () => outbox.emails(),
    requestsOf: requests.of,
    script: script.add,
    report: async (messageId, ...reported) => {
      const email = outbox.email(messageId);
      return email !== undefined && (await report(email, reported));
    },
    close: async () => {
      sender.close();
      await app.close();
      outbox.close();
    },
  };
}

const noSuchEmail = sentencePage(
  'No such e-mail',
  'This sandbox knows no such e-mail, or nothing that could happen to it; choose one from the list.',
);
