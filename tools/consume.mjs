#!/usr/bin/env node
// Uses every public package as a stranger would: packs it, checks the tarball with publint and attw, installs all
// tarballs into an empty project, imports each export from plain Node, runs each bin with --help, and the example of
// docs/page-owner.md.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { innerEnv, root, withPnpm } from './with-pnpm.mjs';

const project = mkdtempSync(join(tmpdir(), 'consume-'));
const path = [join(project, 'node_modules', '.bin'), join(root, 'node_modules', '.bin'), process.env.PATH];
const options = {
  cwd: project,
  env: { ...innerEnv(), PATH: path.join(delimiter) },
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'pipe'],
  timeout: 300_000,
};

/** The standard output of a finished command; throws one sentence and the command's words when it failed. */
function outputOf(what, { status, error, stdout, stderr }) {
  if (status !== 0)
    throw new Error(`${what} failed: ${error?.message ?? `exit ${status}\n${stdout}${stderr}`}`);
  return stdout;
}

const run = (what, command, ...args) => outputOf(what, spawnSync(command, args, options));
const ok = (name, check) => console.log(`ok  ${name}: ${check}`);

function publicPackages() {
  return readdirSync(join(root, 'packages'))
    .map((folder) => join(root, 'packages', folder, 'package.json'))
    .filter((manifest) => existsSync(manifest))
    .map((manifest) => JSON.parse(readFileSync(manifest, 'utf8')))
    .filter((manifest) => !manifest.private);
}

function pack(names) {
  const filters = names.map((name) => `--filter=${name}`);
  const command = ['pnpm', ...filters, 'pack', '--json', '--pack-destination', project];
  const stdout = outputOf('pnpm pack', withPnpm(command, { ...options, cwd: root, env: innerEnv() }));
  return [JSON.parse(stdout)].flat();
}

function checkTarball({ name, filename, files, size }) {
  const paths = files.map(({ path }) => path);
  for (const wanted of ['README.md', 'LICENSE']) {
    if (!paths.includes(wanted)) throw new Error(`${name}: the tarball has no ${wanted}`);
  }
  ok(name, `pack, ${paths.length} files, ${Math.ceil(size / 1024)} KiB`);
  run(`publint of ${name}`, 'publint', '--strict', filename);
  ok(name, 'publint --strict');
  run(`attw of ${name}`, 'attw', '--profile', 'esm-only', filename);
  ok(name, 'attw --profile esm-only');
}

/** The project's only dependencies are the tarballs, so that a package is never looked for in the registry. */
function install(tarballs) {
  const dependencies = Object.fromEntries(
    tarballs.map(({ name, filename }) => [name, `file:${basename(filename)}`]),
  );
  const overrides = Object.fromEntries(tarballs.map(({ name }) => [name, `$${name}`]));
  const manifest = { name: 'consumer', private: true, type: 'module', dependencies, overrides };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm install of the tarballs', 'npm', 'install', ...quiet);
  ok('consumer', `npm install, ${tarballs.length} tarballs, Node ${process.version}`);
}

function importExports({ name, exports }) {
  for (const key of Object.keys(exports)) {
    if (key.endsWith('.json')) continue;
    const specifier = name + key.slice(1);
    const script = `process.stdout.write(String(Object.keys(await import('${specifier}')).length))`;
    const count = run(`import of ${specifier}`, process.execPath, '--input-type=module', '--eval', script);
    if (!(Number(count) > 0)) throw new Error(`${specifier} exports no name`);
    ok(name, `import ${specifier}, ${count} names`);
  }
}

function runBins({ name, bin = {} }) {
  for (const command of typeof bin === 'string' ? [basename(name)] : Object.keys(bin)) {
    const help = run(`${command} --help of ${name}`, command, '--help');
    if (help.trim() === '') throw new Error(`${command} --help says nothing`);
    ok(name, `${command} --help`);
  }
}

/** The first block of JavaScript of a document has to print what the block behind it says. */
function runExample(document) {
  const text = readFileSync(join(root, document), 'utf8');
  const [, script, expected] = /```js\n(.*?)```\n\n```\n(.*?)```/s.exec(text) ?? [];
  if (!script) throw new Error(`${document} has no example`);
  const printed = run(
    `the example of ${document}`,
    process.execPath,
    '--input-type=module',
    '--eval',
    script,
  );
  if (printed !== expected) throw new Error(`the example of ${document} prints\n${printed}`);
  ok(document, 'its example prints what it says');
}

try {
  const packages = publicPackages();
  const tarballs = pack(packages.map(({ name }) => name));
  tarballs.forEach(checkTarball);
  install(tarballs);
  packages.forEach(importExports);
  packages.forEach(runBins);
  runExample('docs/page-owner.md');
} catch (error) {
  console.error(`consume: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(project, { recursive: true, force: true });
}
