import type { JobLog } from '../../src/jobs/job-log.ts';

/** A log that keeps what it is told. */
export function keepingLog(): JobLog & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (fields: Readonly<Record<string, unknown>>, sentence: string) => {
    lines.push(`${sentence} ${JSON.stringify(fields)}`);
  };
  return { lines, info: keep, warn: keep, error: keep };
}
