import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Longer than two starts at the same moment need to see each other. */
const settleMs = 50;

/**
 * Takes a lock that one process at a time holds: a unix socket at `path` that its owner listens on. It ends with its owner,
 * however that ends; a process id in a file could be somebody else's after a restart. Gives undefined when another process
 * holds it. Release it with `close()`.
 */
export async function takeLock(path: string): Promise<Server | undefined> {
  if ((await holderOf(path)) !== undefined) {
    return undefined;
  }
  rmSync(path, { force: true });
  const me = randomUUID();
  const lock = createServer((socket) => {
    // Who only wanted to know may be gone already.
    socket.on('error', () => {});
    socket.end(me);
  });
  const isTaken = await new Promise<boolean>((answer) => {
    lock.once('error', () => answer(false));
    lock.listen(path, () => answer(true));
  });
  if (!isTaken) {
    return undefined;
  }
  // Two that found the same left-over socket have both removed and made one: the last one made is the lock.
  await delay(settleMs);
  if ((await holderOf(path)) !== me) {
    lock.close();
    return undefined;
  }
  return lock.unref();
}

/** What the listening owner says; undefined when nobody listens. */
function holderOf(path: string): Promise<string | undefined> {
  return new Promise((answer) => {
    const socket = createConnection(path);
    let said = '';
    socket.on('data', (chunk) => {
      said += chunk.toString();
    });
    socket.once('end', () => answer(said));
    socket.once('error', () => answer(undefined));
    // An owner that is stopped or busy still holds the lock.
    socket.setTimeout(1_000, () => {
      socket.destroy();
      answer('');
    });
  });
}
