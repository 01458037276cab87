import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../core/fault.ts';

/** SQLite's SQLITE_BUSY (https://www.sqlite.org/rescode.html#busy). */
const busy = 5;

/** What is held, so that none is collected as garbage, and let go of, before it is released. */
const held = new Set<DatabaseSync>();

/** A lock that this process holds. */
export interface FolderLock {
  /** Lets go of it. May be called again. */
  release(): void;
}

/**
 * Takes a lock on the file `path`, made when missing, that one holder at a time has. The kernel keeps it and ends it with
 * its process, however that ends: nothing stale can be left, and two that start at the same moment cannot both have it. Node
 * has no file locks of its own but those of its SQLite, so the file is an empty database with a transaction open. Gives
 * undefined when another holds it; throws Fault('environment_invalid') when the file cannot be used.
 */
export function takeLock(path: string): FolderLock | undefined {
  let file: DatabaseSync | undefined;
  try {
    file = new DatabaseSync(path, { timeout: 0 });
    file.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    file?.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) {
      return undefined;
    }
    throw new Fault(
      'environment_invalid',
      'never',
      `Cannot lock the file ${path}; delete it when no hub runs, or set DATA_DIR or REDIS_URL.`,
      error,
    );
  }
  const lock = file;
  held.add(lock);
  return {
    release() {
      if (held.delete(lock)) {
        lock.close();
      }
    },
  };
}
