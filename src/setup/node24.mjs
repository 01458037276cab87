import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runStep } from './child.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * The path of the pinned Node, which the npm package `node` fetches when it is installed. Fetches it again when it is not
 * there or does not run, for example because npm was told to run no scripts. Where no such Node runs, this one does if it
 * is of the same major version or newer. Throws SetupError when there is none.
 */
export async function ensureNode24(root) {
  const folder = join(root, 'node_modules', 'node');
  const node = join(folder, 'bin', 'node');
  const pinned = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
  if (versionOf(node) === pinned) {
    return node;
  }
  process.stderr.write(`Fetching Node ${pinned}...\n`);
  await runStep(process.execPath, ['installArchSpecificPackage.js'], { cwd: folder });
  if (versionOf(node) === pinned) {
    return node;
  }
  if (majorOf(process.versions.node) >= majorOf(pinned)) {
    process.stderr.write(
      `Node ${pinned} does not run on this machine; going on with ${process.versions.node}.\n`,
    );
    return process.execPath;
  }
  throw new SetupError(
    `Node ${pinned} cannot be fetched or does not run on ${process.platform} ${process.arch}; install Node ${majorOf(pinned)} yourself and try again.`,
  );
}

function versionOf(node) {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().replace(/^v/u, '') : undefined;
}

function majorOf(version) {
  return Number(version.split('.')[0]);
}
