import { join } from 'node:path';
import { runChild, stopIfInterrupted } from './child.mjs';

/** What is checked, in this order: types, lint with the layers, form, and what nobody uses. */
const checks = [
  { name: 'tsc', file: 'typescript/bin/tsc', args: [] },
  { name: 'oxlint', file: 'oxlint/bin/oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'biome', file: '@biomejs/biome/bin/biome', args: ['check', '--error-on-warnings'] },
  { name: 'knip', file: 'knip/bin/knip.js', args: [] },
];

/**
 * Runs all checks, also after one that failed; prints a line for each, and the output of those that failed. Gives 1 when
 * any failed, else 0.
 */
export async function runChecks(root, node, env) {
  let hasFailed = false;
  for (const { name, file, args } of checks) {
    const output = [];
    const startMs = performance.now();
    const exitCode = await runChild(node, [join('node_modules', file), ...args], {
      cwd: root,
      env,
      onOutput: (chunk) => output.push(chunk),
    });
    stopIfInterrupted();
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    process.stdout.write(`${name.padEnd(8)}${exitCode === 0 ? 'ok' : 'FAILED'}  ${seconds} s\n`);
    if (exitCode !== 0) {
      hasFailed = true;
      process.stdout.write(`${Buffer.concat(output).toString().trimEnd()}\n\n`);
    }
  }
  return hasFailed ? 1 : 0;
}
