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
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openInput } from '@page-owner/dump-format/node';
import { inTurn, median, peak, spread, timed, workFolder } from '@page-owner/measure';

const CHUNK = 1 << 20;
const once = fileURLToPath(new URL('once.mjs', import.meta.url));
await bench();

async function bench() {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '5' }, megabytes: { type: 'string', default: '100' } },
  });
  const rounds = Number(values.rounds);
  const work = workFolder();
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
  const runs = inTurn(rounds, {
    replay: () => timed([process.execPath, once, 'replay', file]),
    'regexp in JavaScript': () => timed([process.execPath, once, 'regexp', file]),
    'awk, no stacks': () => timed(['awk', awk, file]),
    'grep -c': () => timed(['grep', '-c', ' mm_page_alloc: ', file]),
  });
  console.log(`\n${name}: ${megabytes.toFixed(0)} MB\n`);
  console.log(
    '| what | median | min to max | MB/s | MB/s without the start of Node | peak memory | times the replay, median of rounds |',
  );
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const [each, results] of Object.entries(runs)) {
    const seconds = results.map(secondsOf);
    const ratio = median(results.map((run, i) => secondsOf(run) / secondsOf(runs.replay[i])));
    // What a script of ours says it took once it ran.
    const reading = each === 'replay' || each === 'regexp in JavaScript';
    const speeds = [seconds, reading ? results.map(({ stdout }) => Number(stdout)) : []].map((times) =>
      times.length ? (megabytes / median(times)).toFixed(0) : '',
    );
    console.log(
      `| ${each} | ${spread(seconds)} | ${speeds.join(' | ')} | ${peak(results)} | ${ratio.toFixed(2)} |`,
    );
  }
}

/** Of processor time, where it is known. */
function secondsOf(run) {
  return run.processorSeconds ?? run.seconds;
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
