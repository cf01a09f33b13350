#!/usr/bin/env node
// Data flows one way, downward, within a package as between packages: no file may import, through others and be it only
// types, a file that imports it; nor one of a folder that stands below its own in the table of docs/architecture.md.
// Says which do, and ends with 1.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';
import { root } from './with-pnpm.mjs';

const FOLDERS = ['src', 'test', 'bench', 'conformance'];

const order = foldersInOrder();
for (const name of readdirSync(join(root, 'packages'))) {
  const imports = importsOf(join(root, 'packages', name));
  if (order.has(name)) complainOfFolders(name, order.get(name), imports);
  for (const cycle of cyclesOf(imports))
    complain(`import cycle: ${cycle.map((file) => relative(root, file)).join(' -> ')}`);
}

function complain(sentence) {
  console.error(sentence);
  process.exitCode = 1;
}

/** Folders of `src/` by package, as docs/architecture.md lists them: "| `package` or nothing | `folder/` | ...". */
function foldersInOrder() {
  const folders = new Map();
  const rows = readFileSync(join(root, 'docs/architecture.md'), 'utf8').matchAll(
    /^\| (?:`([\w-]+)`)? *\| `([\w-]+)\/` +\|/gm,
  );
  let name;
  for (const [, first, folder] of rows) {
    if (first) folders.set((name = first), []);
    folders.get(name).push(folder);
  }
  return folders;
}

function complainOfFolders(name, folders, imports) {
  const src = join(root, 'packages', name, 'src');
  const there = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  if (String(there.map((entry) => entry.name).sort()) !== String([...folders].sort()))
    complain(`packages/${name}/src has other folders than docs/architecture.md lists`);
  const rank = (file) => folders.indexOf(relative(src, file).split(sep)[0]);
  for (const [file, found] of imports) {
    for (const path of found)
      if (rank(file) >= 0 && rank(file) < rank(path))
        complain(
          `${relative(root, file)} imports ${relative(src, path)}, which stands below it in docs/architecture.md`,
        );
  }
}

/** What the files of a package import of each other. */
function importsOf(folder) {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && FOLDERS.includes(entry.name))
    .flatMap(({ name }) =>
      readdirSync(join(folder, name), { recursive: true }).map((path) => join(folder, name, path)),
    )
    .filter((path) => path.endsWith('.ts'))
    .sort();
  const imports = new Map(files.map((file) => [file, new Set()]));
  for (const [file, found] of imports) {
    for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles) {
      const path = join(dirname(file), fileName.replace(/\.js$/, '.ts'));
      if (fileName.startsWith('.') && imports.has(path)) found.add(path);
    }
  }
  return imports;
}

/** Each as its files, the first of them again at its end. Takes out of `imports` all that is in none. */
function cyclesOf(imports) {
  const cycles = [];
  for (;;) {
    dropSettled(imports);
    const [start] = imports.keys();
    if (start === undefined) return cycles;
    const cycle = cycleFrom(start, imports);
    cycles.push(cycle);
    imports.get(cycle.at(-2)).delete(cycle.at(-1));
  }
}

/** Drops the files whose imports end somewhere. */
function dropSettled(imports) {
  for (let size = -1; size !== imports.size;) {
    size = imports.size;
    for (const [file, found] of imports) {
      for (const path of found) if (!imports.has(path)) found.delete(path);
      if (!found.size) imports.delete(file);
    }
  }
}

/** Every file that is left imports one that is left. */
function cycleFrom(start, imports) {
  const path = [start];
  for (;;) {
    const [next] = imports.get(path.at(-1));
    const at = path.indexOf(next);
    path.push(next);
    if (at >= 0) return path.slice(at);
  }
}
