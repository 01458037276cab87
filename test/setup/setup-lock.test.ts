import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runScript, setupFile } from './in-project.ts';

let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'motisig-lock-'));
  // The lock is in the temporary folder of the machine; here it has one of its own.
  env = { ...process.env, TMPDIR: folder };
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Takes the lock, and writes down when it came in and went out. */
const settingUp = (doing: string): string => `
  import { appendFileSync } from 'node:fs';
  import { withSetupLock } from ${JSON.stringify(setupFile('setup-lock.mjs'))};
  const note = (word) => appendFileSync(${JSON.stringify(join(folder, 'notes'))}, word + '\\n');
  await withSetupLock('/some/project', async () => {
    note('in');
    console.log('has it');
    ${doing}
    note('out');
  });
`;

const locks = async (): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => name.startsWith('motisig-setup-'));

it('lets one command at a time set a folder up, and says what the other waits for', async () => {
  const busy = settingUp('await new Promise((done) => setTimeout(done, 300));');
  const scripts = [runScript(busy, env), runScript(busy, env), runScript(busy, env)];
  const ended = await Promise.all(scripts.map((script) => script.ended));
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(await readFile(join(folder, 'notes'), 'utf8')).toBe('in\nout\n'.repeat(3));
  const waited = ended.filter(({ output }) =>
    output.includes('Another command is setting this folder up'),
  );
  expect(waited.length).toBeGreaterThanOrEqual(1);
  expect(await locks()).toEqual([]);
});

it('takes the lock of a command that was killed', async () => {
  await using killed = runScript(
    settingUp('await new Promise(() => setInterval(() => {}, 1000));'),
    env,
  );
  await killed.says('has it');
  process.kill(killed.pid, 'SIGKILL');
  await killed.ended;
  expect(await locks()).toHaveLength(1);

  await using next = runScript(settingUp(''), env);
  expect((await next.ended).code).toBe(0);
  expect(await locks()).toEqual([]);
});

it('gives the lock back when the set-up fails', async () => {
  await using failing = runScript(settingUp('throw new Error("no network");'), env);
  const { code, output } = await failing.ended;
  expect(code).toBe(1);
  expect(output).toContain('no network');
  expect(await locks()).toEqual([]);
});

it('does not take the lock of a command that still runs', async () => {
  await using busy = runScript(
    settingUp('await new Promise(() => setInterval(() => {}, 1000));'),
    env,
  );
  await busy.says('has it');
  const [lock = ''] = await locks();
  expect(await readFile(join(folder, lock), 'utf8')).toBe(String(busy.pid));
  await using second = runScript(settingUp(''), env);
  await second.says('waiting for it');
  process.kill(second.pid, 'SIGINT');
  await second.ended;
  expect(await readFile(join(folder, 'notes'), 'utf8')).toBe('in\n');
});
