import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const run = join(import.meta.dirname, '..', '..', 'src', 'setup', 'run.mjs');

function command(
  ...args: readonly string[]
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [run, ...args], (_, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
  });
}

it('refuses an unknown command with a sentence and exit code 2', async () => {
  expect(await command('sart')).toEqual({
    code: 2,
    out: '',
    err: 'motisig: unknown command "sart"; use one of start, motisig, test, bench, check.\n',
  });
});

it('hands the arguments on, and gives the exit code of the command', async () => {
  const { code, err } = await command('motisig', 'check', '/nowhere/playbook.yaml');
  expect(code).toBe(2);
  expect(err).toContain('/nowhere/playbook.yaml');
});

it('runs the command in the pinned Node', async () => {
  const { code, out } = await command('motisig', '--help');
  expect(code).toBe(0);
  expect(out).toContain('Usage: motisig');
});
