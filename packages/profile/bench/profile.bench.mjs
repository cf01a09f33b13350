#!/usr/bin/env node
// Times whole runs: a full profile (pageblocks included), the growth between two, and page_owner_sort --cull=stacktrace
// on the same file with as many threads (one), side by side, and prints a table; then the time that each export of the profile
// takes, the first time that a process makes it.
//
//   nx bench @page-owner/profile [-- --rounds N --copies 10]
//
// The input is the dump of the examples folder, or PAGE_OWNER_DUMP, and copies of it end to end. Peak memory needs
// /usr/bin/time.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openInput } from '@page-owner/dump-format/node';

const here = fileURLToPath(new URL('.', import.meta.url));
await bench();

async function bench() {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '5' }, copies: { type: 'string', default: '10' } },
  });
  const rounds = Number(values.rounds);
  const work = mkdtempSync(join(tmpdir(), 'profile-bench-'));
  process.on('exit', () => rmSync(work, { recursive: true, force: true }));
  process.on('SIGINT', () => process.exit(130));
  const path = join(work, 'dump.txt');
  const bytes = await copies(path, Number(values.copies));
  const once = join(here, 'once.mjs');
  const sort = join(here, '../../page-owner-sort/bin/page_owner_sort.js');
  const contenders = {
    'page_owner_sort --cull=stacktrace, 1 thread': [
      sort,
      '--threads',
      '1',
      '--cull=stacktrace',
      path,
      join(work, 'sorted.txt'),
    ],
    'full profile': [once, 'profile', path],
    'growth between two profiles': [once, 'growth', path, path],
  };
  const runs = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  const exports = [];
  // In turn, so that a slow spell of the machine meets all of them.
  for (let round = 0; round < rounds; round++) {
    for (const [name, command] of Object.entries(contenders))
      runs[name].push(timed([process.execPath, ...command]));
    exports.push(JSON.parse(timed([process.execPath, once, 'export', path]).output));
  }
  console.log(
    `${cpus()[0].model}, Node ${process.version}, ${rounds} rounds in turn, ${(bytes / 1e6).toFixed(0)} MB\n`,
  );
  console.log('| what | median | min to max | MB/s | peak memory | times the sort, median of rounds |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  const base = Object.values(runs)[0];
  for (const [name, results] of Object.entries(runs)) {
    const seconds = results.map((run) => run.seconds);
    const memory = Math.max(...results.map((run) => run.memory));
    const ratio = median(results.map((run, i) => run.seconds / base[i].seconds));
    const range = `${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}`;
    console.log(
      `| ${name} | ${median(seconds).toFixed(2)} s | ${range} | ${(bytes / 1e6 / median(seconds)).toFixed(0)} | ` +
        `${memory ? `${(memory / 1024).toFixed(0)} MiB` : '-'} | ${ratio.toFixed(2)} |`,
    );
  }
  console.log('\n| export of that profile | median | min to max | kB |\n| --- | ---: | ---: | ---: |');
  for (const [i, { name, bytes: size }] of exports[0].entries()) {
    const ms = exports.map((formats) => formats[i].ms);
    const range = `${Math.min(...ms).toFixed(0)} to ${Math.max(...ms).toFixed(0)}`;
    console.log(`| ${name} | ${median(ms).toFixed(0)} ms | ${range} | ${(size / 1000).toFixed(0)} |`);
  }
}

function timed(command) {
  const time = '/usr/bin/time';
  const words = existsSync(time) ? [time, '-f', '%M', ...command] : command;
  const start = performance.now();
  const run = spawnSync(words[0], words.slice(1), { encoding: 'utf8' });
  const seconds = (performance.now() - start) / 1000;
  if (run.status !== 0) throw new Error(`${command.join(' ')} ended with ${run.status}: ${run.stderr}`);
  return {
    seconds,
    output: run.stdout,
    memory: existsSync(time) ? Number(run.stderr.trim().split('\n').at(-1)) : 0,
  };
}

async function copies(path, count) {
  const dump = process.env.PAGE_OWNER_DUMP ?? join(here, '../../../examples/linux-6.12-page_owner.txt.zst');
  const fd = openSync(path, 'w');
  const chunk = new Uint8Array(1 << 20);
  let bytes = 0;
  for (let copy = 0; copy < count; copy++) {
    const input = await openInput(dump);
    for (let read; (read = await input.read(chunk)) > 0; bytes += read) writeSync(fd, chunk, 0, read);
    input.close();
  }
  closeSync(fd);
  return bytes;
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
