import { Cluster, Redis } from 'ioredis';
import { Fault } from '../core/fault.ts';
import { scripts } from './scripts.ts';

/** Where Redis is: a unix socket, one server (`redis://` or `rediss://`), or some nodes of a cluster. */
export type RedisTarget =
  | { readonly path: string }
  | { readonly url: string }
  | { readonly cluster: readonly string[] };

/** A connection made by `createRedis`; the only type of ioredis that leaves this folder. */
export type RedisConnection = Redis | Cluster;

/**
 * `producer`: whoever must answer soon. Nothing waits for a server that is away: a command is refused at once while
 * disconnected and after 2 s without an answer. `worker`: BullMQ workers, whose commands wait until the server is back.
 */
export type ConnectionKind = 'producer' | 'worker';

const commandTimeoutMs = 2000;
/** A socket that swallowed a command for so long is dead (a cable pulled, a host gone): drop it and connect anew. */
const socketTimeoutMs = 5000;
const reconnectMsMax = 1000;

/**
 * Opens a connection that reconnects for ever, at most 1 s apart. `onTrouble` gets the message of every connection
 * error; none holds a password. Close it with `disconnect()`.
 */
export function createRedis(
  target: RedisTarget,
  kind: ConnectionKind,
  onTrouble: (message: string) => void = () => {},
): RedisConnection {
  const redis = open(target, kind);
  redis.on('error', (error: Error) => onTrouble(error.message));
  return redis;
}

/** Waits until the connection can take commands. Throws `store_unreachable` after `withinMs`. */
export async function whenReady(
  redis: RedisConnection,
  target: RedisTarget,
  withinMs = 5000,
): Promise<void> {
  if (redis.status === 'ready') {
    return;
  }
  let last = 'no answer';
  const remember = (error: Error) => {
    last = error.message;
  };
  redis.on('error', remember);
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        redis.off('ready', ready);
        reject(
          new Fault(
            'store_unreachable',
            'later',
            `Cannot reach Redis at ${nameOf(target)} within ${withinMs / 1000} s (${last}); start it, or set REDIS_URL to one that runs.`,
          ),
        );
      }, withinMs);
      const ready = () => {
        clearTimeout(timer);
        resolve();
      };
      redis.once('ready', ready);
    });
  } finally {
    redis.off('error', remember);
  }
}

/** The target for people: path or host and port, without user and password. */
export function nameOf(target: RedisTarget): string {
  if ('path' in target) {
    return target.path;
  }
  return ('url' in target ? [target.url] : target.cluster)
    .map((url) => addressOf(url).name)
    .join(', ');
}

function open(target: RedisTarget, kind: ConnectionKind): RedisConnection {
  const options = optionsOf(kind);
  if ('path' in target) {
    return new Redis({ ...options, ...reconnecting(kind), path: target.path, scripts });
  }
  if ('url' in target) {
    return new Redis(target.url, { ...options, ...reconnecting(kind), scripts });
  }
  const nodes = target.cluster.map(addressOf);
  const first = nodes[0];
  return new Cluster(
    nodes.map(({ host, port }) => ({ host, port })),
    {
      scripts,
      enableOfflineQueue: kind === 'worker',
      clusterRetryStrategy: reconnectDelayMs,
      redisOptions: {
        ...options,
        ...(first?.username === undefined ? {} : { username: first.username }),
        ...(first?.password === undefined ? {} : { password: first.password }),
        ...(first?.isTls === true ? { tls: {} } : {}),
      },
    },
  );
}

/**
 * A producer never resends by itself what a lost connection left unanswered: the caller hears of it and decides, because
 * a step that may or may not have been stored must be looked at again, not repeated blindly.
 */
function optionsOf(kind: ConnectionKind) {
  return kind === 'producer'
    ? {
        maxRetriesPerRequest: 1,
        commandTimeout: commandTimeoutMs,
        socketTimeout: socketTimeoutMs,
        autoResendUnfulfilledCommands: false,
      }
    : { maxRetriesPerRequest: null };
}

function reconnecting(kind: ConnectionKind) {
  return { retryStrategy: reconnectDelayMs, enableOfflineQueue: kind === 'worker' };
}

function reconnectDelayMs(times: number): number {
  return Math.min(times * 50, reconnectMsMax);
}

function addressOf(url: string) {
  const parsed = new URL(url);
  const host = parsed.hostname;
  const port = parsed.port === '' ? 6379 : Number(parsed.port);
  return {
    host,
    port,
    name: `${host}:${port}`,
    username: parsed.username === '' ? undefined : decodeURIComponent(parsed.username),
    password: parsed.password === '' ? undefined : decodeURIComponent(parsed.password),
    isTls: parsed.protocol === 'rediss:',
  };
}
