import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'motisig-summary-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const counts = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
const file = (status: string, ...tests: readonly string[]) => ({
  status,
  assertionResults: tests.map((one) => ({ status: one })),
});

async function summary(
  report: string,
  check: string,
  tests: string,
): Promise<readonly [string, number]> {
  await writeFile(join(folder, 'report'), report);
  const program = join(import.meta.dirname, '..', '..', '.ci', 'summary.mjs');
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, join(folder, 'report'), check, tests],
      (_, out) => resolve([out, child.exitCode ?? -1]),
    );
  });
}

it.each([
  [
    '5 passed, 0 failed\n',
    0,
    'all passed',
    { ...counts, testResults: [file('passed', 'passed')] },
    '0',
    '0',
  ],
  [
    '5 passed, 0 failed, 3 skipped\n',
    0,
    'some were skipped',
    { ...counts, numPendingTests: 2, numTodoTests: 1, testResults: [] },
    '0',
    '0',
  ],
  [
    '5 passed, 2 failed\n',
    1,
    'two failed',
    { ...counts, numFailedTests: 2, testResults: [file('failed', 'failed', 'failed')] },
    '0',
    '1',
  ],
  [
    '5 passed, 1 failed\n',
    1,
    'a test file did not load',
    { ...counts, testResults: [file('failed')] },
    '0',
    '1',
  ],
  ['5 passed, 1 failed\n', 1, 'the check failed', { ...counts, testResults: [] }, '1', '0'],
  [
    '5 passed, 1 failed\n',
    1,
    'the run failed in between tests',
    { ...counts, testResults: [] },
    '0',
    '1',
  ],
])('says %j and exits with %i when %s', async (line, exitCode, __, report, check, tests) => {
  expect(await summary(JSON.stringify(report), check, tests)).toEqual([line, exitCode]);
});

it('says that something failed when there is no report', async () => {
  expect(await summary('', '0', '0')).toEqual(['0 passed, 1 failed\n', 1]);
});
