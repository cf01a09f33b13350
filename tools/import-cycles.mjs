#!/usr/bin/env node
// Data flows one way, downward, within a package as between packages: no file may import, through others and be it only
// types, a file that imports it. Says which do, and ends with 1.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { root } from './with-pnpm.mjs';

const FOLDERS = ['src', 'test', 'bench', 'conformance'];

const cycles = readdirSync(join(root, 'packages')).flatMap((name) => cyclesOf(join(root, 'packages', name)));
for (const cycle of cycles)
  console.error(`import cycle: ${cycle.map((file) => relative(root, file)).join(' -> ')}`);
if (cycles.length) process.exit(1);

/** Each as its files, the first of them again at its end. */
function cyclesOf(folder) {
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
