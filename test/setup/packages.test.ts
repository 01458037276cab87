import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runScript, setupFile } from './in-project.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'motisig-packages-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const locked = {
  '': { name: 'project' },
  'node_modules/one': { version: '1.0.0' },
  'node_modules/one/node_modules/two': { version: '2.0.0', dev: true },
  'node_modules/for-another-platform': { version: '3.0.0', optional: true },
};

/** What the set-up thinks of a folder where npm has noted these packages. */
async function areInstalled(
  noted: object | undefined,
  {
    lock = locked,
    withTools = true,
  }: { readonly lock?: object; readonly withTools?: boolean } = {},
): Promise<string> {
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ packages: lock }));
  if (noted !== undefined) {
    await mkdir(join(folder, 'node_modules'), { recursive: true });
    const file = join(folder, 'node_modules', '.package-lock.json');
    await writeFile(file, JSON.stringify({ packages: noted }));
  }
  await using script = runScript(`
    import { arePackagesInstalled } from ${JSON.stringify(setupFile('packages.mjs'))};
    console.log(arePackagesInstalled(${JSON.stringify(folder)}, ${withTools}));
  `);
  return (await script.ended).output.trim();
}

const { 'node_modules/for-another-platform': _, '': __, ...here } = locked;

it.each([
  ['true', 'npm has noted every package at its version', locked],
  ['true', 'only an optional one, for another platform, is missing', here],
  ['false', 'there is no node_modules', undefined],
  ['false', 'one is missing', { 'node_modules/one': { version: '1.0.0' } }],
  ['false', 'one has another version', { ...here, 'node_modules/one': { version: '1.0.1' } }],
  [
    'false',
    'an optional one has another version',
    { ...locked, 'node_modules/for-another-platform': { version: '3.0.1' } },
  ],
])('says %s when %s', async (expected, __, noted) => {
  expect(await areInstalled(noted)).toBe(expected);
});

it('asks only for what the hub runs on where no tool is needed', async () => {
  const runsOn = { 'node_modules/one': { version: '1.0.0' } };
  expect(await areInstalled(runsOn, { withTools: false })).toBe('true');
  expect(await areInstalled(locked, { withTools: false })).toBe('true');
  expect(await areInstalled({}, { withTools: false })).toBe('false');
});

it('says that the packages of this very project are installed, since its tests run', async () => {
  await using script = runScript(`
    import { fileURLToPath } from 'node:url';
    import { arePackagesInstalled } from ${JSON.stringify(setupFile('packages.mjs'))};
    console.log(arePackagesInstalled(fileURLToPath(new URL('../../', ${JSON.stringify(setupFile('packages.mjs'))})), true));
  `);
  expect((await script.ended).output).toBe('true\n');
});
