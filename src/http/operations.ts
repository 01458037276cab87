import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics.ts';
import { createSecretTest, credentialsOf } from './secret.ts';

/** Whether the hub can take events, and if not, why not in one sentence without secrets. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly why: string };

/**
 * `/healthz` (the process runs), `/readyz` (it can take events, else 503) and `/metrics` in
 * Prometheus form. The first two tell no more than their sentence; the metrics need the admin
 * token, except from this machine itself.
 */
export function operationsRoutes(
  scope: FastifyInstance,
  deps: { metrics: Metrics; adminToken: string; readiness: () => Promise<Readiness> },
): void {
  const isAdmin = createSecretTest([deps.adminToken]);

  scope.get('/healthz', (_request, reply) =>
    reply.send({ status: 'ok', message: 'The hub is running.' }),
  );

  scope.get('/readyz', async (_request, reply) => {
    const readiness = await deps.readiness().catch(() => unknownReadiness);
    deps.metrics.ready.set(readiness.ready ? 1 : 0);
    return readiness.ready
      ? reply.send({ status: 'ready', message: 'The hub takes events.' })
      : reply.code(503).send({ status: 'not_ready', message: readiness.why });
  });

  scope.get('/metrics', async (request, reply) => {
    if (
      !isFromThisMachine(request) &&
      !isAdmin(credentialsOf(request.headers.authorization, 'bearer') ?? '')
    ) {
      deps.metrics.requestsRefused.inc({ door: 'metrics', reason: 'no_admin_token' });
      const message =
        'Metrics are for the operator; send `Authorization: Bearer` with ADMIN_TOKEN.';
      return reply.code(401).send({ message });
    }
    const text = await deps.metrics.registry.metrics();
    return reply.header('content-type', deps.metrics.registry.contentType).send(text);
  });
}

const unknownReadiness: Readiness = {
  ready: false,
  why: 'The hub could not find out whether it is ready.',
};

/**
 * Behind a proxy on this machine every request comes from here, so one that was forwarded does not
 * count as local.
 */
function isFromThisMachine(request: FastifyRequest): boolean {
  const { headers } = request;
  const address = request.raw.socket.remoteAddress ?? '';
  const isLoopback =
    address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
  return isLoopback && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined;
}
