import { join } from 'node:path';
import fastify from 'fastify';
import { Fault } from '../core/fault.ts';
import type { Clock } from '../core/ports.ts';
import { bodyOfStatus, errorList } from './intercom-answers.ts';
import { type IntercomCall, registerIntercomApi } from './intercom-api.ts';
import { listPage, sentencePage, userPage, type Viewer } from './intercom-pages.ts';
import {
  openIntercomWorkspace,
  type SandboxContact,
  type SandboxEvent,
} from './intercom-workspace.ts';
import { pageHeaders } from './page.ts';
import { createScript, type ScriptedAnswer } from './script.ts';

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

export interface IntercomSandbox {
  /** Base address of the API and the pages, without a slash at the end. */
  readonly url: string;
  /** What was shown, in the order in which it came. */
  prompts(): readonly ShownPrompt[];
  /** How often `POST /events` was called for a decision since the start, repetitions and broken calls included. */
  requestsOf(decisionId: string): number;
  /** Plays these answers for the next calls of this kind, in this order. */
  script(call: IntercomCall, answers: readonly ScriptedAnswer[]): void;
  close(): Promise<void>;
}

/** Decisions whose requests are counted; older counts are dropped first. */
const countedMax = 100_000;

/**
 * Starts a local stand-in of Intercom: its REST API for the calls that the hub makes, and pages that show each prompt as
 * the person would see it. Says everywhere that it is a stand-in. Keeps contacts and events in a journal. Throws Fault
 * `environment_invalid` when the address is taken.
 */
export async function startIntercomSandbox(
  options: IntercomSandboxOptions,
): Promise<IntercomSandbox> {
  const clock = options.clock ?? { nowMs: () => Date.now() };
  const path =
    options.dataDir === undefined ? undefined : join(options.dataDir, 'sandbox-intercom.ndjson');
  const workspace = openIntercomWorkspace(path);
  const script = createScript<IntercomCall>(bodyOfStatus);
  const requests = new Map<string, number>();
  // A user id may be long; the router's own limit of 100 characters would answer 404 to it.
  const app = fastify({ forceCloseConnections: true, routerOptions: { maxParamLength: 2000 } });

  app.register(async (api) =>
    registerIntercomApi(api, {
      workspace,
      script,
      clock,
      callsPerWindow: options.callsPerWindow ?? 1666,
      onEventRequest: (decisionId) => {
        if (decisionId !== undefined) {
          count(requests, decisionId);
        }
      },
    }),
  );

  app.get('/', (_request, reply) => {
    const byContact = Map.groupBy(workspace.events().toReversed(), (event) => event.contactId);
    const viewers = workspace
      .contacts()
      .map((contact) => ({ contact, prompts: byContact.get(contact.id) ?? [] }));
    return reply.headers(pageHeaders).send(listPage(viewers));
  });

  app.get<{ Params: { externalId: string } }>('/users/:externalId', (request, reply) => {
    const { externalId } = request.params;
    const contact = workspace.contactOf(externalId) ?? workspace.contact(externalId);
    return contact === undefined
      ? reply
          .code(404)
          .headers(pageHeaders)
          .send(
            sentencePage(
              'Nobody here',
              'This sandbox knows no such person; a person appears with the first prompt.',
            ),
          )
      : reply.headers(pageHeaders).send(userPage(viewerOf(contact)));
  });

  function viewerOf(contact: SandboxContact): Viewer {
    const prompts = workspace.events().filter((event) => event.contactId === contact.id);
    return { contact, prompts: prompts.toReversed() };
  }

  app.setNotFoundHandler((request, reply) =>
    request.headers.accept?.includes('text/html') === true
      ? reply
          .code(404)
          .headers(pageHeaders)
          .send(
            sentencePage('No such page', 'The sandbox of Intercom has no page at this address.'),
          )
      : reply
          .code(404)
          .send(
            errorList(
              'not_found',
              'This stand-in of Intercom does not know the call; it answers those of the hub.',
            ),
          ),
  );

  app.setErrorHandler((error, _request, reply) => {
    const status =
      error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
        ? error.statusCode
        : 500;
    return status < 500
      ? reply
          .code(status)
          .send(errorList('bad_request', 'The request could not be read; its body must be JSON.'))
      : reply.code(500).send(errorList('server_error', 'Server Error'));
  });

  const url = await app
    .listen({ host: options.host, port: options.port })
    .catch((error: unknown) => {
      workspace.close();
      throw new Fault(
        'environment_invalid',
        'never',
        `cannot start the stand-in of Intercom at ${options.host}:${options.port}, because this machine does not give it that address; choose another port.`,
        error,
      );
    });
  options.log.info(`stand-in of Intercom at ${url}; nothing there reaches a real person`);

  return {
    url,
    prompts: () =>
      workspace.events().map((event) => shown(event, workspace.contact(event.contactId))),
    requestsOf: (decisionId) => requests.get(decisionId) ?? 0,
    script: script.add,
    close: async () => {
      await app.close();
      workspace.close();
    },
  };
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

function count(requests: Map<string, number>, decisionId: string): void {
  requests.set(decisionId, (requests.get(decisionId) ?? 0) + 1);
  const oldest = requests.size > countedMax ? requests.keys().next().value : undefined;
  if (oldest !== undefined) {
    requests.delete(oldest);
  }
}
