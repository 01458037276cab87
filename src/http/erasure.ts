import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { elsewhere, type ErasureReport } from '../core/person/erasure-report.ts';
import { Fault } from '../core/fault.ts';
import type { Metrics } from '../metrics.ts';
import { createSecretTest, credentialsOf } from './secret.ts';

/** What the routes ask of the store. */
export interface Eraser {
  /** Forgets a person from now on, durably. */
  forget(userIds: readonly string[]): Promise<void>;
  report(userId: string): Promise<ErasureReport>;
}

const idMax = 500;

/**
 * `DELETE /api/users/:id` forgets a person: 202 once it is stored that nothing of them is counted any more, their traces are
 * then looked for. `GET /api/users/:id/erasure` tells how far that is. For whoever has the admin token.
 */
export function erasureRoutes(
  scope: FastifyInstance,
  deps: { metrics: Metrics; adminToken: string; eraser: Eraser },
): void {
  const { eraser, metrics } = deps;
  const isAdmin = createSecretTest([deps.adminToken]);

  scope.addHook('onRequest', async (request, reply) => {
    if (!isAdmin(credentialsOf(request.headers.authorization, 'bearer') ?? '')) {
      metrics.requestsRefused.inc({ door: 'api', reason: 'no_admin_token' });
      const message = 'This is for the operator; send `Authorization: Bearer` with ADMIN_TOKEN.';
      return reply.code(401).send({ message });
    }
    return undefined;
  });

  const answer = async (
    request: FastifyRequest<{ Params: { id: string } }>,
    reply: FastifyReply,
    status: number,
    act: (userId: string) => Promise<void>,
  ): Promise<FastifyReply> => {
    const userId = request.params.id.trim();
    if (userId === '' || userId.length > idMax) {
      const message = `The user id in the address is empty or longer than ${idMax} characters; write it URL-encoded.`;
      return reply.code(400).send({ message });
    }
    try {
      await act(userId);
      const report = await eraser.report(userId);
      return reply.code(status).send({ ...report, elsewhere });
    } catch (error) {
      if (error instanceof Fault && error.retry === 'later') {
        const message = 'The store cannot be reached, so nothing was promised; ask again.';
        return reply.code(503).header('retry-after', '5').send({ message });
      }
      throw error;
    }
  };

  scope.delete<{ Params: { id: string } }>('/api/users/:id', (request, reply) =>
    answer(request, reply, 202, (userId) => eraser.forget([userId])),
  );
  scope.get<{ Params: { id: string } }>('/api/users/:id/erasure', (request, reply) =>
    answer(request, reply, 200, async () => {}),
  );
}
