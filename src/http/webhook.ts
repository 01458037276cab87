import type { FastifyInstance } from 'fastify';
import type { Clock } from '../core/ports.ts';
import { createDoor, type DoorDeps } from './door.ts';
import { openBody } from './opened-body.ts';
import type { SegmentConnector } from './segment.ts';

/**
 * `POST /segment/webhook`: Webhooks (Actions), Extensible Webhook, classic Webhooks. The answer
 * code decides whether Segment repeats or throws away (vendors: Segment 1.5): 200 stored, which
 * includes repeated and quarantined calls, 400 no JSON, 401 no right secret, 413 too large, 503
 * nothing promised.
 */
export function webhookRoutes(
  scope: FastifyInstance,
  deps: DoorDeps & { segment: SegmentConnector; clock: Clock },
): void {
  const door = createDoor(scope, 'segment_webhook', 503, deps);

  scope.post('/segment/webhook', async (request, reply) => {
    const receivedMs = deps.clock.nowMs();
    const { headers } = request;
    const opened = await openBody(
      request.body,
      headers['content-encoding'],
      deps.limits.openedBytesMax,
    );
    if (opened.kind === 'refused') {
      return door.refuse(reply, opened);
    }
    const verified = deps.segment.verify(opened.bytes, headers);
    if (verified.kind === 'refused') {
      return door.refuse(reply, {
        status: 401,
        reason: verified.reason,
        message: verified.message,
      });
    }
    // Segment has corrected the client's clock in `timestamp` already.
    const body = deps.segment.parse(opened.bytes, {
      door: door.name,
      shape: 'webhook',
      correctsClock: false,
      receivedMs,
    });
    if (body.kind === 'unreadable') {
      return door.refuse(reply, { status: 400, reason: 'unreadable_body', message: body.message });
    }
    return door.store(
      reply,
      body,
      JSON.stringify({
        success: true,
        accepted: body.inputs.length,
        quarantined: body.quarantined.length,
        ignored: body.ignored,
      }),
    );
  });
}
