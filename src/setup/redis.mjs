import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runStep } from './child.mjs';
import { SetupError } from './setup-error.mjs';

const program = 'redis-server';
/** Where package managers put it, also for shells whose PATH does not say so. */
const usualFolders = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];
const mend =
  'install Redis 6.2 or newer (Debian and Ubuntu: apt-get install redis-server, macOS: brew install redis), or set REDIS_URL to one that runs';

/**
 * The folder of redis-server, which is installed when it is missing and this user may: by apt-get as root or with a sudo
 * that asks for no password, by Homebrew on macOS. Throws SetupError with one sentence when it may not or fails.
 */
export async function ensureRedis() {
  const found = folderOf(program);
  if (found !== undefined) {
    return found;
  }
  const install = installer();
  if (install === undefined) {
    throw new SetupError(
      `redis-server is not installed, and the set-up may not install it; ${mend}.`,
    );
  }
  process.stderr.write(`Installing redis-server by ${install.name}...\n`);
  await install.run();
  const installed = folderOf(program);
  if (installed === undefined) {
    throw new SetupError(`${install.name} could not install redis-server; ${mend}.`);
  }
  return installed;
}

function installer() {
  const apt = folderOf('apt-get');
  if (process.platform === 'linux' && apt !== undefined) {
    const asRoot = rootCommand();
    return asRoot === undefined
      ? undefined
      : { name: 'apt-get', run: () => installByApt(asRoot, join(apt, 'apt-get')) };
  }
  const brew = folderOf('brew');
  return process.platform === 'darwin' && brew !== undefined
    ? { name: 'Homebrew', run: () => runStep(join(brew, 'brew'), ['install', 'redis']) }
    : undefined;
}

/** What to put before a command so that it runs as root; undefined where that would need a password. */
function rootCommand() {
  if (process.getuid?.() === 0) {
    return [];
  }
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
    ? ['sudo', '-n']
    : undefined;
}

async function installByApt(asRoot, apt) {
  const run = (...args) => {
    const [first, ...rest] = [
      ...asRoot,
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      apt,
      '-q',
      ...args,
    ];
    return runStep(first, rest);
  };
  const install = () => run('install', '-y', '--no-install-recommends', program);
  // A fresh machine or container has no package lists, or old ones that name files which are gone.
  if ((await install()) !== 0 && (await run('update')) === 0) {
    await install();
  }
}

function folderOf(name) {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
    ...usualFolders,
  ];
  return folders.find((folder) => isProgram(join(folder, name)));
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
