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
  let waiting: PromiseWithResolvers<number> | undefined;
  let received = Buffer.alloc(0);
  const take = (length: number, buffer: Uint8Array): boolean => {
    received = Buffer.concat([received, buffer.subarray(0, length)]);
    const status = statusOfWhole(received);
    if (status !== undefined) {
      const done = waiting;
      received = received.subarray(0, 0);
      waiting = undefined;
      done?.resolve(status);
    }
    return true;
  };
  // One buffer for ever, and no stream of chunks: half the CPU of the ordinary way to read.
  const onread = { buffer: Buffer.alloc(16 * 1024), callback: take };
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, onread });
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

/** The status of an answer that has come as a whole; undefined while some of it is missing. */
function statusOfWhole(received: Buffer): number | undefined {
  const text = received.toString('latin1');
  const head = text.indexOf(headEnd);
  if (head < 0) {
    return undefined;
  }
  const length = /content-length: (\d+)/iu.exec(text)?.[1];
  return text.length < head + headEnd.length + Number(length ?? 0)
    ? undefined
    : Number(text.slice(9, 12));
}
