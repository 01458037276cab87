import fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Clock, FeedbackConnector, Inbox } from '../core/ports.ts';
import type { FeedbackRoad } from '../inbox/feedback-road.ts';
import type { LinkDesk } from '../links/desk.ts';
import type { Metrics } from '../metrics.ts';
import type { Switchboard } from '../switches.ts';
import { statusOf } from './door.ts';
import { type Eraser, erasureRoutes } from './erasure.ts';
import { closedFeedbackRoutes, feedbackRoutes } from './feedback.ts';
import { defaultLimits, type HttpLimits } from './limits.ts';
import { liftRoutes, type ReadLift } from './lift.ts';
import { linkRoutes } from './links.ts';
import { createHttpLog } from './log.ts';
import { operationsRoutes, type Readiness } from './operations.ts';
import type { SegmentConnector } from './segment.ts';
import { switchRoutes } from './switches.ts';
import { trackingRoutes } from './tracking.ts';
import { type ReadUnmapped, unmappedRoutes } from './unmapped.ts';
import { webhookRoutes } from './webhook.ts';

/** What the HTTP server serves, and what guards its doors. */
export interface HttpDeps {
  readonly segment: SegmentConnector;
  readonly inbox: Inbox;
  /** The vendors whose reports are taken: those whose secret is set. */
  readonly connectors: readonly FeedbackConnector[];
  readonly road: FeedbackRoad;
  /** Where vendors and people reach the hub. Asked at each request: a free port is known only when listening. */
  readonly publicUrl: () => string;
  readonly links: LinkDesk;
  readonly switches: Switchboard;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger | false;
  /** Keys of the Tracking API. Without one, nobody gets in there. */
  readonly writeKeys: readonly string[];
  readonly adminToken: string;
  /** False: only health and metrics, for a process that takes no events. Default true. */
  readonly takesEvents?: boolean;
  readonly readiness: () => Promise<Readiness>;
  /** Gives `/api/unmapped` what it tells; undefined: there is no such address. */
  readonly unmapped?: ReadUnmapped;
  /** Gives `/api/lift` what it tells; undefined: there is no such address. */
  readonly lift?: ReadLift;
  /** Forgets persons for `/api/users/:id`; undefined: there is no such address. */
  readonly eraser?: Eraser;
  /** Where they differ from `defaultLimits`. */
  readonly limits?: Partial<HttpLimits>;
}

/**
 * The HTTP server, not yet listening.
 *
 * In: raw requests at the Segment doors, vendors' reports, and people who open links. Out: calls
 * handed to the inbox, and an answer. 200 means
 * that the store has all of them; whoever gets anything else still has them. No redirect is ever
 * answered, because Segment counts one as delivered (vendors: Segment 0.5): a path with a slash too
 * many is the same path. When Redis is gone, the doors answer 503 and `/readyz` says why. More
 * routes may be added to the instance before it listens.
 */
export function createHttp(deps: HttpDeps): FastifyInstance {
  const limits = { ...defaultLimits, ...deps.limits };
  const log = createHttpLog(deps.log, deps.clock);
  const app = fastify({
    // A logger of fastify costs a child logger per request; what must be told, the doors tell.
    logger: false,
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestMsMax,
    // Fastify sets the timeout when Node has chosen that of the headers, 60 s; one that is shorter is
    // then not enforced (measured with Node 24.21). So Node gets it from the beginning.
    http: {
      requestTimeout: limits.requestMsMax,
      connectionsCheckingInterval: Math.min(limits.requestMsMax, 5_000),
    },
    // A token that was lengthened on its way gets the page that says so.
    routerOptions: {
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      maxParamLength: 1_000,
    },
  });

  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({
      message:
        'There is nothing at this address; events go to POST /segment/webhook or POST /v1/batch.',
    }),
  );
  app.setErrorHandler((error, _request, reply) => {
    const status = statusOf(error);
    if (status < 500) {
      return reply
        .code(status)
        .send({ message: 'The request could not be read; correct its headers or its body.' });
    }
    log.failed('other', error);
    return reply.code(500).send({ message: 'The hub failed on this request; its log says where.' });
  });

  const doorDeps = { ...deps, limits, log };
  if (deps.takesEvents ?? true) {
    app.register(async (scope) => webhookRoutes(scope, doorDeps));
    app.register(async (scope) => trackingRoutes(scope, doorDeps));
    for (const connector of deps.connectors) {
      app.register(async (scope) => feedbackRoutes(scope, connector, doorDeps));
    }
    app.register(async (scope) => closedFeedbackRoutes(scope));
    app.register(async (scope) => linkRoutes(scope, { desk: deps.links, log }));
  }
  app.register(async (scope) => operationsRoutes(scope, deps));
  const { eraser, lift, unmapped } = deps;
  if (eraser !== undefined) {
    app.register(async (scope) => erasureRoutes(scope, { ...deps, eraser }));
  }
  if (unmapped !== undefined) {
    app.register(async (scope) => unmappedRoutes(scope, { ...deps, unmapped }));
  }
  app.register(async (scope) => switchRoutes(scope, deps));
  if (lift !== undefined) {
    app.register(async (scope) => liftRoutes(scope, { ...deps, lift }));
  }
  return app;
}
