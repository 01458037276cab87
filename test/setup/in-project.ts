import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

/** The address of a file of the set-up, for scripts that import it. The set-up is plain JavaScript without types. */
export const setupFile = (name: string): string =>
  pathToFileURL(join(import.meta.dirname, '..', '..', 'src', 'setup', name)).href;

/** A script that runs in a process of its own. */
export interface RunningScript extends AsyncDisposable {
  readonly pid: number;
  /** What it wrote so far. */
  output(): string;
  /** Resolves when it and all who write where it writes have ended, with its exit code and all output. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
  /** Waits until it has written these words. */
  says(words: string): Promise<void>;
}

/** Runs a script as an ES module. */
export function runScript(script: string, env: NodeJS.ProcessEnv = process.env): RunningScript {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, output }));
  return {
    pid: child.pid ?? 0,
    output: () => output,
    ended,
    async says(words) {
      while (!output.includes(words)) {
        await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), ended]);
        if (!output.includes(words) && child.exitCode !== null) {
          throw new Error(`the script ended without saying "${words}": ${output}`);
        }
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
