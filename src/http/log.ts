import type { Logger } from 'pino';
import type { Clock } from '../core/ports.ts';

const quietMs = 60_000;

/** What the HTTP server tells the operator. Never a body, a key or an address. */
export interface HttpLog {
  /**
   * A refused request: the first of its kind at once, then at most one line a minute that says how
   * many there were.
   */
  refused(door: string, reason: string, status: number): void;
  /** An error of our own or of the store. */
  failed(door: string, error: unknown): void;
}

/** Writes to pino, or to nobody when `log` is false. */
export function createHttpLog(log: Logger | false, clock: Clock): HttpLog {
  const told = new Map<string, { atMs: number; unsaid: number }>();
  return {
    refused(door, reason, status) {
      if (log === false) {
        return;
      }
      const kind = `${door} ${reason}`;
      const last = told.get(kind);
      const nowMs = clock.nowMs();
      if (last !== undefined && nowMs - last.atMs < quietMs) {
        last.unsaid += 1;
        return;
      }
      const requests = 1 + (last?.unsaid ?? 0);
      told.set(kind, { atMs: nowMs, unsaid: 0 });
      log.warn(
        { door, reason, status, requests },
        'requests were refused; the sender loses what it does not repeat',
      );
    },
    failed(door, error) {
      if (log !== false) {
        log.error(
          { door, error: traceOf(error) },
          'a request failed by an error of the hub; the sender repeats it',
        );
      }
    },
  };
}

/**
 * Kind and place of an error without its words: those of a store or a parser quote what they were
 * given.
 */
function traceOf(error: unknown): { name: string; code: unknown; at: string[] } {
  if (!(error instanceof Error)) {
    return { name: typeof error, code: undefined, at: [] };
  }
  const frames = (error.stack ?? '').split('\n').map((line) => line.trim());
  return {
    name: error.name,
    code: 'code' in error ? error.code : undefined,
    at: frames.filter((line) => line.startsWith('at ')).slice(0, 8),
  };
}
