import type { FastifyInstance, FastifyReply } from 'fastify';
import type { LinkDesk } from '../links/desk.ts';
import { type LinkAnswer, linkHeaders, plainPage } from '../links/page.ts';
import type { LinkAction } from '../links/token.ts';
import { statusOf } from './door.ts';
import type { HttpLog } from './log.ts';

const bodyBytesMax = 16 * 1024;
const actions: readonly LinkAction[] = ['go', 'dismiss', 'unsubscribe'];

/**
 * `/go/<token>`, `/dismiss/<token>`, `/unsubscribe/<token>`. GET and HEAD change nothing, so neither a mail scanner nor a
 * prefetch can; a POST does what its button says, and one that a browser marks as prefetch is refused. No answer, log line
 * or metric names a person or holds a token.
 */
export function linkRoutes(
  scope: FastifyInstance,
  deps: { readonly desk: LinkDesk; readonly log: HttpLog },
): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: bodyBytesMax },
    (_request, body, done) => done(null, body),
  );
  scope.setErrorHandler((error, _request, reply) => {
    const status = statusOf(error);
    if (status >= 500) {
      deps.log.failed('links', error);
    }
    return send(
      reply,
      status < 500
        ? plainPage(status, 'This did not arrive whole', 'Open the link once more and try again.')
        : plainPage(
            500,
            'Something went wrong here',
            'It is not your mistake. Please try again later.',
          ),
    );
  });

  for (const action of actions) {
    const url = `/${action}/:token`;
    scope.get<{ Params: { token: string } }>(url, async (request, reply) =>
      send(reply, await deps.desk.show(action, request.params.token)),
    );
    scope.post<{ Params: { token: string } }>(url, async (request, reply) => {
      const { headers, params, body } = request;
      if (isSpeculative(headers)) {
        return send(reply, { status: 204, text: '' });
      }
      const form = await formOf(body, headers['content-type']);
      return send(reply, await deps.desk.press(action, params.token, form));
    });
  }
}

function send(reply: FastifyReply, { status, text, retryAfterS }: LinkAnswer): FastifyReply {
  if (retryAfterS !== undefined) {
    reply.header('retry-after', String(retryAfterS));
  }
  return reply.code(status).headers(linkHeaders).send(text);
}

/** What a browser asks for before anybody wants it. */
function isSpeculative(headers: Readonly<Record<string, unknown>>): boolean {
  const purpose = `${String(headers['sec-purpose'] ?? '')} ${String(headers['purpose'] ?? '')}`;
  return /prefetch|prerender|preview/iu.test(purpose);
}

/** The fields of a form, as either of the two kinds that RFC 8058 allows; none where it is no form. */
async function formOf(body: unknown, contentType: string | undefined): Promise<URLSearchParams> {
  if (!Buffer.isBuffer(body) || body.length === 0) {
    return new URLSearchParams();
  }
  if (contentType?.toLowerCase().startsWith('multipart/form-data') !== true) {
    return new URLSearchParams(body.toString());
  }
  try {
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': contentType },
    }).formData();
    const fields = new URLSearchParams();
    for (const [name, value] of form) {
      if (typeof value === 'string') {
        fields.append(name, value);
      }
    }
    return fields;
  } catch {
    return new URLSearchParams();
  }
}
