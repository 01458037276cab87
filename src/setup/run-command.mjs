import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { root } from './root.mjs';
import { say } from './say.mjs';

/**
 * Runs a program of the project with the pinned Node and gives its exit code. Ctrl-C in a terminal reaches the whole group, so the child has it already; a signal to this process alone is handed on.
 */
export function runOne(node, [script, ...args]) {
  return new Promise((ended) => {
    const child = spawn(node, [`${root}/${script}`, ...args], { cwd: root, stdio: 'inherit' });
    const handOn = (signal) => {
      if (!(signal === 'SIGINT' && process.stdin.isTTY)) {
        child.kill(signal);
      }
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, handOn);
    }
    child.once('error', (error) => {
      say(`motisig: Cannot run ${node} (${error.code}); delete node_modules and run the same command again.`);
      ended(1);
    });
    child.once('exit', (code, signal) => ended(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

/** Runs checks one after the other, all of them, and gives 1 when one failed. */
export async function runAll(node, checks) {
  const failed = [];
  for (const { name, command } of checks) {
    const start = performance.now();
    const code = await runOne(node, command);
    say(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    if (code !== 0) {
      failed.push(name);
    }
  }
  if (failed.length > 0) {
    say(`Failed: ${failed.join(', ')}.`);
  }
  return failed.length === 0 ? 0 : 1;
}
