import type { FastifyInstance } from 'fastify';
import type { Clock, FeedbackConnector } from '../core/ports.ts';
import { doorOf, type FeedbackRoad } from '../inbox/feedback-road.ts';
import { createDoor, type DoorDeps } from './door.ts';
import { openBody } from './opened-body.ts';

/** SendGrid's batches are the largest of the three; they stay under 1 MB (vendors: SendGrid 2). */
const bodyBytesMax = 5 * 1024 * 1024;
/** With the look-up of the decisions before it still within the 5 s after which Intercom gives up (vendors: Intercom 0.6). */
const answerMsMax = 3_000;

const success = '{"success":true}';

/** What opens each vendor's door: without it nothing that comes could be told from a forgery. */
const settingOf: Readonly<Record<FeedbackConnector['vendor'], string>> = {
  intercom: 'INTERCOM_CLIENT_SECRET',
  sendgrid: 'SENDGRID_WEBHOOK_PUBLIC_KEY',
  hubspot: 'HUBSPOT_CLIENT_SECRET',
};

/** What a vendor's door needs besides. */
export interface FeedbackDoorDeps extends DoorDeps {
  readonly clock: Clock;
  readonly road: FeedbackRoad;
  /** Where vendors reach the hub; HubSpot signs the address. */
  readonly publicUrl: () => string;
}

/**
 * `POST /webhooks/<vendor>`: what a vendor reports about our prompts. The signature is checked on the bytes as they came.
 * 200 stored, which includes repeated, unknown and quarantined reports, so that one odd event never makes a vendor repeat
 * or give up a batch; 401 not signed by the vendor, 413 too large, 503 with Retry-After when Redis is away. HEAD answers
 * 200, with which Intercom tries an address when it is entered (vendors: Intercom 2).
 */
export function feedbackRoutes(
  scope: FastifyInstance,
  connector: FeedbackConnector,
  deps: FeedbackDoorDeps,
): void {
  const { vendor } = connector;
  const limits = { ...deps.limits, bodyBytesMax, openedBytesMax: bodyBytesMax, answerMsMax };
  const door = createDoor(scope, doorOf(vendor), 503, { ...deps, limits });
  const url = `/webhooks/${vendor}`;

  scope.head(url, (_request, reply) => reply.send());

  scope.post(url, { bodyLimit: bodyBytesMax }, async (request, reply) => {
    const receivedMs = deps.clock.nowMs();
    const { headers, method } = request;
    const opened = await openBody(request.body, headers['content-encoding'], bodyBytesMax);
    if (opened.kind === 'refused') {
      return door.refuse(reply, opened);
    }
    const verified = connector.verify({
      body: opened.bytes,
      headers,
      method,
      url: `${deps.publicUrl().replace(/\/+$/u, '')}${request.url}`,
      nowMs: receivedMs,
    });
    if (!verified.ok) {
      return door.refuse(reply, { status: 401, reason: 'bad_signature', message: verified.why });
    }
    const report = connector.parse(opened.bytes, receivedMs);
    return door.answer(reply, () => deps.road.accept(vendor, report, receivedMs), success);
  });
}

/** `/webhooks/<anything else>`: 404 that says what opens the door, for a vendor that has one. */
export function closedFeedbackRoutes(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
  scope.route<{ Params: { vendor: string } }>({
    method: ['POST', 'HEAD'],
    url: '/webhooks/:vendor',
    handler: (request, reply) => {
      const { vendor } = request.params;
      const message = isVendor(vendor)
        ? `The hub takes nothing from ${vendor} as long as ${settingOf[vendor]} is not set, because it could not tell a report from a forgery.`
        : `There is no such door; vendors report at ${Object.keys(settingOf)
            .map((name) => `/webhooks/${name}`)
            .join(', ')}.`;
      return reply.code(404).send({ message });
    },
  });
}

function isVendor(name: string): name is FeedbackConnector['vendor'] {
  return Object.hasOwn(settingOf, name);
}
