import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Accepted, Inbox } from '../core/ports.ts';
import type { Metrics } from '../metrics.ts';
import { acceptInTime } from './accept-in-time.ts';
import type { HttpLimits } from './limits.ts';
import type { HttpLog } from './log.ts';
import type { ParsedBody } from './segment.ts';

/** Seconds that a sender is asked to wait when the store did not say. */
const retryAfterS = 5;

const busyWords: Readonly<Record<Extract<Accepted, { kind: 'unavailable' }>['why'], string>> = {
  inbox_full: 'The hub has as many calls waiting as it takes; send them again later.',
  store_unreachable:
    'The hub cannot reach its store and has promised nothing; send the calls again later.',
  vendor_unreachable:
    'The hub cannot find out now whom the report is about and has promised nothing; send it again later.',
};

/** Why a request is refused, as the sender and the metrics see it. */
export interface RefusedRequest {
  readonly status: number;
  readonly reason: string;
  /** One sentence: what is wrong and the mend. */
  readonly message: string;
  readonly retryAfterS?: number;
}

/** What every door needs. */
export interface DoorDeps {
  readonly inbox: Inbox;
  readonly metrics: Metrics;
  readonly log: HttpLog;
  readonly limits: HttpLimits;
}

/** One way in, with its name in metrics, log and quarantine. */
export interface Door {
  readonly name: string;
  /**
   * Stores the calls, then answers 200 with `answer`; or 503, or `busyStatus` when the inbox is
   * full.
   */
  store(reply: FastifyReply, body: ParsedBody, answer: string): Promise<FastifyReply>;
  /** The same answers for calls that `accept` stores by a road of its own. */
  answer(
    reply: FastifyReply,
    accept: () => Promise<Accepted>,
    answer: string,
  ): Promise<FastifyReply>;
  refuse(reply: FastifyReply, refused: RefusedRequest): FastifyReply;
}

/**
 * Makes a scope of routes into a door: bodies of any content type come as raw bytes, errors are one
 * sentence, and what happens is counted under the door's name. `busyStatus` is the answer to a full
 * inbox.
 */
export function createDoor(
  scope: FastifyInstance,
  name: string,
  busyStatus: 429 | 503,
  deps: DoorDeps,
): Door {
  const received = deps.metrics.callsReceived.labels(name);
  const ignored = deps.metrics.callsIgnored.labels(name);

  const refuse = (reply: FastifyReply, refused: RefusedRequest): FastifyReply => {
    deps.metrics.requestsRefused.inc({ door: name, reason: refused.reason });
    deps.log.refused(name, refused.reason, refused.status);
    if (refused.retryAfterS !== undefined) {
      // Whole seconds: Segment's Node SDK reads a date as absent (vendors: Segment 2.1).
      reply.header('retry-after', String(Math.max(1, Math.ceil(refused.retryAfterS))));
    }
    return reply.code(refused.status).send({ message: refused.message });
  };

  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: deps.limits.bodyBytesMax },
    (_request, body, done) => done(null, body),
  );
  // Senders get the content type wrong and the body is JSON all the same; fastify answers 415 to a
  // type that it cannot read.
  scope.addHook('onRequest', (request, _reply, done) => {
    request.raw.headers['content-type'] = 'application/json';
    done();
  });
  scope.setErrorHandler((error, _request, reply) => {
    const status = statusOf(error);
    if (status === 413) {
      const message = `The body is larger than ${deps.limits.bodyBytesMax} bytes; send smaller batches.`;
      return refuse(reply, { status, reason: 'body_too_large', message });
    }
    if (status >= 400 && status < 500) {
      const message = 'The request could not be read to its end; send it again.';
      return refuse(reply, { status, reason: 'broken_request', message });
    }
    deps.log.failed(name, error);
    const message = 'The hub failed on this request and has stored nothing of it; send it again.';
    return refuse(reply, { status: 500, reason: 'hub_failed', message });
  });

  const settle = async (
    reply: FastifyReply,
    accept: () => Promise<Accepted>,
    answer: string,
    onStored: () => void,
  ): Promise<FastifyReply> => {
    const accepted = await acceptInTime(accept, deps.limits.answerMsMax);
    switch (accepted.kind) {
      case 'stored':
        onStored();
        return reply.header('content-type', 'application/json; charset=utf-8').send(answer);
      case 'unavailable': {
        const isBusy = accepted.why === 'inbox_full';
        return refuse(reply, {
          status: isBusy ? busyStatus : 503,
          reason: accepted.why,
          message: busyWords[accepted.why],
          retryAfterS: accepted.retryAfterS,
        });
      }
      case 'too_late':
        return refuse(reply, {
          status: 503,
          reason: 'store_too_slow',
          message:
            'The hub could not store the calls in time; send them again, none will count twice.',
          retryAfterS,
        });
      case 'failed':
        deps.log.failed(name, accepted.error);
        return refuse(reply, {
          status: 503,
          reason: 'store_failed',
          message: 'The hub could not store the calls; send them again, none will count twice.',
          retryAfterS,
        });
      default:
        return accepted satisfies never;
    }
  };

  return {
    name,
    refuse,
    answer: (reply, accept, answer) => settle(reply, accept, answer, () => {}),
    store: (reply, body, answer) =>
      settle(
        reply,
        () => deps.inbox.accept(body.inputs, body.quarantined),
        answer,
        () => {
          received.inc(body.inputs.length + body.quarantined.length + body.ignored);
          ignored.inc(body.ignored);
          for (const { reason } of body.quarantined) {
            deps.metrics.callsQuarantined.inc({ reason });
          }
        },
      ),
  };
}

/** The status that fastify gave an error, 500 when it is none of fastify's. */
export function statusOf(error: unknown): number {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : 500;
}
