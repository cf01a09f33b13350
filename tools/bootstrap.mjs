#!/usr/bin/env node
// Needs only node and npm: installs the frozen lockfile when it changed, then does the named job.
// `npm start` shows the system on a real dump, `npm test` proves the project.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, withPnpm } from './with-pnpm.mjs';

function succeed({ status, error }) {
  if (error) console.error(`bootstrap: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

const env = { ...process.env, NX_NO_CLOUD: 'true', NX_ISOLATE_PLUGINS: 'false' };
const NX = join('node_modules', 'nx', 'dist', 'bin', 'nx.js');

function run(...args) {
  succeed(spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }));
}

const nx = (...args) => run(NX, ...args);

/** What nx says is shown only when it fails. */
function nxQuietly(...args) {
  const result = spawnSync(process.execPath, [NX, ...args], { cwd: root, encoding: 'utf8', env });
  if (result.status !== 0) process.stderr.write(`${result.stdout}${result.stderr}`);
  succeed(result);
}

function installWhenChanged() {
  const manifests = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'];
  for (const name of readdirSync(join(root, 'packages'))) {
    const manifest = join('packages', name, 'package.json');
    if (existsSync(join(root, manifest))) manifests.push(manifest);
  }
  const hash = createHash('sha256');
  for (const file of manifests) hash.update(file).update(readFileSync(join(root, file)));
  const stamp = hash.digest('hex');
  const stampFile = join(root, 'node_modules', '.bootstrap');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  succeed(withPnpm(['pnpm', 'install', '--frozen-lockfile']));
  writeFileSync(stampFile, stamp);
}

const [job = 'install', ...rest] = process.argv.slice(2);
installWhenChanged();
if (job === 'start') {
  nxQuietly('run-many', '-t', 'build');
  run('tools/start.mjs', ...rest);
} else if (job === 'test') {
  nx('sync:check');
  nx('run-many', '-t', 'format', 'build', 'typecheck', 'lint', 'test', 'consume', ...rest);
} else if (job !== 'install') {
  console.error(`bootstrap: unknown job "${job}"; known: install, start, test`);
  process.exit(2);
}
