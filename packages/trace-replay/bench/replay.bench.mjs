#!/usr/bin/env node
// Times whole runs over trace text: the replay, and three rivals on the same file, one thread each, and prints a table.
//
//   nx bench @page-owner/trace-replay [-- --rounds N --megabytes 100]
//
// - regexp: what one would write first in JavaScript: a regular expression a line, a Map from pfn to an object, no report
// - awk: the same state in awk, without stacks
// - grep -c: counts the lines of mm_page_alloc and does nothing else
//
// The inputs are the fixtures, repeated, with stacks and without; PAGE_OWNER_TRACE=FILE takes another one. Peak memory needs
// /usr/bin/time.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openInput } from '@page-owner/dump-format/node';

const CHUNK = 1 << 20;
const once = fileURLToPath(new URL('once.mjs', import.meta.url));
await bench();

async function bench() {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '5' }, megabytes: { type: 'string', default: '100' } },
  });
  const rounds = Number(values.rounds);
  const work = mkdtempSync(join(tmpdir(), 'replay-bench-'));
  process.on('exit', () => rmSync(work, { recursive: true, force: true }));
  process.on('SIGINT', () => process.exit(130));
  console.log(`${cpus()[0].model}, Node ${process.version}, ${rounds} rounds in turn`);
  const given = process.env.PAGE_OWNER_TRACE;
  const inputs = given
    ? { [given]: given }
    : {
        'with stacks': await repeated('tracefs-stacks', join(work, 'stacks.txt'), Number(values.megabytes)),
        'without stacks': await repeated(
          'tracefs-events',
          join(work, 'events.txt'),
          Number(values.megabytes),
        ),
      };
  for (const [name, file] of Object.entries(inputs)) measure(name, file, rounds);
}

function measure(name, file, rounds) {
  const megabytes = statSync(file).size / 1e6;
  const awk =
    '/ mm_page_alloc: /{match($0,/pfn=[^ ]*/);p=substr($0,RSTART,RLENGTH);live[p]=$0} ' +
    '/ mm_page_free: /{match($0,/pfn=[^ ]*/);p=substr($0,RSTART,RLENGTH);delete live[p]} END{n=0;for(p in live)n++;print n}';
  const contenders = {
    replay: [process.execPath, once, 'replay', file],
    'regexp in JavaScript': [process.execPath, once, 'regexp', file],
    'awk, no stacks': ['awk', awk, file],
    'grep -c': ['grep', '-c', ' mm_page_alloc: ', file],
  };
  const runs = Object.fromEntries(Object.keys(contenders).map((each) => [each, []]));
  // In turn, so that a slow spell of the machine meets all of them.
  for (let round = 0; round < rounds; round++) {
    for (const [each, command] of Object.entries(contenders)) runs[each].push(timed(command));
  }
  console.log(`\n${name}: ${megabytes.toFixed(0)} MB\n`);
  console.log(
    '| what | median | min to max | MB/s | MB/s without the start of Node | peak memory | times the replay, median of rounds |',
  );
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const [each, results] of Object.entries(runs)) {
    const seconds = results.map((run) => run.seconds);
    const memory = Math.max(...results.map((run) => run.memory));
    const ratio = median(results.map((run, i) => run.seconds / runs.replay[i].seconds));
    console.log(
      `| ${each} | ${median(seconds).toFixed(2)} s | ${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)} | ` +
        `${(megabytes / median(seconds)).toFixed(0)} | ` +
        `${results[0].reading ? (megabytes / median(results.map((run) => run.reading))).toFixed(0) : ''} | ${memory ? `${(memory / 1024).toFixed(0)} MiB` : '-'} | ${ratio.toFixed(2)} |`,
    );
  }
}

/** Seconds of processor time that the command took, which other work on the machine disturbs less than time that passed. */
function timed(command) {
  const time = '/usr/bin/time';
  if (!existsSync(time)) {
    const start = performance.now();
    const { stdout } = run(command);
    return { seconds: (performance.now() - start) / 1000, memory: 0, reading: readingOf(command, stdout) };
  }
  const { stdout, stderr } = run([time, '-f', '%U %S %M', ...command]);
  const [user, system, memory] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { seconds: user + system, memory, reading: readingOf(command, stdout) };
}

/** What a script of ours says it took once it ran. */
function readingOf([program], stdout) {
  return program === process.execPath ? Number(stdout) : undefined;
}

function run([program, ...words]) {
  const done = spawnSync(program, words, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${program} ended with ${done.status}: ${done.stderr}`);
  return done;
}

/** The lines of a fixture, again and again. */
async function repeated(name, file, megabytes) {
  const input = await openInput(fileURLToPath(new URL(`../test/fixtures/${name}.txt.zst`, import.meta.url)));
  const chunks = [];
  for (;;) {
    const chunk = Buffer.alloc(CHUNK);
    const count = await input.read(chunk);
    if (!count) break;
    chunks.push(chunk.subarray(0, count));
  }
  input.close();
  const bytes = Buffer.concat(chunks);
  const fd = openSync(file, 'w');
  for (let written = 0; written < megabytes * 1e6; written += bytes.length) writeSync(fd, bytes);
  closeSync(fd);
  return file;
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
