import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ask } from '../src/own-redis/ask.ts';
import { type OwnRedis, ownRedisPath, startOwnRedis } from '../src/own-redis.ts';

let dataDir: string;
let stack: AsyncDisposableStack;
const told: string[] = [];
const log = {
  warn: (sentence: unknown) => void told.push(String(sentence)),
  error: (sentence: unknown) => void told.push(String(sentence)),
};

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  dataDir = await mkdtemp(join(tmpdir(), 'mor-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  told.length = 0;
});

afterEach(() => stack.disposeAsync());

async function start(
  folder = dataDir,
  durability: 'standard' | 'strict' = 'standard',
): Promise<OwnRedis> {
  const redis = await startOwnRedis({ dataDir: folder, durability, log });
  stack.defer(() => redis.stop());
  return redis;
}

/** A hub in a process of its own, which can be killed. Resolves when its Redis answers. */
async function startElsewhere(
  end: string,
): Promise<{ readonly pid: number; readonly ended: Promise<unknown> }> {
  const door = join(import.meta.dirname, '..', 'src', 'own-redis.ts');
  const script = `
    import { startOwnRedis } from ${JSON.stringify(door)};
    const log = { warn() {}, error() {} };
    await startOwnRedis({ dataDir: ${JSON.stringify(dataDir)}, durability: 'standard', log });
    console.log('started');
    ${end}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  stack.defer(() => {
    child.kill('SIGKILL');
  });
  await once(child.stdout, 'data');
  return { pid: child.pid ?? 0, ended };
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) {
    await delay(10);
  }
}

const pidAt = async (path: string): Promise<number> =>
  Number(/process_id:(\d+)/u.exec((await ask(path, 'INFO server')) ?? '')?.[1]);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('starts a server that keeps everything, never evicts, and that only this user can reach', async () => {
  const { connection } = await start();
  const setting = async (name: string): Promise<string | undefined> =>
    (await ask(connection.path, `CONFIG GET ${name}`))?.split('\r\n')[4];
  expect(await setting('appendonly')).toBe('yes');
  expect(await setting('appendfsync')).toBe('everysec');
  expect(await setting('maxmemory-policy')).toBe('noeviction');
  expect(await setting('port')).toBe('0');
  expect(statSync(connection.path).mode & 0o777).toBe(0o700);
  expect(statSync(dirname(connection.path)).mode & 0o777).toBe(0o700);
});

it('syncs before it answers when durability is strict', async () => {
  const { connection } = await start(dataDir, 'strict');
  expect(await ask(connection.path, 'CONFIG GET appendfsync')).toContain('always');
});

it('finds after a stop and a start what was stored before', async () => {
  const first = await start();
  await ask(first.connection.path, 'SET kept yes');
  await first.stop();
  expect(existsSync(first.connection.path)).toBe(false);
  const second = await start();
  expect(await ask(second.connection.path, 'GET kept')).toContain('yes');
});

it('starts a server that was killed again, with its data, and says so', async () => {
  const redis = await start();
  const { path } = redis.connection;
  await ask(path, 'SET kept yes');
  const killed = redis.pid;
  process.kill(killed, 'SIGKILL');
  await until(() => redis.pid !== killed);
  expect(await ask(path, 'GET kept')).toContain('yes');
  expect(told).toEqual(['The own redis-server ended by itself; it is started again.']);
});

it('ends every server also when it is stopped while one is being started again', async () => {
  const redis = await start();
  process.kill(redis.pid, 'SIGKILL');
  await until(() => told.length > 0);
  await redis.stop();
  expect(isAlive(redis.pid)).toBe(false);
  expect(await ask(redis.connection.path, 'PING')).toBeUndefined();
});

it('refuses a second hub on the same folder with one sentence, and leaves the first alone', async () => {
  const first = await start();
  await expect(start()).rejects.toThrow(
    `Another hub uses ${dataDir}; stop it, or set DATA_DIR or REDIS_URL for this one.`,
  );
  expect(await ask(first.connection.path, 'PING')).toContain('+PONG');
});

it('lets one of two hubs have the folder that start at the same moment after a killed one', async () => {
  const killed = await startElsewhere('setInterval(() => {}, 1_000);');
  process.kill(killed.pid, 'SIGKILL');
  await killed.ended;
  const both = await Promise.allSettled([start(), start()]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  // The one that was refused must not have opened the folder for a third.
  await expect(start()).rejects.toThrow('Another hub uses');
});

it('lets exactly one of many processes that start at the same moment have the folder', async () => {
  const lock = join(import.meta.dirname, '..', 'src', 'own-redis', 'folder-lock.ts');
  // Each waits for the same moment, tries, says whether it has the lock, and keeps it until it is ended.
  const script = `
    import { takeLock } from ${JSON.stringify(lock)};
    await new Promise((go) => process.stdin.once('data', go));
    const lock = takeLock(${JSON.stringify(join(dataDir, 'hub.lock'))});
    console.log(lock === undefined ? 'no' : 'yes');
    setInterval(() => lock, 1_000);`;
  const children = Array.from({ length: 6 }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    stack.defer(() => {
      child.kill('SIGKILL');
    });
    return child;
  });
  const answers = children.map((child) => once(child.stdout, 'data'));
  await Promise.all(children.map((child) => once(child, 'spawn')));
  for (const child of children) {
    child.stdin.write('go\n');
  }
  const said = (await Promise.all(answers)).map(([chunk]) => String(chunk).trim());
  expect(said.toSorted()).toEqual(['no', 'no', 'no', 'no', 'no', 'yes']);
});

it('says in one sentence which file it cannot lock', async () => {
  await mkdir(join(dataDir, 'redis'), { mode: 0o700 });
  await writeFile(join(dataDir, 'redis', 'hub.lock'), 'words that are no lock '.repeat(200));
  await expect(start()).rejects.toThrow(
    `Cannot lock the file ${join(dataDir, 'redis', 'hub.lock')}; delete it when no hub runs, or set DATA_DIR or REDIS_URL.`,
  );
});

it('takes over the data of a hub that was killed, and ends the server that it left behind', async () => {
  const killed = await startElsewhere('setInterval(() => {}, 1_000);');
  const path = ownRedisPath(dataDir);
  const leftOver = await pidAt(path);
  await ask(path, 'SET kept yes');
  process.kill(killed.pid, 'SIGKILL');
  await killed.ended;
  expect(await pidAt(path)).toBe(leftOver);

  const redis = await start();
  expect(redis.pid).not.toBe(leftOver);
  expect(await ask(path, 'GET kept')).toContain('yes');
  expect(told).toEqual([
    'A redis-server that an earlier hub left behind was ended; its data are taken over.',
  ]);
  await until(() => !isAlive(leftOver));
});

it('leaves no server behind when the process ends without a stop', async () => {
  const { ended } = await startElsewhere('setTimeout(() => process.exit(1), 100);');
  const path = ownRedisPath(dataDir);
  const pid = await pidAt(path);
  await ended;
  await until(() => !isAlive(pid));
  expect(await ask(path, 'PING')).toBeUndefined();
});

it('says in one sentence why the server does not start', async () => {
  await mkdir(join(dataDir, 'redis', 'appendonlydir'), { recursive: true });
  const manifest = join(dataDir, 'redis', 'appendonlydir', 'appendonly.aof.manifest');
  await writeFile(manifest, 'this is no manifest\n');
  await expect(start()).rejects.toThrow(
    /^redis-server does not start \(.+\); mend that, or set REDIS_URL to another Redis\.$/u,
  );
});

it('takes a private folder outside when the path would be too long for a socket', async () => {
  const long = join(dataDir, 'a'.repeat(100));
  const path = ownRedisPath(long);
  expect(Buffer.byteLength(path)).toBeLessThanOrEqual(100);
  expect(path.startsWith(tmpdir())).toBe(true);
  stack.defer(() => rm(dirname(path), { recursive: true, force: true }));
  const redis = await start(long);
  expect(await ask(redis.connection.path, 'PING')).toContain('+PONG');
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
});

it('refuses a data folder that is a file', async () => {
  const file = join(dataDir, 'file');
  await writeFile(file, '');
  await expect(start(file)).rejects.toThrow(
    `Cannot use the folder ${join(file, 'redis')} for the hub's own Redis; make it a folder of this user, or set DATA_DIR or REDIS_URL.`,
  );
});
