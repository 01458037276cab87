import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Somebody asked to stop. `exitCode` is 128 and the signal's number, as shells have it. */
export class Interrupted extends Error {
  name = 'Interrupted';

  constructor(signal) {
    super(`interrupted by ${signal}`);
    this.exitCode = exitCodeOf(signal);
  }
}

/**
 * One Ctrl-C comes here more than once: the terminal sends it to the whole group, and npm passes on what it gets. What
 * comes within this time is the same one; a second Ctrl-C of a person comes later, and is passed on too.
 */
const sameSignalMs = 400;

let running;
let interruptedBy;
let lastMs = Number.NEGATIVE_INFINITY;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
  process.on(signal, stopBy);
}

// An npm that is ended may leave us behind, because it tells only the shell between us. Without npm, for example under
// nohup, a parent that goes away means nothing.
if (process.env['npm_lifecycle_event'] !== undefined) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) {
      clearInterval(watch);
      stopBy('SIGTERM');
    }
  }, 250);
  watch.unref();
}

function stopBy(signal) {
  const nowMs = performance.now();
  if (nowMs - lastMs > sameSignalMs) {
    lastMs = nowMs;
    interruptedBy = signal;
    // A closed terminal means stop in order; few programs listen to the signal that says so.
    running?.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
  }
}

/** Throws Interrupted when a signal to stop has come. For steps that wait without a child. */
export function stopIfInterrupted() {
  if (interruptedBy !== undefined) {
    throw new Interrupted(interruptedBy);
  }
}

/**
 * Runs a program to its end and gives its exit code, 128 and the signal's number when a signal ended it. It has a process
 * group of its own and gets each signal to stop exactly once, from here. `lifeline` tells it by a channel when this process
 * is gone. `onOutput` takes what it writes, which else goes where ours goes. Throws Interrupted before starting anything
 * after a signal to stop; rejects with the system's error when the program cannot be started.
 */
export function runChild(
  program,
  args,
  { cwd, env = process.env, lifeline = false, onOutput } = {},
) {
  stopIfInterrupted();
  const output = onOutput === undefined ? ['inherit', 'inherit'] : ['pipe', 'pipe'];
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: lifeline ? { ...env, MOTISIG_LIFELINE: String(process.pid) } : env,
      detached: true,
      stdio: ['inherit', ...output, ...(lifeline ? ['ipc'] : [])],
    });
    running = child;
    child.stdout?.on('data', onOutput);
    child.stderr?.on('data', onOutput);
    child.once('error', reject);
    // `close` comes after `exit` and after the last output.
    child.once('close', (code, signal) => {
      running = undefined;
      resolve(code ?? exitCodeOf(signal));
    });
  });
}

/** A step of the set-up: like runChild, and a signal to stop that ended it is thrown as Interrupted. */
export async function runStep(program, args, options) {
  const exitCode = await runChild(program, args, options);
  stopIfInterrupted();
  return exitCode;
}

function exitCodeOf(signal) {
  return 128 + constants.signals[signal];
}
