import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** One call that the receiver got. */
export interface ReceivedCall {
  readonly body: string;
  readonly idempotencyKey: string | undefined;
  /** Whether the signature is right, checked as docs/links.md tells a receiver to. */
  readonly isSigned: boolean;
}

/** A customer's upgrade webhook on this machine. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly calls: readonly ReceivedCall[];
  /** What it does with the next calls: answer with a status, or close the connection without an answer, or never answer. */
  answers(answer: number | 'reset' | 'never'): void;
}

export const upgradeSecret = 'secret-of-the-upgrade-webhook';

/** Starts a receiver on a free port; it answers 200. */
export async function startReceiver(): Promise<Receiver> {
  const calls: ReceivedCall[] = [];
  let answer: number | 'reset' | 'never' = 200;
  const server = createServer((request, response) => void take(request, response));
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = '';
    for await (const chunk of request) {
      body += String(chunk);
    }
    const { 'idempotency-key': key, 'x-motisig-signature': signature } = request.headers;
    calls.push({
      body,
      idempotencyKey: typeof key === 'string' ? key : undefined,
      isSigned: isSigned(String(signature), body),
    });
    if (answer === 'reset') {
      request.socket.destroy();
    } else if (answer !== 'never') {
      response.writeHead(answer, { location: 'http://127.0.0.1:1/' }).end('{"ok":true}');
    }
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    url: `http://127.0.0.1:${port}/upgrades`,
    calls,
    answers: (next) => {
      answer = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function isSigned(header: string, body: string): boolean {
  const [, seconds, given] = /^t=(\d+),v1=([0-9a-f]{64})$/u.exec(header) ?? [];
  return given === createHmac('sha256', upgradeSecret).update(`${seconds}.${body}`).digest('hex');
}
