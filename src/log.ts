import { type DestinationStream, type Logger, pino } from 'pino';

/** How much is told. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
/** One of `logLevels`: what is below it is not told. */
export type LogLevel = (typeof logLevels)[number];

/**
 * The hub's log: one JSON line per fact on stdout. Whatever a caller passes by mistake, fields that hold secrets or
 * addresses of people are cut out; bodies of events are never passed.
 */
export function createLog(level: LogLevel, stream?: DestinationStream): Logger {
  const secret = [
    'authorization',
    'cookie',
    'token',
    'accessToken',
    'writeKey',
    'password',
    'secret',
    'email',
    'raw',
    'body',
  ];
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: secret.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: '(hidden)',
    },
  };
  return stream === undefined ? pino(options) : pino(options, stream);
}
