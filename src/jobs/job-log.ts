/** What the jobs need of a log: fields without data of persons, and one sentence. A pino logger is one. */
export interface JobLog {
  info(fields: Readonly<Record<string, unknown>>, sentence: string): void;
  warn(fields: Readonly<Record<string, unknown>>, sentence: string): void;
  error(fields: Readonly<Record<string, unknown>>, sentence: string): void;
}

const quietMs = 30_000;

/**
 * Logs connection troubles: the same message at most every 30 s, because each of many queues tells of one outage every
 * second. Never logs the error itself, which may carry a command with its arguments.
 */
export function createTroubleLog(log: JobLog): (message: string) => void {
  const lastMs = new Map<string, number>();
  return (message) => {
    const nowMs = performance.now();
    if (nowMs - (lastMs.get(message) ?? Number.NEGATIVE_INFINITY) >= quietMs) {
      // A server in trouble has few ways to say so; a full map means changing texts, and starting anew is harmless.
      if (lastMs.size >= 100) {
        lastMs.clear();
      }
      lastMs.set(message, nowMs);
      log.warn({ trouble: message }, 'Redis is in trouble; work waits and goes on by itself.');
    }
  };
}
