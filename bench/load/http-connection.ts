import { once } from 'node:events';
import { connect } from 'node:net';

/** One keep-alive connection that sends prepared requests, one at a time. A client library would cost more than the server. */
export interface HttpConnection {
  /** Sends the request; resolves with the status of the answer once all of it is here. */
  send(request: Buffer): Promise<number>;
  close(): void;
}

const headEnd = '\r\n\r\n';

/** Connects to a port of this machine. A connection that is lost rejects what waits on it. */
export async function openHttpConnection(port: number): Promise<HttpConnection> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let waiting: PromiseWithResolvers<number> | undefined;
  let received = '';
  socket.setEncoding('latin1');
  socket.on('data', (text) => {
    received += text;
    const head = received.indexOf(headEnd);
    if (head < 0 || received.length < head + headEnd.length + contentLength(received, head)) {
      return;
    }
    const status = Number(received.slice(9, 12));
    const done = waiting;
    received = '';
    waiting = undefined;
    done?.resolve(status);
  });
  const fail = (): void => waiting?.reject(new Error('The server under test closed a connection.'));
  socket.on('error', fail);
  socket.on('close', fail);
  await once(socket, 'connect');
  return {
    send(request) {
      waiting = Promise.withResolvers<number>();
      socket.write(request);
      return waiting.promise;
    },
    close: () => socket.destroy(),
  };
}

function contentLength(text: string, head: number): number {
  const length = /content-length: (\d+)/iu.exec(text.slice(0, head))?.[1];
  return Number(length ?? 0);
}
