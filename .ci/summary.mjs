/*
 * Prints the one line that ends .ci/run from vitest's JSON report, given with the exit codes of `npm run check` and
 * `npm test`. Exits 1 when anything failed, also what the report cannot know: a test file that did not load, a run that
 * ended before it wrote its report.
 */
import { readFileSync } from 'node:fs';

const [report = '', check, tests] = process.argv.slice(2);
const { passed, failed: failedTests, skipped } = count(report);
const failedRun = tests !== '0' && failedTests === 0 ? 1 : 0;
const failed = failedTests + failedRun + (check === '0' ? 0 : 1);

process.stdout.write(
  `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}\n`,
);
process.exitCode = failed === 0 ? 0 : 1;

function count(file) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } =
      JSON.parse(readFileSync(file, 'utf8'));
    const unloaded = testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
    ).length;
    return {
      passed: numPassedTests,
      failed: numFailedTests + unloaded,
      skipped: numPendingTests + numTodoTests,
    };
  } catch {
    // The run ended before its report was written; its exit code is not 0 then, or there is nothing to be proud of.
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
