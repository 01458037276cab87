import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Fault } from './core/fault.ts';
import { takeLock } from './own-redis/folder-lock.ts';
import {
  endLeftOver,
  endServer,
  hasEnded,
  type ServerOptions,
  startServer,
} from './own-redis/server.ts';

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
  /** The server's process now; another one after it has died and was started again. */
  readonly pid: number;
  /** Lets it write its file and end; kills it after 10 s. May be called again. */
  stop(): Promise<void>;
}

/** A unix socket's path may have about 104 bytes (macOS) or 108 (Linux). */
const socketPathMax = 100;
const reviveMs = 1_000;

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
 * Starts redis-server on a socket that only this user can open, with an append-only file and no eviction. One that an
 * earlier, killed hub left behind is ended first. One that dies is started again. Ends with this process, unless that is
 * killed. Throws Fault('store_unreachable') with one sentence when redis-server is missing or does not start,
 * Fault('environment_invalid') when another hub uses the folder or the folder cannot be used.
 */
export async function startOwnRedis(options: OwnRedisOptions): Promise<OwnRedis> {
  const { dataDir, durability, log } = options;
  const path = ownRedisPath(dataDir);
  const folder = join(resolve(dataDir), 'redis');
  makePrivate(folder);
  makePrivate(dirname(path));
  const lock = takeLock(join(folder, 'hub.lock'));
  if (lock === undefined) {
    throw new Fault(
      'environment_invalid',
      'never',
      `Another hub uses ${resolve(dataDir)}; stop it, or set DATA_DIR or REDIS_URL for this one.`,
    );
  }
  try {
    if (await endLeftOver(folder, path)) {
      log.warn(
        'A redis-server that an earlier hub left behind was ended; its data are taken over.',
      );
    }
    const supervised = await supervise({ folder, path, durability }, log);
    let stopping: Promise<void> | undefined;
    return {
      connection: { path },
      get pid() {
        return supervised.pid();
      },
      stop() {
        stopping ??= supervised.stop().finally(() => lock.release());
        return stopping;
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Makes a folder that only this user can enter. One of another user is refused: it could hold another's socket. */
function makePrivate(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(folder);
    if (!found.isDirectory() || found.uid !== userInfo().uid) {
      throw new Error('it is not a folder of this user');
    }
    chmodSync(folder, 0o700);
  } catch (error) {
    throw new Fault(
      'environment_invalid',
      'never',
      `Cannot use the folder ${folder} for the hub's own Redis; make it a folder of this user, or set DATA_DIR or REDIS_URL.`,
      error,
    );
  }
}

interface Supervised {
  pid(): number;
  stop(): Promise<void>;
}

/** Keeps a server running until it is stopped. */
async function supervise(options: ServerOptions, log: OwnRedisOptions['log']): Promise<Supervised> {
  const stop = new AbortController();
  let server = await startServer(options, stop.signal);
  let reviving: Promise<void> | undefined;
  // An end without a stop, for example on a second Ctrl-C: nothing may be left behind.
  const endWithProcess = (): void => {
    server.kill('SIGTERM');
  };
  process.once('exit', endWithProcess);
  const revive = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      log.error('The own redis-server ended by itself; it is started again.');
      try {
        server = await startServer(options, stop.signal);
        watch();
        return;
      } catch {
        // Whatever the reason, for example a full disk: the hub answers 503 meanwhile, and recovers when it is gone.
        await delay(reviveMs, undefined, { signal: stop.signal }).catch(() => {});
      }
    }
  };
  const watch = (): void => {
    const onEnd = (): void => {
      if (!stop.signal.aborted) {
        reviving = revive();
      }
    };
    if (hasEnded(server)) {
      onEnd();
    } else {
      server.once('exit', onEnd);
    }
  };
  watch();
  return {
    pid: () => server.pid ?? 0,
    async stop() {
      stop.abort();
      await reviving;
      await endServer(server);
      process.off('exit', endWithProcess);
    },
  };
}
