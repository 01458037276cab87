import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { Fault } from '../core/fault.ts';
import type { Metrics } from '../metrics.ts';
import type { Switchboard, Switched } from '../switches.ts';
import { createSecretTest, credentialsOf } from './secret.ts';

const Stop = z.strictObject({ offer: z.string().min(1).optional(), why: z.string() });
const Resume = z.strictObject({ offer: z.string().min(1).optional() });

/**
 * The operator's switches, so that they work from another machine; all behind `Authorization: Bearer ADMIN_TOKEN`.
 * `GET /api/switches` tells what is stopped, `POST` with `{"offer"?, "why"}` stops, `DELETE` with `?offer=` takes it back;
 * without an offer everything is meant. 200 done, 400 no such offer or no reason, 401 no token, 503 Redis does not answer
 * and nothing is promised.
 */
export function switchRoutes(
  scope: FastifyInstance,
  deps: {
    readonly metrics: Metrics;
    readonly adminToken: string;
    readonly switches: Switchboard;
  },
): void {
  const { switches } = deps;
  const isAdmin = createSecretTest([deps.adminToken]);

  scope.addHook('onRequest', async (request, reply) => {
    if (!isAdmin(credentialsOf(request.headers.authorization, 'bearer') ?? '')) {
      deps.metrics.requestsRefused.inc({ door: 'switches', reason: 'no_admin_token' });
      return reply.code(401).send({
        message: 'Switches are for the operator; send `Authorization: Bearer` with ADMIN_TOKEN.',
      });
    }
    return undefined;
  });

  scope.get('/api/switches', (_request, reply) =>
    answering(reply, async () => {
      const { paused, spent, stopped } = await switches.read();
      return reply.send({ paused: paused ?? null, stopped, spent });
    }),
  );

  scope.post('/api/switches', (request, reply) => {
    const asked = Stop.safeParse(request.body);
    return asked.success
      ? answering(reply, async () =>
          told(reply, await switches.stop(asked.data.offer, asked.data.why)),
        )
      : reply.code(400).send({
          message:
            'Send a JSON object with `why`, one line that says the reason, and with `offer` to stop one offer only.',
        });
  });

  scope.delete('/api/switches', (request, reply) => {
    const asked = Resume.safeParse(request.query);
    return asked.success
      ? answering(reply, async () => told(reply, await switches.resume(asked.data.offer)))
      : reply.code(400).send({
          message:
            'Name one offer as `?offer=<id>`, or nothing to take the stop of everything back.',
        });
  });
}

function told(reply: FastifyReply, { kind, message }: Switched): FastifyReply {
  return reply.code(kind === 'done' ? 200 : 400).send({ message });
}

async function answering(
  reply: FastifyReply,
  answer: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof Fault && error.code === 'store_unreachable') {
      return reply.code(503).header('retry-after', '5').send({
        message:
          'The hub cannot reach its store, so it is not known whether it was switched; ask again.',
      });
    }
    throw error;
  }
}
