import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { runCheck } from '../../src/cli/check.ts';
import { smallPlaybook, smallPlaybookWith } from './small-playbook.ts';

const folder = mkdtempSync(join(tmpdir(), 'motisig-check-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function run(file?: string): Promise<{
  readonly code: number;
  readonly out: string;
  readonly err: string;
}> {
  let out = '';
  let err = '';
  const io = {
    stdout: (text: string) => void (out += text),
    stderr: (text: string) => void (err += text),
  };
  const code = await runCheck(file === undefined ? {} : { file }, io);
  return { code, out, err };
}

function fileOf(name: string, source: string): string {
  const file = join(folder, name);
  writeFileSync(file, source);
  return file;
}

describe('motisig check', () => {
  it('exits 0 for the playbook that ships when no file is named', async () => {
    expect(await run()).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/default\.yaml is fine: \d+ triggers, \d+ offers/u),
    });
  });

  it('exits 1 and prints a line for each problem', async () => {
    const file = fileOf(
      'bad.yaml',
      smallPlaybookWith('within: 7d', 'within: 91d').replace('max: 1', 'max: 0'),
    );
    const { code, out, err } = await run(file);
    expect([code, out]).toEqual([1, '']);
    expect(err.split('\n')).toEqual([
      `${file}:25:13 triggers.third_invite.within: is too long: 91 days. Write 1 minute to 90 days.`,
      `${file}:45:25 guardrails.caps[0].max: is less than 1. Write a whole number of prompts from 1 to 60.`,
      '2 problems.',
      '',
    ]);
  });

  it('exits 0 and prints warnings apart', async () => {
    const file = fileOf(
      'warned.yaml',
      smallPlaybook.replace('valueMoment:', '  lonely: { events: page:Pricing }\nvalueMoment:'),
    );
    const { code, err } = await run(file);
    expect([code, err]).toEqual([
      0,
      `warning: ${file}:16:3 signals.lonely: no trigger reads this signal. Remove it, or name it in a trigger.\n`,
    ]);
  });

  it('checks the playbook that PLAYBOOK names in .env, as the hub would use it', async () => {
    fileOf('.env', 'PLAYBOOK=nowhere.yaml\n');
    const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
    const child = spawn(process.execPath, [main, 'check'], { cwd: folder, env: {} });
    child.stdout.resume();
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect([code, err]).toEqual([
      2,
      `Cannot read the playbook ${join(realpathSync(folder), 'nowhere.yaml')}: there is no such file. Name a YAML file that exists.\n`,
    ]);
  });

  it('exits 2 with one sentence when the file does not exist', async () => {
    const file = join(folder, 'nowhere.yaml');
    expect(await run(file)).toEqual({
      code: 2,
      out: '',
      err: `Cannot read the playbook ${file}: there is no such file. Name a YAML file that exists.\n`,
    });
  });
});
