/** Adds the test report and the check report up to one line: "N passed, N failed". Fails when a test was skipped. */
import { readFileSync } from 'node:fs';

const [testsFile, checksFile] = process.argv.slice(2);
const tests = JSON.parse(readFileSync(testsFile, 'utf8'));
const checks = JSON.parse(readFileSync(checksFile, 'utf8'));

const skipped = tests.numPendingTests + tests.numTodoTests;
const passed = tests.numPassedTests + checks.filter((check) => check.ok).length;
// A file that does not load has no tests to count, yet it failed.
const failed =
  Math.max(tests.numFailedTests, tests.success ? 0 : 1) + checks.filter((check) => !check.ok).length + skipped;
if (skipped > 0) console.log(`${skipped} tests were skipped, which counts as failed here.`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
