#!/usr/bin/env node
// Times whole runs: a full profile (pageblocks included), the growth between two, and page_owner_sort --cull=stacktrace
// on the same file with as many threads (one), side by side, and prints a table; then the time that each export of the profile
// takes, the first time that a process makes it.
//
//   nx bench @page-owner/profile [-- --rounds N --copies 10]
//
// The input is the dump of the examples folder, or PAGE_OWNER_DUMP, and copies of it end to end. Peak memory needs
// /usr/bin/time.
import { cpus } from 'node:os';
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

const here = fileURLToPath(new URL('.', import.meta.url));
await bench();

async function bench() {
  const { rounds, copies } = numbersGiven({ copies: 10 });
  const work = workFolder();
  const path = join(work, 'dump.txt');
  const bytes = await writeCopies(() => openInput(DUMP), path, copies);
  const once = join(here, 'once.mjs');
  const sort = join(here, '../../page-owner-sort/bin/page_owner_sort.js');
  const node = (...words) => timed([process.execPath, ...words]);
  const { exports, ...runs } = inTurn(rounds, {
    'page_owner_sort --cull=stacktrace, 1 thread': () =>
      node(sort, '--threads', '1', '--cull=stacktrace', path, join(work, 'sorted.txt')),
    'full profile': () => node(once, 'profile', path),
    'growth between two profiles': () => node(once, 'growth', path, path),
    exports: () => node(once, 'export', path),
  });
  console.log(
    `${cpus()[0].model}, Node ${process.version}, ${rounds} rounds in turn, ${(bytes / 1e6).toFixed(0)} MB\n`,
  );
  console.log('| what | median | min to max | MB/s | peak memory | times the sort, median of rounds |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  const base = Object.values(runs)[0];
  for (const [name, results] of Object.entries(runs)) {
    const seconds = results.map((run) => run.seconds);
    const ratio = median(results.map((run, i) => run.seconds / base[i].seconds));
    const speed = (bytes / 1e6 / median(seconds)).toFixed(0);
    console.log(`| ${name} | ${spread(seconds)} | ${speed} | ${peak(results)} | ${ratio.toFixed(2)} |`);
  }
  const formats = exports.map(({ stdout }) => JSON.parse(stdout));
  console.log('\n| export of that profile | median | min to max | kB |\n| --- | ---: | ---: | ---: |');
  for (const [i, { name, bytes: size }] of formats[0].entries()) {
    const ms = formats.map((times) => times[i].ms);
    const range = `${Math.min(...ms).toFixed(0)} to ${Math.max(...ms).toFixed(0)}`;
    console.log(`| ${name} | ${median(ms).toFixed(0)} ms | ${range} | ${(size / 1000).toFixed(0)} |`);
  }
}
