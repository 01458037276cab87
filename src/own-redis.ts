import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Fault } from './core/fault.ts';

/** What an own Redis is told. */
export interface OwnRedisOptions {
  /** Its files are in `<dataDir>/redis`. */
  readonly dataDir: string;
  /** `strict` writes to the disk before it answers. */
  readonly durability: 'standard' | 'strict';
  readonly log: Pick<Logger, 'warn' | 'error'>;
}

/** A redis-server that belongs to this process. */
export interface OwnRedis {
  readonly connection: { readonly path: string };
  readonly pid: number;
  /** Lets it write its file and end; kills it after 10 s. May be called again. */
  stop(): Promise<void>;
}

/** A unix socket's path may have about 104 bytes (macOS) or 108 (Linux). */
const socketPathMax = 100;
const startMsMax = 30_000;
const stopMsMax = 10_000;

/**
 * The socket of the own Redis of a data folder: inside it, or where that path is too long for a socket, in a private folder
 * under the system's temporary one.
 */
export function ownRedisPath(dataDir: string): string {
  const path = join(resolve(dataDir), 'redis', 'redis.sock');
  if (Buffer.byteLength(path) <= socketPathMax) {
    return path;
  }
  const name = createHash('sha256').update(path).digest('hex').slice(0, 16);
  return join(tmpdir(), `motisig-${userInfo().uid}-${name}`, 'redis.sock');
}

/**
 * Starts redis-server on a socket that only this user can open, with an append-only file and no eviction. A server that an
 * earlier, killed hub left behind is taken over. One that dies is started again. Throws Fault('store_unreachable') with
 * one sentence when redis-server is missing or does not start, Fault('environment_invalid') when another hub uses the folder.
 */
export async function startOwnRedis(options: OwnRedisOptions): Promise<OwnRedis> {
  const path = ownRedisPath(options.dataDir);
  const folder = join(resolve(options.dataDir), 'redis');
  for (const place of [folder, resolve(path, '..')]) {
    mkdirSync(place, { recursive: true, mode: 0o700 });
    chmodSync(place, 0o700);
  }
  const lock = await takeLock(options.dataDir);
  try {
    const supervised = await supervise(folder, path, options);
    // Whatever way this process ends by itself, its Redis ends too.
    process.once('exit', () => signal(supervised.pid(), 'SIGTERM'));
    let stopping: Promise<void> | undefined;
    return {
      connection: { path },
      get pid() {
        return supervised.pid();
      },
      stop() {
        stopping ??= supervised.stop().finally(() => lock.close());
        return stopping;
      },
    };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/**
 * One hub per data folder: two would answer for the same Redis. The lock is a socket that its owner listens on, so that it
 * ends with its owner, however that ends; a process id could be somebody else's after a restart of the machine.
 */
async function takeLock(dataDir: string): Promise<Server> {
  const path = join(ownRedisPath(dataDir), '..', 'hub.sock');
  const refused = new Fault(
    'environment_invalid',
    'never',
    `Another hub uses ${resolve(dataDir)}; stop it, or set DATA_DIR or REDIS_URL for this one.`,
  );
  if (existsSync(path)) {
    if (await isListening(path)) {
      throw refused;
    }
    rmSync(path, { force: true });
  }
  const lock = createServer((socket) => socket.destroy());
  return new Promise((taken, failed) => {
    lock.once('error', () => failed(refused));
    lock.listen(path, () => taken(lock.unref()));
  });
}

function isListening(path: string): Promise<boolean> {
  return new Promise((answer) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      answer(true);
    });
    socket.once('error', () => answer(false));
  });
}

interface Supervised {
  pid(): number;
  stop(): Promise<void>;
}

async function supervise(
  folder: string,
  path: string,
  options: OwnRedisOptions,
): Promise<Supervised> {
  let isStopping = false;
  let pid = await adopt(folder, path);
  let child: ChildProcess | undefined;
  const launch = async (): Promise<void> => {
    child = spawn('redis-server', serverArguments(folder, path, options.durability), {
      // A group of its own: Ctrl-C in the terminal must reach the hub first, which still needs its Redis.
      detached: true,
      stdio: 'ignore',
    });
    const started = child;
    await untilAnswers(started, path, folder);
    pid = started.pid;
    started.once('exit', () => void revive());
  };
  const revive = async (): Promise<void> => {
    while (!isStopping) {
      options.log.error('The own redis-server ended by itself; it is started again.');
      try {
        await launch();
        return;
      } catch {
        await delay(1_000);
      }
    }
  };
  if (pid === undefined) {
    await launch();
  } else {
    options.log.warn('A redis-server that an earlier hub left behind is taken over.');
  }
  return {
    pid: () => pid ?? 0,
    async stop() {
      isStopping = true;
      if (pid !== undefined) {
        await end(pid);
      }
    },
  };
}

function serverArguments(
  folder: string,
  path: string,
  durability: 'standard' | 'strict',
): readonly string[] {
  return [
    ...['--port', '0', '--unixsocket', path, '--unixsocketperm', '700'],
    ...[
      '--dir',
      folder,
      '--pidfile',
      join(folder, 'redis.pid'),
      '--logfile',
      join(folder, 'redis.log'),
    ],
    ...['--appendonly', 'yes', '--appendfsync', durability === 'strict' ? 'always' : 'everysec'],
    ...['--save', '', '--maxmemory-policy', 'noeviction', '--daemonize', 'no'],
  ];
}

/** The pid of a server that answers on our socket and keeps its files in our folder. */
async function adopt(folder: string, path: string): Promise<number | undefined> {
  const info = existsSync(path) ? await ask(path, 'INFO server') : undefined;
  const pid = Number(/^process_id:(\d+)/mu.exec(info ?? '')?.[1]);
  if (!Number.isInteger(pid)) {
    rmSync(path, { force: true });
    return undefined;
  }
  const where = await ask(path, 'CONFIG GET dir');
  return where?.includes(folder) === true ? pid : undefined;
}

async function untilAnswers(child: ChildProcess, path: string, folder: string): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const deadline = performance.now() + startMsMax;
  while (performance.now() < deadline) {
    if (failure !== undefined) {
      throw new Fault(
        'store_unreachable',
        'never',
        'Cannot start redis-server because it is not installed; install Redis 6.2 or newer (Debian: apt-get install redis-server, macOS: brew install redis), or set REDIS_URL.',
        failure,
      );
    }
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Fault(
        'store_unreachable',
        'never',
        `redis-server does not start: ${lastWords(folder)}; see ${join(folder, 'redis.log')}.`,
      );
    }
    // While it loads a long append-only file it answers LOADING.
    if ((await ask(path, 'PING'))?.startsWith('+PONG') === true) {
      return;
    }
    await delay(20);
  }
  child.kill('SIGKILL');
  throw new Fault(
    'store_unreachable',
    'later',
    `redis-server did not answer within ${startMsMax / 1000} s: ${lastWords(folder)}; see ${join(folder, 'redis.log')}.`,
  );
}

function lastWords(folder: string): string {
  const file = join(folder, 'redis.log');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  return (lines.at(-1) ?? 'it left no log')
    .replace(/^\S+ \d+ \w+ \d+ [\d:.]+ \S /u, '')
    .slice(0, 200);
}

/** One command over a connection of its own; undefined when nobody answers within a second. */
function ask(path: string, command: string): Promise<string | undefined> {
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

async function end(pid: number): Promise<void> {
  const deadline = performance.now() + stopMsMax;
  signal(pid, 'SIGTERM');
  while (isAlive(pid)) {
    if (performance.now() > deadline) {
      signal(pid, 'SIGKILL');
    }
    await delay(20);
  }
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  if (pid > 0 && isAlive(pid)) {
    process.kill(pid, name);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
