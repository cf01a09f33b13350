#!/usr/bin/env node
// Prints how many bytes the tracker adds to a program with a page allocator, and how many each package's main entry
// has: bundled and minified with esbuild for browsers, and compressed as a web server would.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './with-pnpm.mjs';

const manifests = readdirSync(join(root, 'packages'))
  .map((folder) => join(root, 'packages', folder, 'package.json'))
  .filter((path) => existsSync(path))
  .map((path) => ({ ...JSON.parse(readFileSync(path, 'utf8')), folder: join(path, '..') }))
  .filter((manifest) => !manifest.private);

/** The built main entry of a package. */
function entryOf(name) {
  const manifest = manifests.find((each) => each.name === `@page-owner/${name}`);
  const entry = manifest && join(manifest.folder, manifest.main ?? '');
  if (!entry || !existsSync(entry))
    throw new Error(`packages/${name} is not built: run nx run-many -t build`);
  return JSON.stringify(entry);
}

/** Names of what is exported, from packages by their folders; `*` for everything. */
async function sizesOf(exports, platform = 'browser') {
  const lines = Object.entries(exports).map(([name, names]) => `export ${names} from ${entryOf(name)};`);
  const { outputFiles, metafile } = await build({
    stdin: { contents: lines.join('\n'), resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    platform,
    target: 'es2022',
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  if (Object.keys(metafile.inputs).length < 2)
    throw new Error(`nothing was bundled for ${Object.keys(exports)}`);
  const bytes = outputFiles[0].contents;
  return [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
}

const ALLOCATOR = { 'buddy-allocator': '{ createAllocator }' };
const TRACKER = {
  'page-ext': '{ PageExt, frameMapOf }',
  stackdepot: '{ StackDepot }',
  'page-owner': '{ PageOwner, Task }',
};

const off = await sizesOf(ALLOCATOR);
const on = await sizesOf({ ...ALLOCATOR, ...TRACKER });
const rows = [
  ['allocator, without page_owner', ...off],
  ['allocator, page_ext, stack depot, page_owner', ...on],
  ['difference', ...on.map((bytes, i) => bytes - off[i])],
];
for (const { name, main, bin, exports } of manifests) {
  if (!main) continue;
  const folder = name.replace('@page-owner/', '');
  // What is a command and nothing else runs on Node alone.
  const isCommand = bin !== undefined && exports['./node'] === undefined;
  rows.push([
    `\`${folder}\`, all of it`,
    ...(await sizesOf({ [folder]: '*' }, isCommand ? 'node' : 'browser')),
  ]);
}

const table = [['bytes', 'minified', 'gzip', 'brotli'], ...rows.map((row) => row.map(String))];
const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
const line = (row) =>
  `| ${row.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
const rule = `| ${widths.map((width, i) => (i ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
console.log([line(table[0]), rule, ...table.slice(1).map(line)].join('\n'));
