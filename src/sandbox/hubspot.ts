import { join } from 'node:path';
import fastify from 'fastify';
import { Fault } from '../core/fault.ts';
import type { Clock } from '../core/ports.ts';
import { bodyOfStatus, errorBody, limitBody } from './hubspot-answers.ts';
import { createHubspotActor, hubspotActOf, whyNotPossible } from './hubspot-acts.ts';
import { type HubspotCall, registerHubspotObjects } from './hubspot-objects.ts';
import { companiesPage, companyPage, hubspotSentencePage } from './hubspot-pages.ts';
import { type HubspotPortal, openHubspotPortal } from './hubspot-portal.ts';
import { membersOf, registerHubspotSchema } from './hubspot-schema.ts';
import {
  createHubspotWebhooks,
  type HubspotWebhookTarget,
  type SentHubspotWebhook,
} from './hubspot-webhooks.ts';
import { pageHeaders } from './page.ts';
import { createScript, type ScriptedAnswer } from './script.ts';

export interface HubspotSandboxOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Where `sandbox-hubspot.ndjson` is kept; undefined: nothing outlives the process. */
  readonly dataDir: string | undefined;
  readonly log: { info(sentence: string): void };
  /** Where the hub hears of what sales does. Undefined: nobody hears of it. */
  readonly webhooks?: HubspotWebhookTarget;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Calls in 10 s before 429. Default 100, as a free portal. */
  readonly callsPerWindow?: number;
  /** Searches in a second before 429. Default 4. */
  readonly searchesPerSecond?: number;
  /** How far searches lag behind. Default 3 s. */
  readonly searchLagMs?: number;
  /** Properties of one's own per type. Default 1,000. */
  readonly propertiesMax?: number;
}

/** A request as it came. */
export interface HubspotRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

export interface HubspotSandbox {
  /** Base address of the API and the pages, without a slash at the end. */
  readonly url: string;
  /** What the portal holds; tests change it as a person would. */
  readonly portal: HubspotPortal;
  /** Names of the companies in a list now. */
  listed(listName: string): readonly string[];
  /** The newest 2,000 requests, oldest first, and how many there were in all. */
  requests(): readonly HubspotRequest[];
  requestCount(): number;
  /** What the hub was told, newest first. */
  webhooks(): readonly SentHubspotWebhook[];
  /** Plays these answers for the next calls of this kind, in this order. */
  script(call: HubspotCall, answers: readonly ScriptedAnswer[]): void;
  close(): Promise<void>;
}

const version = '2026-03';
const keptRequestsMax = 2000;
const windowMs = 10_000;

/**
 * Starts a local stand-in of HubSpot: its REST API for the calls that the hub makes, and pages that show each company as
 * sales would see it, with buttons for what sales may do, of which the hub hears by signed webhooks. Says everywhere that it is a stand-in. Throws Fault `environment_invalid` when the address is taken.
 */
export async function startHubspotSandbox(options: HubspotSandboxOptions): Promise<HubspotSandbox> {
  const clock = options.clock ?? { nowMs: () => Date.now() };
  const path =
    options.dataDir === undefined ? undefined : join(options.dataDir, 'sandbox-hubspot.ndjson');
  const portal = openHubspotPortal(path);
  const script = createScript<HubspotCall>(bodyOfStatus);
  const webhooks = createHubspotWebhooks(options.webhooks, clock);
  const act = createHubspotActor(portal, webhooks, clock);
  const requests: HubspotRequest[] = [];
  let count = 0;
  const app = fastify({
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 2000 },
    bodyLimit: 16 * 1024 * 1024,
  });

  app.register(async (api) => {
    const mayCall = createLimit(options.callsPerWindow ?? 100, windowMs);
    const maySearch = createLimit(options.searchesPerSecond ?? 4, 1000);
    api.addHook('onRequest', async (request, reply) => {
      count += 1;
      if (!/^Bearer \S/u.test(request.headers.authorization ?? '')) {
        return reply
          .code(401)
          .send(errorBody('INVALID_AUTHENTICATION', 'Authentication credentials not found.'));
      }
      if (!mayCall()) {
        return reply.code(429).send(limitBody('TEN_SECONDLY_ROLLING'));
      }
      if (request.url.endsWith('/search') && !maySearch()) {
        return reply.code(429).send(limitBody('SECONDLY'));
      }
    });
    api.addHook('preHandler', async (request) => {
      requests.push({ method: request.method, path: request.url, body: request.body });
      if (requests.length > keptRequestsMax) {
        requests.shift();
      }
    });
    const parts = { portal, script, clock, version, searchLagMs: options.searchLagMs ?? 3000 };
    registerHubspotObjects(api, parts);
    registerHubspotSchema(api, { ...parts, propertiesMax: options.propertiesMax ?? 1000 });
  });

  app.get<{ Querystring: { list?: string } }>('/', (request, reply) =>
    reply.headers(pageHeaders).send(companiesPage(portal, request.query.list)),
  );
  app.get<{ Params: { id: string } }>('/companies/:id', (request, reply) => {
    const company = portal.object('companies', request.params.id);
    return company === undefined
      ? reply
          .code(404)
          .headers(pageHeaders)
          .send(hubspotSentencePage('No such company', 'This sandbox has no company of this id.'))
      : reply.headers(pageHeaders).send(companyPage(portal, company, webhooks.sent()));
  });
  app.register(async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => done(null, new URLSearchParams(body.toString())),
    );
    scope.post<{ Params: { id: string } }>('/companies/:id/do', async (request, reply) => {
      const say = (status: number, title: string, sentence: string) =>
        reply.code(status).headers(pageHeaders).send(hubspotSentencePage(title, sentence));
      const site = request.headers['sec-fetch-site'];
      if (site !== undefined && site !== 'same-origin') {
        return say(403, 'Not from here', 'Only the pages of this sandbox act for sales.');
      }
      const { body } = request;
      const named =
        body instanceof URLSearchParams ? hubspotActOf(body.get('act') ?? '') : undefined;
      const company = portal.object('companies', request.params.id);
      if (company === undefined) {
        return say(404, 'No such company', 'This sandbox has no company of this id.');
      }
      if (named === undefined) {
        return say(400, 'No such act', 'The sandbox of HubSpot does not know what is to be done.');
      }
      return (await act(named, company)) === 'done'
        ? reply.redirect(`/companies/${company.id}`, 303)
        : say(409, 'Not possible now', whyNotPossible[named]);
    });
  });

  app.setNotFoundHandler((request, reply) =>
    request.headers.accept?.includes('text/html') === true
      ? reply
          .code(404)
          .headers(pageHeaders)
          .send(
            hubspotSentencePage(
              'No such page',
              'The sandbox of HubSpot has no page at this address.',
            ),
          )
      : reply
          .code(404)
          .send(
            errorBody(
              'NOT_FOUND',
              `This stand-in of HubSpot does not know the call; it answers those of the hub, by paths of ${version}.`,
            ),
          ),
  );
  app.setErrorHandler((error, _request, reply) => {
    const status =
      error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
        ? error.statusCode
        : 500;
    return status < 500
      ? reply.code(status).send(errorBody('VALIDATION_ERROR', 'The request could not be read.'))
      : reply.code(500).send(errorBody('SERVER_ERROR', 'Internal error'));
  });

  const url = await app
    .listen({ host: options.host, port: options.port })
    .catch((error: unknown) => {
      portal.close();
      throw new Fault(
        'environment_invalid',
        'never',
        `cannot start the stand-in of HubSpot at ${options.host}:${options.port}, because this machine does not give it that address; choose another port.`,
        error,
      );
    });
  options.log.info(`stand-in of HubSpot at ${url}; nothing there reaches a real portal`);

  return {
    url,
    portal,
    listed: (listName) => {
      const filterBranch = portal.list(listName)?.filterBranch;
      return membersOf(filterBranch, portal.objects('companies')).map(
        ({ id, properties }) => properties['name'] ?? id,
      );
    },
    requests: () => [...requests],
    requestCount: () => count,
    webhooks: webhooks.sent,
    script: script.add,
    close: async () => {
      webhooks.stop();
      await app.close();
      portal.close();
    },
  };
}

/** Says whether one more call fits into the rolling window. */
function createLimit(max: number, perMs: number): () => boolean {
  const lately: number[] = [];
  return () => {
    const nowMs = performance.now();
    while (lately[0] !== undefined && nowMs - lately[0] >= perMs) {
      lately.shift();
    }
    if (lately.length >= max) {
      return false;
    }
    lately.push(nowMs);
    return true;
  };
}
