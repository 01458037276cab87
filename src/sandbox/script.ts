import type { FastifyReply, FastifyRequest } from 'fastify';

/** An answer over HTTP; without a body it is empty. */
export interface VendorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * What a stand-in plays instead of its true answer. `reset`: the connection breaks before anything happens.
 * `stall`: nothing happens and nobody answers. `done_then_reset`: the work is done and its answer is lost. `true_answer`:
 * nothing is played, so that a later call can be named.
 */
export type ScriptedAnswer = VendorAnswer | 'reset' | 'stall' | 'done_then_reset' | 'true_answer';

/** Queues of scripted answers, one per call; a call without any is answered truly. `bodyOf` gives the body that a script leaves out. */
export function createScript<Call extends string>(bodyOf: (status: number) => unknown) {
  const queues = new Map<Call, ScriptedAnswer[]>();
  return {
    add(call: Call, answers: readonly ScriptedAnswer[]): void {
      queues.set(call, [...(queues.get(call) ?? []), ...answers]);
    },

    /** Plays nothing more for this call: whatever kept it from its true answer is over. */
    end(call: Call): void {
      queues.delete(call);
    },

    /** The route: true answer, unless a scripted one waits for this call. */
    played(call: Call, trueAnswer: (request: FastifyRequest) => VendorAnswer) {
      return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
        const scripted = queues.get(call)?.shift();
        if (scripted === undefined || scripted === 'true_answer') {
          return send(reply, trueAnswer(request));
        }
        if (typeof scripted === 'object') {
          return send(reply, { body: bodyOf(scripted.status), ...scripted });
        }
        if (scripted === 'done_then_reset') {
          trueAnswer(request);
        }
        reply.hijack();
        if (scripted !== 'stall') {
          request.raw.socket.resetAndDestroy();
        }
        return reply;
      };
    },
  };
}

function send(reply: FastifyReply, answer: VendorAnswer): FastifyReply {
  return reply
    .code(answer.status)
    .headers(answer.headers ?? {})
    .send(answer.body);
}
