#!/usr/bin/env node
// Runs the tests and the consumer check on every supported Node, each fetched from the npm registry (or on those
// named as arguments). The packages are built once: each Node gets what would be published.
import { rmSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { formatReport, testReport } from './test-report.mjs';
import { npmExec, root } from './with-pnpm.mjs';

const SUPPORTED = ['20.20.2', '22.23.3', '24.21.0', '26.10.0'];
const nx = join('node_modules', 'nx', 'dist', 'bin', 'nx.js');

const versions = process.argv.length > 2 ? process.argv.slice(2) : SUPPORTED;
const summary = versions.map((version) => {
  for (const name of readdirSync(join(root, 'packages'))) {
    rmSync(join(root, 'packages', name, 'test-results.json'), { force: true });
  }
  const start = performance.now();
  const { status } = npmExec([`node@${version}`], ['node', nx, 'run-many', '-t', 'test', 'consume']);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const report = testReport();
  const good = status === 0 && report.problems.length === 0;
  if (!good) process.exitCode = 1;
  return `Node ${version}: ${formatReport(report)}, ${good ? 'good' : 'FAILED'}, ${seconds} s`;
});
console.log(summary.join('\n'));
