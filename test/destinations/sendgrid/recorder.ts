import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { WireCall } from './spec.ts';

/** Stands between the channel and the sandbox and writes every call down. */
export async function startRecorder(target: () => string) {
  const calls: WireCall[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const method = request.method ?? '';
      const path = request.url ?? '';
      const answer = await fetch(`${target()}${path}`, {
        method,
        headers: {
          authorization: request.headers.authorization ?? '',
          'content-type': 'application/json',
        },
        ...(body === '' ? {} : { body }),
      });
      const answered = await answer.text();
      calls.push({
        method,
        path,
        requestBody: jsonOf(body),
        status: answer.status,
        responseBody: jsonOf(answered),
      });
      const id = answer.headers.get('x-message-id');
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? 'text/plain',
        ...(id === null ? {} : { 'x-message-id': id }),
      });
      response.end(answered);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function jsonOf(body: string): unknown {
  return body === '' ? undefined : JSON.parse(body);
}
