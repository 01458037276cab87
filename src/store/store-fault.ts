import { Fault } from '../core/fault.ts';

/** Answers of a server that is there and cannot serve now: starting, full, read-only after a failover, slots moving. */
const passing =
  /^(?:LOADING|BUSY|OOM|MISCONF|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|EXECABORT)\b/u;
const lost =
  /Command timed out|Connection is closed|Stream isn't writeable|ECONN|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|Socket (?:timeout|closed)|max retries per request|Too many Cluster redirections|Failed to refresh slots cache|Cluster isn't ready|None of startup nodes/iu;

/**
 * What a failed Redis call means: no connection, no answer in time or a server that cannot serve now become
 * `store_unreachable`, to be tried later; everything else is a mistake of ours and stays as it is. `doing` completes
 * "cannot ...".
 */
export function toStoreFault(error: unknown, doing: string): unknown {
  if (!(error instanceof Error) || error instanceof Fault) {
    return error;
  }
  const isPassing =
    passing.test(error.message) ||
    lost.test(error.message) ||
    error.name === 'ClusterAllFailedError';
  if (!isPassing) {
    return error;
  }
  // The cause is left out: ioredis hangs the command with its arguments, so bodies, on its errors.
  return new Fault(
    'store_unreachable',
    'later',
    `Redis did not answer, so the hub cannot ${doing} (${error.message.slice(0, 120)}); it is tried again.`,
  );
}

/** Runs a Redis call and throws what `toStoreFault` makes of its failure. */
export async function reaching<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toStoreFault(error, doing);
  }
}
