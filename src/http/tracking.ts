import type { FastifyInstance } from 'fastify';
import type { Clock } from '../core/ports.ts';
import { createDoor, type DoorDeps } from './door.ts';
import { openBody } from './opened-body.ts';
import { createSecretTest, writeKeysOf } from './secret.ts';
import type { CallType, SegmentConnector } from './segment.ts';

const callTypes: readonly CallType[] = ['track', 'identify', 'group', 'page', 'screen', 'alias'];

/**
 * Path to shape. The browser SDK uses the first letter of the type, Jitsu `/api/s/<type>` (vendors:
 * Segment 2.2). An import holds old calls: their `sentAt` says nothing about the sender's clock
 * now.
 */
const paths: readonly {
  readonly url: string;
  readonly shape: CallType | 'batch';
  readonly correctsClock: boolean;
}[] = [
  ...callTypes.flatMap((shape) =>
    [`/v1/${shape}`, `/v1/${shape.charAt(0)}`, `/api/s/${shape}`].map((url) => ({
      url,
      shape,
      correctsClock: true,
    })),
  ),
  { url: '/v1/batch', shape: 'batch', correctsClock: true },
  { url: '/v1/b', shape: 'batch', correctsClock: true },
  { url: '/v1/import', shape: 'batch', correctsClock: false },
];

const success = '{"success":true}';

/**
 * Segment's Tracking API, for SDKs that are pointed straight at the hub. Who knows a write key may
 * put calls in: by Basic, `X-Write-Key` or `writeKey` in the body. Answers as Segment does, but 401
 * for an unknown key, so that a self-hoster sees the mistake; 429 when the inbox is full, because
 * the SDKs wait out a 429 without giving up.
 */
export function trackingRoutes(
  scope: FastifyInstance,
  deps: DoorDeps & { segment: SegmentConnector; clock: Clock; writeKeys: readonly string[] },
): void {
  const door = createDoor(scope, 'tracking_api', 429, deps);
  const isKnownKey = createSecretTest(deps.writeKeys);
  const unknownKey = {
    status: 401,
    reason: 'unknown_key',
    message: 'The write key is none of this hub; put one of SEGMENT_WRITE_KEYS into the client.',
  };

  // Browsers send from other origins; a write key is no secret that an origin could protect.
  scope.addHook('onRequest', (_request, reply, done) => {
    reply.header('access-control-allow-origin', '*');
    done();
  });

  for (const { url, shape, correctsClock } of paths) {
    scope.options(url, (_request, reply) =>
      reply
        .code(204)
        .header('access-control-allow-methods', 'POST, OPTIONS')
        .header(
          'access-control-allow-headers',
          'authorization, content-type, content-encoding, x-retry-count, x-write-key',
        )
        .header('access-control-max-age', '86400')
        .send(),
    );

    scope.post(url, async (request, reply) => {
      const receivedMs = deps.clock.nowMs();
      const { headers } = request;
      const keys = writeKeysOf(headers);
      // A wrong key is refused before the body is opened; without one the body must be read for it.
      if (keys.length > 0 && !keys.some(isKnownKey)) {
        return door.refuse(reply, unknownKey);
      }
      const opened = await openBody(
        request.body,
        headers['content-encoding'],
        deps.limits.openedBytesMax,
      );
      if (opened.kind === 'refused') {
        return door.refuse(reply, opened);
      }
      const body = deps.segment.parse(opened.bytes, {
        door: door.name,
        shape,
        correctsClock,
        receivedMs,
      });
      if (body.kind === 'unreadable') {
        return door.refuse(reply, {
          status: 400,
          reason: 'unreadable_body',
          message: body.message,
        });
      }
      if (keys.length === 0 && (body.writeKey === undefined || !isKnownKey(body.writeKey))) {
        return door.refuse(reply, unknownKey);
      }
      return door.store(reply, body, success);
    });
  }
}
