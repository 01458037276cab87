import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Interrupted, runStep } from './child.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * Makes `node_modules` what `package-lock.json` says, when it is not: all of it `withTools`, else only what the hub runs on.
 * By `npm install --no-save`, which changes neither
 * file, and not by `npm ci`, which refuses a lockfile that was written where packages of some other platform could not be
 * had; that every version is the locked one is looked at afterwards. Throws SetupError when npm fails or one is not.
 */
export async function ensurePackages(root, withTools) {
  if (arePackagesInstalled(root, withTools)) {
    return;
  }
  process.stderr.write(
    'Installing packages (once, and after each change of package-lock.json)...\n',
  );
  const [program, ...first] = npmCommand();
  const install = [
    'install',
    '--no-save',
    withTools ? '--include=dev' : '--omit=dev',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const exitCode = await runStep(program, [...first, ...install], { cwd: root }).catch((error) => {
    throw error instanceof Interrupted
      ? error
      : new SetupError(
          `cannot run npm (${error.code}); install Node.js with npm from https://nodejs.org and try again.`,
        );
  });
  if (exitCode !== 0) {
    throw new SetupError(
      `npm install failed in ${root} (exit code ${exitCode}); mend what it says above and try again.`,
    );
  }
  if (!arePackagesInstalled(root, withTools)) {
    throw new SetupError(
      `npm installed other packages in ${root} than package-lock.json names; get both package files again, delete node_modules and try again.`,
    );
  }
}

/**
 * Whether npm's own record of what it installed, which it writes last, has every package of `package-lock.json` (without
 * tools: every one that the hub runs on). Packages for other platforms are optional and may be missing, but not in another
 * version.
 */
export function arePackagesInstalled(root, withTools) {
  const wanted = packagesIn(join(root, 'package-lock.json'));
  if (wanted === undefined) {
    throw new SetupError(
      `cannot read package-lock.json in ${root}; get the whole repository again.`,
    );
  }
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  return (
    installed !== undefined &&
    Object.entries(wanted).every(([place, { version, dev, optional, devOptional, link }]) => {
      // The first entry is the project itself.
      if (place === '' || link === true || (dev === true && !withTools)) {
        return true;
      }
      const there = installed[place];
      return there === undefined
        ? optional === true || devOptional === true
        : there.version === version;
    })
  );
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** The npm that runs us, so that a machine with several takes the right one; else the one on the path. */
function npmCommand() {
  const running = process.env['npm_execpath'];
  return running !== undefined && basename(running) === 'npm-cli.js'
    ? [process.execPath, running]
    : ['npm'];
}
