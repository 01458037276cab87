import { readEnvironment } from '../environment.ts';
import { createLog } from '../log.ts';
import { start } from './start.ts';

/** Longest a stop may take before the process ends anyway. */
const stopMsMax = 15_000;
/** A signal this long after the first one means: at once. */
const secondSignalMs = 1_000;

/**
 * `motisig start`: runs a hub until SIGINT or SIGTERM, then stops it in order. A second signal ends it at once. Gives the
 * exit code.
 */
export async function runStart(role: 'all' | 'api' | 'worker'): Promise<number> {
  const asked = Promise.withResolvers<void>();
  let firstMs: number | undefined;
  const onSignal = (): void => {
    const nowMs = performance.now();
    firstMs ??= nowMs;
    // Whoever signals the whole process group sends the same wish several times at once.
    if (nowMs - firstMs > secondSignalMs) {
      process.exit(1);
    }
    asked.resolve();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const { environment, warnings } = readEnvironment(process.env);
  const log = createLog(environment.logLevel);
  for (const warning of warnings) {
    log.warn(warning);
  }
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const started = await start({ role, environment, clock: { nowMs: () => Date.now() }, log, say });
  await asked.promise;
  say('Stopping: what was begun is finished first. Press Ctrl-C again to stop at once.');
  const late = setTimeout(() => process.exit(1), stopMsMax);
  await started.stop();
  clearTimeout(late);
  return 0;
}
