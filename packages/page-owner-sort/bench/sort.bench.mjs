#!/usr/bin/env node
// Times whole runs of page_owner_sort, ours and the kernel's C tool, side by side on the same file, and prints a table.
//
//   nx bench @page-owner/page-owner-sort [-- --rounds N --copies 1,10]
//
// The input is the dump of the examples folder, or PAGE_OWNER_DUMP, and copies of it end to end. The C tool is
// PAGE_OWNER_SORT_C, or is built from Debian's linux-source package where that is installed; without either its column
// is left out. Peak memory needs /usr/bin/time.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openInput } from '@page-owner/dump-format/node';
import {
  DUMP,
  inTurn,
  median,
  numbersGiven,
  peak,
  spread,
  timed,
  workFolder,
  writeCopies,
} from '@page-owner/measure';

const { rounds, copies: sizes } = numbersGiven({ copies: [1, 10] });
const here = fileURLToPath(new URL('.', import.meta.url));
const bin = join(here, '..', 'bin', 'page_owner_sort.js');
const work = workFolder();
const output = join(work, 'sorted.txt');
const MODES = [[], ['-m'], ['--cull=stacktrace']];

const cTool = process.env.PAGE_OWNER_SORT_C ?? buildCTool();
const threads = availableParallelism();
console.log(
  `${cpus()[0].model}, ${threads} processors, Node ${process.version}, ${rounds} rounds in turn; ` +
    `C tool: ${cTool ? 'gcc -O2' : 'not there'}\n`,
);
for (const copies of sizes) {
  const path = join(work, `dump-${copies}.txt`);
  const bytes = await writeCopies(() => openInput(DUMP), path, copies);
  console.log(`${copies} ${copies === 1 ? 'copy' : 'copies'} of the dump, ${(bytes / 1e6).toFixed(0)} MB\n`);
  console.log('| options | what | median | min to max | MB/s | peak memory | C tool takes |');
  console.log('| --- | --- | ---: | ---: | ---: | ---: | ---: |');
  for (const mode of MODES) compare(mode, path, bytes);
  rmSync(path);
  console.log('');
}

function compare(mode, path, bytes) {
  const contenders = {
    'ours, 1 thread': [process.execPath, bin, '--threads', '1', ...mode, path, output],
    [`ours, ${threads} threads`]: [
      process.execPath,
      bin,
      '--threads',
      String(threads),
      ...mode,
      path,
      output,
    ],
    ...(cTool && { 'C tool': [cTool, ...mode, path, output] }),
    'wc -l': ['wc', '-l', path],
  };
  const runs = inTurn(
    rounds,
    Object.fromEntries(Object.entries(contenders).map(([name, command]) => [name, () => timed(command)])),
  );
  const c = runs['C tool'];
  for (const [name, results] of Object.entries(runs)) {
    const seconds = results.map((run) => run.seconds);
    const ratios = c && results.map((run, i) => c[i].seconds / run.seconds);
    const cells = [
      mode.join(' ') || '(none)',
      name,
      spread(seconds, 3),
      (bytes / 1e6 / median(seconds)).toFixed(0),
      peak(results),
      ratios && name !== 'C tool' ? `${median(ratios).toFixed(1)} times as long` : '',
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function buildCTool() {
  const archives = existsSync('/usr/src')
    ? readdirSync('/usr/src').filter((name) => /^linux-source-6\.\d+\.tar\.xz$/.test(name))
    : [];
  for (const archive of archives) {
    const release = archive.slice(0, -'.tar.xz'.length);
    const source = `${release}/tools/mm/page_owner_sort.c`;
    const built = join(work, 'page_owner_sort_c');
    if (spawnSync('tar', ['-xf', join('/usr/src', archive), '-C', work, source]).status !== 0) continue;
    if (spawnSync('gcc', ['-O2', '-o', built, join(work, source)]).status === 0) return built;
  }
  return undefined;
}
