import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** How the server of a test differs from an empty, append-only one. */
export interface RedisOptions {
  /** When written data reaches the disk; `no` keeps no append-only file at all. Default `everysec`. */
  readonly appendFsync?: 'everysec' | 'always' | 'no';
  /** More `--name value` pairs for redis-server, for example `['--maxmemory-policy', 'allkeys-lru']`. The last one counts. */
  readonly args?: readonly string[];
}

/** A real redis-server of one test file, on a private unix socket in a folder of its own. */
export interface TestRedis extends AsyncDisposable {
  /** The unix socket; stays the same through kill and restart. */
  readonly path: string;
  /** The process now; a new one after `restart`. */
  readonly pid: number;
  /** Sends the signal and, when it is one that ends a process, waits until it has ended. Data on disk stay. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Ends the server and removes its folder. May be called again. */
  stop(): Promise<void>;
  /** Starts the server again on the same folder and socket, ending it first (SIGTERM) if it still runs. */
  restart(): Promise<void>;
}

/**
 * Starts a redis-server that answers PING when this resolves. Stop it in a teardown (`afterAll(() => redis.stop())`);
 * a test run that ends without stopping it takes it along. Throws with the server's own words when it does not start.
 */
export async function startRedis(options: RedisOptions = {}): Promise<TestRedis> {
  // Short on purpose: a unix socket's path may have about 100 bytes.
  const folder = await mkdtemp(join(tmpdir(), 'mrt-'));
  const path = join(folder, 's');
  const running = new Set<ChildProcess>();
  const endWithTests = (): void => {
    for (const child of running) child.kill('SIGKILL');
  };
  process.once('exit', endWithTests);

  const start = async (): Promise<ChildProcess> => {
    const child = spawn('redis-server', serverArguments(folder, path, options), {
      stdio: 'ignore',
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    await answers(child, path, join(folder, 'log'));
    return child;
  };

  let server = await start().catch(async (error: unknown) => {
    process.off('exit', endWithTests);
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  let isStopped = false;
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (hasEnded(server)) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    if (
      signal === 'SIGTERM' ||
      signal === 'SIGKILL' ||
      signal === 'SIGINT' ||
      signal === 'SIGQUIT'
    ) {
      await ended;
    }
  };
  const stop = async (): Promise<void> => {
    if (isStopped) return;
    isStopped = true;
    process.off('exit', endWithTests);
    // SIGKILL also ends a server that a test has paused with SIGSTOP.
    await kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };

  return {
    path,
    get pid() {
      if (server.pid === undefined) throw new Error('redis-server has no process id');
      return server.pid;
    },
    kill,
    stop,
    async restart() {
      if (isStopped)
        throw new Error('this redis-server was stopped and its folder removed: start another one');
      await kill('SIGTERM');
      server = await start();
    },
    [Symbol.asyncDispose]: stop,
  };
}

function serverArguments(folder: string, path: string, options: RedisOptions): string[] {
  const appendFsync = options.appendFsync ?? 'everysec';
  const settings = [
    ['--port', '0'],
    ['--unixsocket', path],
    ['--unixsocketperm', '700'],
    ['--dir', folder],
    ['--logfile', join(folder, 'log')],
    ['--save', ''],
    ['--appendonly', appendFsync === 'no' ? 'no' : 'yes'],
    ['--appendfsync', appendFsync],
    ['--maxmemory-policy', 'noeviction'],
  ];
  return [...settings.flat(), ...(options.args ?? [])];
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function answers(child: ChildProcess, path: string, logFile: string): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const lastMs = Date.now() + 20_000;
  while (Date.now() < lastMs) {
    if (failure !== undefined) {
      throw new Error('cannot run redis-server: install it, npm test does that by itself', {
        cause: failure,
      });
    }
    if (hasEnded(child)) throw new Error(`redis-server ended at its start: ${wordsOf(logFile)}`);
    if (await pongs(path)) return;
    await delay(5);
  }
  child.kill('SIGKILL');
  throw new Error(`redis-server did not answer PING within 20 s: ${wordsOf(logFile)}`);
}

function pongs(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => done(false));
    socket.once('error', () => done(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    // While it reads its append-only file it answers -LOADING: not ready yet.
    socket.once('data', (answer) => done(answer.toString().startsWith('+PONG')));
  });
}

function wordsOf(logFile: string): string {
  return existsSync(logFile)
    ? readFileSync(logFile, 'utf8').trim().split('\n').slice(-3).join(' | ')
    : 'it wrote no log';
}
