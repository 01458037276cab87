import { randomBytes } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Fault } from './core/fault.ts';

/** The secrets of the doors. There is always one: no door is ever open. */
export interface Secrets {
  readonly writeKeys: readonly string[];
  readonly sharedSecret: string;
  readonly bearerToken: string;
  readonly adminToken: string;
  readonly linkSecret: string;
}

/** The variable that gives each secret. */
export const secretNames = {
  writeKeys: 'SEGMENT_WRITE_KEYS',
  sharedSecret: 'SEGMENT_SHARED_SECRET',
  bearerToken: 'SEGMENT_BEARER_TOKEN',
  adminToken: 'ADMIN_TOKEN',
  linkSecret: 'LINK_SECRET',
} as const satisfies Record<keyof Secrets, string>;

const Kept = z.strictObject({
  writeKeys: z.array(z.string().min(1)).min(1).optional(),
  sharedSecret: z.string().min(1).optional(),
  bearerToken: z.string().min(1).optional(),
  adminToken: z.string().min(1).optional(),
  linkSecret: z.string().min(1).optional(),
});

/**
 * Fills in what was not given: from `secrets.json` in the data folder (readable by its owner only), where what is still
 * missing is made and kept. `made` names what was made just now. Throws Fault('environment_invalid') when the file cannot
 * be read or written; no message holds a secret.
 */
export function withMadeSecrets(
  dataDir: string,
  given: { readonly [Name in keyof Secrets]: Secrets[Name] | undefined },
): { readonly secrets: Secrets; readonly made: readonly (keyof Secrets)[] } {
  const file = join(dataDir, 'secrets.json');
  const found = readKept(file);
  const kept = found ?? {};
  const made: (keyof Secrets)[] = [];
  const make = (name: keyof Secrets): string => {
    made.push(name);
    return randomBytes(24).toString('hex');
  };
  const secrets: Secrets = {
    writeKeys: given.writeKeys ?? kept.writeKeys ?? [make('writeKeys')],
    sharedSecret: given.sharedSecret ?? kept.sharedSecret ?? make('sharedSecret'),
    bearerToken: given.bearerToken ?? kept.bearerToken ?? make('bearerToken'),
    adminToken: given.adminToken ?? kept.adminToken ?? make('adminToken'),
    linkSecret: given.linkSecret ?? kept.linkSecret ?? make('linkSecret'),
  };
  if (made.length > 0) {
    const added = Object.fromEntries(made.map((name) => [name, secrets[name]]));
    if (!keep(dataDir, file, { ...kept, ...added }, found === undefined)) {
      // Another process of this hub started at the same moment and was first: its secrets count.
      return withMadeSecrets(dataDir, given);
    }
  }
  return { secrets, made };
}

function readKept(file: string): z.infer<typeof Kept> | undefined {
  if (!existsSync(file)) {
    return undefined;
  }
  try {
    return Kept.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new Fault(
      'environment_invalid',
      'never',
      `Cannot read the secrets in ${file}; mend the file, or delete it so that new ones are made.`,
    );
  }
}

/** Writes the file. False when it is to be new and another process has made it meanwhile. */
function keep(dataDir: string, file: string, content: object, isNew: boolean): boolean {
  // Written beside and put in place at once: a crash in between leaves the old secrets, not half a file.
  const beside = `${file}.${process.pid}.new`;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(beside, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
    return isNew ? linkIfFree(beside, file) : moveOver(beside, file);
  } catch (error) {
    throw new Fault(
      'environment_invalid',
      'never',
      `Cannot keep the secrets in ${file}; make the folder writable, or set DATA_DIR to one that is.`,
      error,
    );
  } finally {
    rmSync(beside, { force: true });
  }
}

function linkIfFree(beside: string, file: string): boolean {
  try {
    linkSync(beside, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

function moveOver(beside: string, file: string): boolean {
  renameSync(beside, file);
  return true;
}
