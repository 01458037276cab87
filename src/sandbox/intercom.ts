import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import type { Clock } from '../core/ports.ts';
import { bodyOfStatus, errorList } from './intercom-answers.ts';
import { actOf, createActor } from './intercom-acts.ts';
import { type IntercomCall, registerIntercomApi } from './intercom-api.ts';
import { listPage, sentencePage, userPage, type Viewer } from './intercom-pages.ts';
import { decisionIdIn } from './intercom-support-api.ts';
import { createWebhookSender, type SentWebhook, type WebhookTarget } from './intercom-webhooks.ts';
import {
  openIntercomWorkspace,
  type SandboxContact,
  type SandboxEvent,
} from './intercom-workspace.ts';
import { pageHeaders } from './page.ts';
import { createScript, type ScriptedAnswer } from './script.ts';
import { createRequestCounts, excuse, listenAs, takeForms } from './stand-in.ts';

/** Where the stand-in listens and keeps things. */
export interface IntercomSandboxOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Where `sandbox-intercom.ndjson` is kept; undefined: nothing outlives the process. */
  readonly dataDir: string | undefined;
  readonly log: { info(sentence: string): void };
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Calls in 10 s before 429. Default 1,666: Intercom's 10,000 per minute, dealt out in windows of 10 s. */
  readonly callsPerWindow?: number;
  /** The hub that hears what people do; undefined: nobody is told. */
  readonly webhooks?: WebhookTarget;
}

/** A prompt as the person got it: one per person, event name and second, however often it was asked for. */
export interface ShownPrompt {
  readonly externalId: string | undefined;
  readonly eventName: string;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly receivedMs: number;
  /** At most 10 keys, as Intercom keeps them. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A chat message as it was sent; the same text sent twice is shown twice. */
export interface ShownMessage {
  readonly externalId: string | undefined;
  readonly body: string;
  readonly receivedMs: number;
  /** The decision that its link names. */
  readonly decisionId: string | undefined;
}

/** A running stand-in of Intercom. */
export interface IntercomSandbox {
  /** Base address of the API and the pages, without a slash at the end. */
  readonly url: string;
  /** What was shown, in the order in which it came. */
  prompts(): readonly ShownPrompt[];
  /** Chat messages, in the order in which they came. */
  messages(): readonly ShownMessage[];
  /** The newest 20 notifications to the hub, newest first. */
  webhooks(): readonly SentWebhook[];
  /** How often `POST /events` or `POST /messages` was called for a decision since the start, repetitions and broken calls included. */
  requestsOf(decisionId: string): number;
  /** Plays these answers for the next calls of this kind, in this order. */
  script(call: IntercomCall, answers: readonly ScriptedAnswer[]): void;
  /** Plays nothing more for this kind of call. */
  endScript(call: IntercomCall): void;
  close(): Promise<void>;
}

/**
 * Starts a local stand-in of Intercom: its REST API for the calls that the hub makes, and pages that show each prompt as
 * the person would see it, with buttons for what the person may do, of which the hub hears by signed webhooks. Says
 * everywhere that it is a stand-in. Keeps what happened in a journal. Throws Fault `environment_invalid` when the address
 * is taken.
 */
export async function startIntercomSandbox(
  options: IntercomSandboxOptions,
): Promise<IntercomSandbox> {
  const clock = options.clock ?? { nowMs: () => Date.now() };
  const path =
    options.dataDir === undefined ? undefined : join(options.dataDir, 'sandbox-intercom.ndjson');
  const workspace = openIntercomWorkspace(path);
  const script = createScript<IntercomCall>(bodyOfStatus);
  const requests = createRequestCounts();
  // A user id may be long; the router's own limit of 100 characters would answer 404 to it.
  const app = fastify({ forceCloseConnections: true, routerOptions: { maxParamLength: 2000 } });

  app.register(async (api) =>
    registerIntercomApi(api, {
      workspace,
      script,
      clock,
      callsPerWindow: options.callsPerWindow ?? 1666,
      onPromptRequest: requests.add,
    }),
  );

  const webhooks = createWebhookSender(options.webhooks, clock);
  const act = createActor(workspace, webhooks, clock);
  registerPages(app, { workspace, webhooks, act });

  excuse(app, {
    noPage: sentencePage('No such page', 'The sandbox of Intercom has no page at this address.'),
    noCall: errorList(
      'not_found',
      'This stand-in of Intercom does not know the call; it answers those of the hub.',
    ),
    unreadable: errorList('bad_request', 'The request could not be read; its body must be JSON.'),
    broken: errorList('server_error', 'Server Error'),
  });

  const url = await listenAs('Intercom', app, options, workspace.close);
  options.log.info(`stand-in of Intercom at ${url}; nothing there reaches a real person`);

  return {
    url,
    prompts: () =>
      workspace.events().map((event) => shown(event, workspace.contact(event.contactId))),
    messages: () =>
      workspace.messages().map(({ contactId, body, receivedMs }) => ({
        externalId: workspace.contact(contactId)?.externalId,
        body,
        receivedMs,
        decisionId: decisionIdIn(body),
      })),
    webhooks: webhooks.sent,
    requestsOf: requests.of,
    script: script.add,
    endScript: script.end,
    close: async () => {
      webhooks.stop();
      await app.close();
      workspace.close();
    },
  };
}

/** The list of people, the page of one person, and what that person does there. */
function registerPages(
  app: FastifyInstance,
  {
    workspace,
    webhooks,
    act,
  }: {
    readonly workspace: ReturnType<typeof openIntercomWorkspace>;
    readonly webhooks: ReturnType<typeof createWebhookSender>;
    readonly act: ReturnType<typeof createActor>;
  },
): void {
  const personOf = (externalId: string): SandboxContact | undefined =>
    workspace.contactOf(externalId) ?? workspace.contact(externalId);
  const viewerOf = (contact: SandboxContact): Viewer => ({
    contact,
    prompts: [...workspace.events(), ...workspace.messages()]
      .filter(({ contactId }) => contactId === contact.id)
      .toReversed()
      .sort((one, other) => other.receivedMs - one.receivedMs),
  });
  const nobody = sentencePage(
    'Nobody here',
    'This sandbox knows no such person; a person appears with the first prompt.',
  );

  app.get('/', (_request, reply) => {
    const prompts = [...workspace.events(), ...workspace.messages()]
      .toReversed()
      .sort((one, other) => other.receivedMs - one.receivedMs);
    const byContact = Map.groupBy(prompts, ({ contactId }) => contactId);
    const viewers = workspace
      .contacts()
      .map((contact) => ({ contact, prompts: byContact.get(contact.id) ?? [] }));
    return reply.headers(pageHeaders).send(listPage(viewers));
  });

  app.get<{ Params: { externalId: string } }>('/users/:externalId', (request, reply) => {
    const contact = personOf(request.params.externalId);
    if (contact === undefined) {
      return reply.code(404).headers(pageHeaders).send(nobody);
    }
    const viewer = viewerOf(contact);
    const newest = viewer.prompts[0];
    return reply.headers(pageHeaders).send(
      userPage(viewer, {
        webhooks: webhooks.sent(),
        isTakenAway: newest?.kind === 'event' && workspace.isDismissed(newest),
      }),
    );
  });

  app.register(async (scope) => {
    takeForms(scope);
    scope.post<{ Params: { externalId: string } }>(
      '/users/:externalId/do',
      async (request, reply) => {
        const { externalId } = request.params;
        const site = request.headers['sec-fetch-site'];
        if (site !== undefined && site !== 'same-origin') {
          return reply
            .code(403)
            .headers(pageHeaders)
            .send(
              sentencePage('Not from here', 'Only the pages of this sandbox act for a person.'),
            );
        }
        const contact = personOf(externalId);
        if (contact === undefined) {
          return reply.code(404).headers(pageHeaders).send(nobody);
        }
        const named =
          request.body instanceof URLSearchParams
            ? actOf(request.body.get('act') ?? '')
            : undefined;
        const done =
          named === undefined
            ? 'not_possible'
            : await act(named, contact, viewerOf(contact).prompts[0]);
        return done === 'done'
          ? reply.redirect(`/users/${encodeURIComponent(externalId)}`, 303)
          : reply
              .code(409)
              .headers(pageHeaders)
              .send(
                sentencePage(
                  'Not possible now',
                  'There is no prompt, open conversation or open ticket that this could be done to.',
                ),
              );
      },
    );
  });
}

function shown(event: SandboxEvent, contact: SandboxContact | undefined): ShownPrompt {
  return {
    externalId: contact?.externalId,
    eventName: event.name,
    createdAt: event.createdAt,
    receivedMs: event.receivedMs,
    metadata: event.metadata,
  };
}
