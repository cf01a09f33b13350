#!/usr/bin/env node
// Counts the tests from the JSON that jest wrote for each package; prints "N passed, N failed, N skipped" last.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './with-pnpm.mjs';

/** What ran, and one sentence for each reason not to trust it. */
export function testReport() {
  const report = { passed: 0, failed: 0, skipped: 0, problems: [] };
  for (const name of readdirSync(join(root, 'packages'))) {
    if (!existsSync(join(root, 'packages', name, 'test'))) continue;
    const file = join('packages', name, 'test-results.json');
    if (!existsSync(join(root, file))) {
      report.problems.push(`packages/${name} has tests and no ${file}`);
      continue;
    }
    const result = JSON.parse(readFileSync(join(root, file), 'utf8'));
    // A suite that does not load has no tests to count: it counts as one that failed.
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    report.passed += result.numPassedTests;
    report.failed += failed;
    report.skipped += result.numPendingTests + result.numTodoTests;
    if (failed > 0 || !result.success) report.problems.push(`packages/${name} has failing tests`);
  }
  if (report.passed + report.failed === 0) report.problems.push('no test ran');
  return report;
}

export const formatReport = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

if (process.argv[1]?.endsWith('test-report.mjs')) {
  const report = testReport();
  for (const problem of report.problems) console.error(`test-report: ${problem}`);
  console.log(formatReport(report));
  if (report.problems.length > 0) process.exitCode = 1;
}
