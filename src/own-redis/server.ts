import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../core/fault.ts';
import { ask } from './ask.ts';

/** What a redis-server is started with. */
export interface ServerOptions {
  /** Where its files are; it exists. */
  readonly folder: string;
  /** Its unix socket. */
  readonly path: string;
  /** `strict` writes to the disk before it answers. */
  readonly durability: 'standard' | 'strict';
}

/** Longest silence at the start; a server that says it is loading its data may take as long as it needs. */
const silentMsMax = 30_000;
const stopMsMax = 10_000;

/**
 * Starts redis-server and waits until it takes commands: no port, a socket for this user only, an append-only file, no
 * eviction. Throws Fault('store_unreachable') with one sentence when it is missing, ends or keeps silent; throws the
 * signal's reason when aborted. No process is left behind then.
 */
export async function startServer(
  options: ServerOptions,
  signal: AbortSignal,
): Promise<ChildProcess> {
  const server = spawn('redis-server', argumentsOf(options), {
    // A group of its own: Ctrl-C in a terminal must reach the hub first, which needs its Redis until the end.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  server.stderr?.on('data', (chunk: Buffer) => {
    words = `${words}${chunk.toString()}`.slice(-2_000);
  });
  try {
    await untilReady(server, options, signal, () => words);
  } catch (error) {
    await endServer(server);
    throw error;
  }
  return server;
}

/** Asks a server of ours to end, kills it after 10 s, and waits until it is gone. */
export async function endServer(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || hasEnded(server)) {
    return;
  }
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  const late = setTimeout(() => server.kill('SIGKILL'), stopMsMax);
  await ended;
  clearTimeout(late);
}

/**
 * Ends a server that answers on our socket and keeps its files in our folder: an earlier hub was killed and left it. It
 * writes its file before it lets go of the socket, so the next one finds everything. True when there was one.
 */
export async function endLeftOver(folder: string, path: string): Promise<boolean> {
  const info = existsSync(path) ? await ask(path, 'INFO server') : undefined;
  const pid = Number(/^process_id:(\d+)/mu.exec(info ?? '')?.[1]);
  if (!Number.isInteger(pid) || (await ask(path, 'CONFIG GET dir'))?.includes(folder) !== true) {
    return false;
  }
  const untilMs = performance.now() + stopMsMax;
  signalTo(pid, 'SIGTERM');
  while ((await ask(path, 'PING')) !== undefined) {
    if (performance.now() > untilMs) {
      signalTo(pid, 'SIGKILL');
    }
    await delay(20);
  }
  return true;
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself meanwhile.
  }
}

/** Whether the process is gone. */
export function hasEnded(server: ChildProcess): boolean {
  return server.exitCode !== null || server.signalCode !== null;
}

function argumentsOf({ folder, path, durability }: ServerOptions): readonly string[] {
  return [
    ...['--port', '0', '--unixsocket', path, '--unixsocketperm', '700', '--daemonize', 'no'],
    ...['--dir', folder, '--pidfile', join(folder, 'redis.pid')],
    ...['--logfile', join(folder, 'redis.log')],
    ...['--appendonly', 'yes', '--appendfsync', durability === 'strict' ? 'always' : 'everysec'],
    ...['--save', '', '--maxmemory-policy', 'noeviction'],
  ];
}

async function untilReady(
  server: ChildProcess,
  { folder, path }: ServerOptions,
  signal: AbortSignal,
  words: () => string,
): Promise<void> {
  let failure: Error | undefined;
  server.once('error', (error) => {
    failure = error;
  });
  let untilMs = performance.now() + silentMsMax;
  while (performance.now() < untilMs) {
    signal.throwIfAborted();
    if (failure !== undefined) {
      throw new Fault(
        'store_unreachable',
        'never',
        'Cannot run redis-server; install Redis 6.2 or newer (Debian: apt-get install redis-server, macOS: brew install redis), or set REDIS_URL.',
        failure,
      );
    }
    if (hasEnded(server)) {
      throw new Fault(
        'store_unreachable',
        'never',
        `redis-server does not start (${lastWords(folder, words())}); mend that, or set REDIS_URL to another Redis.`,
      );
    }
    const answer = await ask(path, 'PING');
    if (answer?.startsWith('+PONG') === true) {
      return;
    }
    if (answer?.startsWith('-LOADING') === true) {
      untilMs = performance.now() + silentMsMax;
    }
    await delay(20);
  }
  throw new Fault(
    'store_unreachable',
    'later',
    `redis-server did not answer within ${silentMsMax / 1000} s (${lastWords(folder, words())}); look into ${join(folder, 'redis.log')}.`,
  );
}

/** The last line of what it wrote: on stderr about its settings, else in its log, without date and process id. */
function lastWords(folder: string, stderr: string): string {
  const file = join(folder, 'redis.log');
  const log = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const lines = (stderr.trim() === '' ? log : stderr).trim().split('\n');
  const line = lines.at(-1)?.replace(/^\d+:\w \d+ \w+ \d+ [\d:.]+ \S /u, '') ?? '';
  return line === '' ? 'it left no word why' : line.slice(0, 200);
}
