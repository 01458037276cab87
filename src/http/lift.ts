import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics.ts';
import { createSecretTest, credentialsOf } from './secret.ts';

/** What the prompts brought, as an object that JSON can hold. */
export type ReadLift = () => Promise<object>;

/** `GET /api/lift`: accounts that are asked against accounts that are left alone, for whoever has the admin token. */
export function liftRoutes(
  scope: FastifyInstance,
  deps: { metrics: Metrics; adminToken: string; lift: ReadLift },
): void {
  const isAdmin = createSecretTest([deps.adminToken]);
  scope.get('/api/lift', async (request, reply) => {
    if (!isAdmin(credentialsOf(request.headers.authorization, 'bearer') ?? '')) {
      deps.metrics.requestsRefused.inc({ door: 'api', reason: 'no_admin_token' });
      const message = 'This is for the operator; send `Authorization: Bearer` with ADMIN_TOKEN.';
      return reply.code(401).send({ message });
    }
    return reply.send(await deps.lift());
  });
}
