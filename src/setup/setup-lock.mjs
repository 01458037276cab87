import { createHash } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stopIfInterrupted } from './child.mjs';
import { SetupError } from './setup-error.mjs';

/** Longer than any installation takes; then the lock is one that a killed process left and another's id keeps alive. */
const waitMsMax = 900_000;

/**
 * Runs `setUp` while no other process sets up the same folder: two `npm ci` at once would remove each other's packages.
 * Waits for the other one, and takes the lock of one that is gone. Throws SetupError when it waited 15 minutes.
 */
export async function withSetupLock(folder, setUp) {
  const id = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const lock = join(tmpdir(), `motisig-setup-${userInfo().uid}-${id}.lock`);
  const untilMs = performance.now() + waitMsMax;
  let isTold = false;
  while (!take(lock)) {
    stopIfInterrupted();
    if (performance.now() > untilMs) {
      throw new SetupError(
        `another set-up of ${folder} has not ended in 15 minutes; end it, delete ${lock} and try again.`,
      );
    }
    if (!isTold) {
      isTold = true;
      process.stderr.write('Another command is setting this folder up; waiting for it.\n');
    }
    await delay(200);
  }
  try {
    return await setUp();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Takes the lock if nobody has it. A link appears with its content or not at all, so a lock always names its owner. */
function take(lock) {
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') {
      throw error;
    }
    removeIfStale(lock, mine);
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function removeIfStale(lock, mine) {
  const owner = ownerOf(lock);
  if (owner === undefined || isAlive(owner)) {
    return;
  }
  // Renaming says which lock was taken away: between looking and renaming, another process may have put its own there.
  const aside = `${mine}.aside`;
  try {
    renameSync(lock, aside);
  } catch {
    // Somebody else was quicker.
    return;
  }
  const taken = ownerOf(aside);
  if (taken !== undefined && taken !== owner) {
    linkSync(aside, lock);
  }
  rmSync(aside, { force: true });
}

function ownerOf(lock) {
  try {
    return Number(readFileSync(lock, 'utf8'));
  } catch {
    // It was given back meanwhile.
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return error.code === 'EPERM';
  }
}
