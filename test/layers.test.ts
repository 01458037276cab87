import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

/*
 * The arrows between the layers are rules of .oxlintrc.json. Here each is shown to catch a planted wrong import, and to
 * let the right ones through: files are planted in a temporary folder of the same shape, under a copy of the same config.
 */

const root = join(import.meta.dirname, '..');

const imports = (name: string): string =>
  `import { it } from '${name}'; export const planted = it;`;
const typeImports = (name: string): string => `export type { It } from '${name}';`;
const dynamicImports = (name: string): string => `export const planted = import('${name}');`;
const gives = (expression: string): string => `export const planted = () => ${expression};`;

/** Each must be refused, with these words in what oxlint says. */
const wrong: readonly (readonly [file: string, code: string, words: string])[] = [
  ['src/core/a1.ts', imports('ioredis'), 'imports only itself and zod'],
  ['src/core/a2.ts', typeImports('pino'), 'imports only itself and zod'],
  ['src/core/a3.ts', dynamicImports('bullmq'), 'imports only itself and zod'],
  ['src/core/a4.ts', imports('node:fs'), 'imports only itself and zod'],
  ['src/core/a5.ts', imports('node:crypto'), 'imports only itself and zod'],
  ['src/core/a6.ts', imports('../metrics.ts'), 'nobody outside src/core'],
  ['src/core/a7.ts', imports('./event/../../metrics.ts'), 'shortest relative path'],
  ['src/core/event/a1.ts', imports('ioredis'), 'imports only itself and zod'],
  ['src/core/event/a2.ts', imports('../../store/keys.ts'), 'nobody outside src/core'],
  [
    'src/core/event/a3.ts',
    typeImports('../../../connectors/segment/map.ts'),
    'nobody outside src/core',
  ],
  ['src/core/event/deep/a1.ts', imports('../../../store/keys.ts'), 'nobody outside src/core'],
  ['src/core/event/deep/a2.ts', imports('yaml'), 'imports only itself and zod'],
  ['src/core/hash.ts', imports('node:fs'), 'only createHash of node:crypto'],
  ['src/core/b1.ts', gives('Date.now()'), 'nowMs'],
  ['src/core/b2.ts', gives('new Date(0)'), 'nowMs'],
  ['src/core/b3.ts', gives('process.env'), 'as an argument'],
  ['src/core/b4.ts', gives('fetch'), 'give back an effect'],
  ['src/core/b5.ts', gives('setTimeout'), 'give back an effect'],
  ['src/core/b6.ts', gives('performance.now()'), 'nowMs'],
  ['src/core/b7.ts', gives('Math.random()'), 'u01'],
  ['src/core/b8.ts', gives('console.log(1)'), 'does not print'],
  ['src/core/b9.ts', gives('globalThis.Date'), 'no way around'],
  ['src/core/event/b1.ts', gives('crypto.randomUUID()'), 'no chance'],
  ['connectors/segment/a1.ts', imports('ioredis'), 'An adapter imports itself'],
  ['connectors/segment/a2.ts', imports('bullmq'), 'An adapter imports itself'],
  ['connectors/segment/a3.ts', imports('fastify'), 'An adapter imports itself'],
  ['connectors/segment/a4.ts', imports('../intercom/map.ts'), 'An adapter imports itself'],
  [
    'connectors/segment/a5.ts',
    imports('../../destinations/intercom/map.ts'),
    'An adapter imports itself',
  ],
  ['connectors/segment/a6.ts', imports('../../src/store/keys.ts'), 'An adapter imports itself'],
  ['connectors/segment/a7.ts', imports('../../src/metrics.ts'), 'An adapter imports itself'],
  ['destinations/intercom/a1.ts', imports('ioredis'), 'An adapter imports itself'],
  ['destinations/intercom/a2.ts', imports('bullmq'), 'An adapter imports itself'],
  ['destinations/intercom/a3.ts', imports('fastify'), 'An adapter imports itself'],
  ['destinations/intercom/a4.ts', imports('../sendgrid/map.ts'), 'An adapter imports itself'],
  ['destinations/intercom/a5.ts', typeImports('../../src/app.ts'), 'An adapter imports itself'],
  ['destinations/intercom/a6.ts', imports('intercom-client'), 'api.ts alone'],
  ['destinations/intercom/api.ts', imports('@sendgrid/mail'), 'An adapter imports itself'],
  ['destinations/segment/api.ts', imports('@sendgrid/mail'), 'An adapter imports itself'],
  ['destinations/segment/a1.ts', imports('@segment/analytics-node'), 'api.ts alone'],
  ['destinations/sendgrid/a1.ts', imports('@sendgrid/mail'), 'api.ts alone'],
  ['destinations/sendgrid/a2.ts', imports('react'), 'An adapter imports itself'],
  ['destinations/sendgrid/layout.ts', imports('@sendgrid/mail'), 'made of React components'],
  ['config/a1.ts', imports('../src/store/keys.ts'), 'knows the core only'],
  ['config/check/a1.ts', imports('../../src/metrics.ts'), 'knows the core only'],
  ['config/a3.ts', imports('../src/console/page.ts'), 'knows the core only'],
  ['config/a2.ts', imports('ioredis'), 'passes text in'],
  ['src/a1.ts', imports('ioredis'), 'Only src/store speaks to Redis'],
  ['src/a2.ts', imports('bullmq'), 'Only src/inbox and src/jobs have queues'],
  ['src/a3.ts', imports('fastify'), 'Only src/http and src/sandbox serve HTTP'],
  ['src/a4.ts', imports('intercom-client'), "A vendor's SDK"],
  ['src/a5.ts', gives('process.env'), 'parsed once'],
  ['src/cli/a1.ts', imports('ioredis/built/Redis.js'), 'Only src/store speaks to Redis'],
  ['src/store/a1.ts', imports('bullmq'), 'Only src/inbox and src/jobs have queues'],
  ['src/store/a2.ts', imports('../jobs/lanes.ts'), 'Arrows point to the core'],
  ['src/store/a3.ts', imports('../../connectors/segment/map.ts'), 'ports, not vendors'],
  ['src/inbox/a1.ts', imports('ioredis'), 'Only src/store speaks to Redis'],
  ['src/inbox/a2.ts', imports('fastify'), 'Only src/http and src/sandbox serve HTTP'],
  ['src/jobs/a1.ts', imports('ioredis'), 'Only src/store speaks to Redis'],
  ['src/jobs/a2.ts', imports('../../destinations/intercom/index.ts'), 'ports, not vendors'],
  ['src/jobs/a3.ts', gives('process.env'), 'parsed once'],
  ['src/http/a1.ts', imports('ioredis'), 'Only src/store speaks to Redis'],
  ['src/http/a2.ts', imports('bullmq'), 'Only src/inbox and src/jobs have queues'],
  ['src/http/a3.ts', imports('../../connectors/segment/index.ts'), 'ports, not vendors'],
  ['src/sandbox/a1.ts', imports('bullmq'), 'Only src/inbox and src/jobs have queues'],
  ['src/explain/a1.ts', imports('ioredis'), 'Only src/store speaks to Redis'],
];

/** None of these may be refused. */
const right: readonly (readonly [file: string, code: string])[] = [
  ['src/core/r1.ts', imports('zod')],
  ['src/core/r2.ts', imports('./event/event.ts')],
  ['src/core/event/r1.ts', imports('../fault.ts')],
  ['src/core/event/r2.ts', gives('Math.floor(1.5)')],
  ['src/core/event/deep/r1.ts', imports('../../fault.ts')],
  ['connectors/segment/r1.ts', imports('../../src/core/event/event.ts')],
  ['connectors/segment/r2.ts', imports('./map.ts')],
  ['connectors/segment/r3.ts', imports('secure-json-parse')],
  ['destinations/intercom/r1.ts', imports('../../src/core/ports.ts')],
  ['config/r1.ts', imports('../src/core/playbook.ts')],
  ['config/check/r1.ts', imports('../../src/core/playbook.ts')],
  ['src/app.ts', imports('../connectors/segment/index.ts')],
  ['src/cli/r1.ts', gives('process.env')],
  ['src/store/r1.ts', imports('ioredis')],
  ['src/inbox/r1.ts', imports('bullmq')],
  ['src/jobs/r1.ts', imports('../inbox/wire.ts')],
  ['src/http/r1.ts', imports('fastify')],
  ['src/sandbox/r1.ts', imports('fastify')],
  ['test/r1.ts', imports('ioredis')],
];

/** Those whose file is also in the other table get a folder of their own. */
const rightFolderFiles: readonly (readonly [file: string, code: string])[] = [
  ['src/core/hash.ts', imports('node:crypto')],
  ['destinations/intercom/api.ts', imports('intercom-client')],
  ['destinations/segment/api.ts', imports('@segment/analytics-node')],
  ['destinations/sendgrid/api.ts', imports('@sendgrid/client')],
  ['destinations/sendgrid/layout.ts', imports('@react-email/html')],
];

const Report = z.object({
  diagnostics: z.array(
    z.object({
      code: z.string(),
      message: z.string(),
      help: z.string().nullish(),
      filename: z.string(),
    }),
  ),
});

let folder: string;
let said: ReadonlyMap<string, string>;

/** Plants the files and gives what the rules on layers say about each; a file they say nothing about is not in it. */
async function lint(
  into: string,
  files: readonly (readonly [file: string, code: string, ...rest: readonly string[]])[],
): Promise<ReadonlyMap<string, string>> {
  const config = z
    .looseObject({ options: z.unknown().optional() })
    .parse(JSON.parse(await readFile(join(root, '.oxlintrc.json'), 'utf8')));
  await mkdir(into, { recursive: true });
  // The rules on layers need no types, and the planted files have none.
  await writeFile(join(into, '.oxlintrc.json'), JSON.stringify({ ...config, options: {} }));
  for (const [file, code] of files) {
    await mkdir(dirname(join(into, file)), { recursive: true });
    await writeFile(join(into, file), code);
  }
  const oxlint = join(root, 'node_modules', 'oxlint', 'bin', 'oxlint');
  const output = await new Promise<string>((resolve) => {
    // It exits with 1 when it finds something; what it found is read either way.
    execFile(process.execPath, [oxlint, '-f', 'json'], { cwd: into }, (_, stdout) =>
      resolve(stdout),
    );
  });
  const found = new Map<string, string>();
  for (const { code, message, help, filename } of Report.parse(JSON.parse(output)).diagnostics) {
    if (code.includes('no-restricted-')) {
      found.set(filename, `${found.get(filename) ?? ''} ${message} ${help ?? ''}`);
    }
  }
  return found;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'motisig-layers-'));
  const all = await lint(join(folder, 'all'), [...wrong, ...right]);
  const more = await lint(join(folder, 'more'), rightFolderFiles);
  said = new Map([...all, ...[...more].map(([file, words]) => [`more/${file}`, words] as const)]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a wrong import is refused with the way out', () => {
  it.each(wrong)('%s: %s', (file, _, words) => {
    expect(said.get(file)).toContain(words);
  });
});

describe('a right import is let through', () => {
  it.each([...right, ...rightFolderFiles.map(([file, code]) => [`more/${file}`, code] as const)])(
    '%s: %s',
    (file) => {
      expect(said.get(file)).toBeUndefined();
    },
  );
});

it('holds in the tree as it is', async () => {
  const oxlint = join(root, 'node_modules', 'oxlint', 'bin', 'oxlint');
  const output = await new Promise<string>((resolve) => {
    const folders = ['src', 'connectors', 'destinations', 'config'];
    execFile(process.execPath, [oxlint, '-f', 'json', ...folders], { cwd: root }, (_, stdout) =>
      resolve(stdout),
    );
  });
  const broken = Report.parse(JSON.parse(output)).diagnostics.filter(({ code }) =>
    code.includes('no-restricted-'),
  );
  expect(broken).toEqual([]);
});
