#!/usr/bin/env node
// Uses every public package as a stranger would: packs it, checks the tarball with publint and attw, installs all
// tarballs into an empty project, checks their manifests and declarations, imports each export from plain Node, runs
// each bin with --help, and the example of docs/page-owner.md.
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
  for (const wanted of ['README.md', 'CHANGELOG.md', 'LICENSE']) {
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

/** Where npm has put a package. */
const installed = (name) => join(project, 'node_modules', name);

/** What only this repository needs is not shipped; what a registry shows, and npm can resolve, is. */
function checkManifest({ name }) {
  const manifest = JSON.parse(readFileSync(join(installed(name), 'package.json'), 'utf8'));
  for (const key of ['nx', 'devDependencies', 'scripts']) {
    if (manifest[key]) throw new Error(`${name}: the shipped manifest has ${key}`);
  }
  for (const key of ['description', 'license', 'repository', 'homepage', 'bugs', 'engines']) {
    if (!manifest[key]) throw new Error(`${name}: the shipped manifest has no ${key}`);
  }
  const local = Object.entries(manifest.dependencies ?? {}).find(([, range]) => range.includes(':'));
  if (local) throw new Error(`${name}: nobody can install ${local.join('@')}`);
  ok(name, 'manifest');
}

/** npm, which would ship `workspace:` ranges, is refused. */
function checkNpmIsRefused({ name, repository }) {
  const pack = ['pack', '--dry-run', '--pack-destination', project];
  const { status, stderr } = spawnSync('npm', pack, { ...options, cwd: join(root, repository.directory) });
  if (status === 0 || !stderr.includes('is packed by pnpm'))
    throw new Error(`npm pack of ${name} is not refused`);
  ok(name, 'npm pack is refused');
}

/** TypeScript before 5.7 has no `Uint8Array<ArrayBuffer>`. That 5.0 takes the declarations was seen by running it. */
function checkDeclarations({ name }) {
  const folder = join(installed(name), 'dist');
  const declarations = readdirSync(folder, { recursive: true }).filter((path) => path.endsWith('.d.ts'));
  if (declarations.length === 0) throw new Error(`${name} has no declarations`);
  for (const path of declarations) {
    const [generic] =
      /\w+Array<(?:Shared)?ArrayBuffer\w*>/.exec(readFileSync(join(folder, path), 'utf8')) ?? [];
    if (generic)
      throw new Error(`${name}: ${path} has ${generic}, which TypeScript before 5.7 does not know`);
  }
  ok(name, `${declarations.length} declarations, no generic typed array`);
}

/** What has to compile for a user with the strictest settings, and what has not to. */
const TYPED_PROGRAM = `
import { createAllocator } from '@page-owner/buddy-allocator';
import { StackDepot } from '@page-owner/stackdepot';
import { trackPages } from '@page-owner/tracked-pages';
import { profileDump } from '@page-owner/profile';
import { sortDump } from '@page-owner/page-owner-sort';
import { openInput } from '@page-owner/dump-format/node';

declare const maybe: { cpus: number | undefined; shared: boolean | undefined; depth: number | undefined };
const pages = createAllocator({ pages: 16, cpus: maybe.cpus, kernel: '6.12.117' });
StackDepot.create({ shared: maybe.shared, layout: '6.12.117' });
const owners = trackPages(pages, { depth: maybe.depth });
export const profile = profileDump(owners.chunks());
export const sorted = openInput('-').then((input) => sortDump(input));
// @ts-expect-error a size is missing
createAllocator({});
// @ts-expect-error a size too many
createAllocator({ pages: 1, bytes: 5 });
`;

/** Every example of a package's README, as a file of its own; what it says it prints is held to it by the package's tests. */
function readmeExamples({ name }) {
  const readme = readFileSync(join(installed(name), 'README.md'), 'utf8');
  return [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code], i) => {
    const file = `${basename(name)}-${i + 1}.ts`;
    writeFileSync(join(project, file), `${code}\nexport {};\n`);
    return file;
  });
}

function checkTypes(packages) {
  const imports = packages.flatMap(({ name, exports }) =>
    Object.keys(exports)
      .filter((key) => !key.endsWith('.json'))
      .map((key, i) => `export * as ${name.replace(/\W/g, '_')}${i} from '${name + key.slice(1)}';`),
  );
  writeFileSync(join(project, 'program.ts'), TYPED_PROGRAM + imports.join('\n'));
  const examples = packages.flatMap(readmeExamples);
  if (examples.length === 0) throw new Error('no README has an example');
  const compilerOptions = {
    ...{
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
    },
    ...{ target: 'es2022', lib: ['es2023', 'dom'], module: 'nodenext', types: ['node'], noEmit: true },
    typeRoots: [join(root, 'node_modules', '@types')],
  };
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['program.ts', ...examples] }),
  );
  run('tsc of every export and every example of the READMEs', 'tsc', '--project', '.');
  ok(
    'consumer',
    `tsc --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess, ${examples.length} examples`,
  );
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
  packages.forEach(checkNpmIsRefused);
  install(tarballs);
  packages.forEach(checkManifest);
  packages.forEach(checkDeclarations);
  checkTypes(packages);
  packages.forEach(importExports);
  packages.forEach(runBins);
  runExample('docs/page-owner.md');
} catch (error) {
  console.error(`consume: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(project, { recursive: true, force: true });
}
