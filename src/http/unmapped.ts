import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics.ts';
import { createSecretTest, credentialsOf } from './secret.ts';

/** Events that no rule knows, with how often they came and what to do about them. */
export type ReadUnmapped = () => Promise<
  readonly { readonly event: string; readonly count: number; readonly suggestion: string }[]
>;

/** `GET /api/unmapped`: the events that no rule knows, for whoever has the admin token. */
export function unmappedRoutes(
  scope: FastifyInstance,
  deps: { metrics: Metrics; adminToken: string; unmapped: ReadUnmapped },
): void {
  const isAdmin = createSecretTest([deps.adminToken]);
  scope.get('/api/unmapped', async (request, reply) => {
    if (!isAdmin(credentialsOf(request.headers.authorization, 'bearer') ?? '')) {
      deps.metrics.requestsRefused.inc({ door: 'api', reason: 'no_admin_token' });
      const message = 'This is for the operator; send `Authorization: Bearer` with ADMIN_TOKEN.';
      return reply.code(401).send({ message });
    }
    return reply.send({ events: await deps.unmapped() });
  });
}
