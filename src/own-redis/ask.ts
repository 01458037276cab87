import { createConnection } from 'node:net';

/**
 * Asks a redis-server on a socket one inline command, over a connection of its own. Gives the raw answer, which is an error
 * line while the server loads its data; undefined when nobody answers within a second.
 */
export function ask(path: string, command: string): Promise<string | undefined> {
  return new Promise((answer) => {
    const socket = createConnection(path);
    const chunks: Buffer[] = [];
    const done = (text: string | undefined): void => {
      socket.destroy();
      answer(text);
    };
    socket.setTimeout(1_000, () => done(undefined));
    socket.once('error', () => done(undefined));
    socket.once('connect', () => socket.write(`${command}\r\nQUIT\r\n`));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('end', () => done(Buffer.concat(chunks).toString()));
  });
}
