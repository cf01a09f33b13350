#!/usr/bin/env node
// Times whole runs that give out the text of records: `convert` to the same and to another kernel's text, --redact, a filter. Beside
// them, on the same file and by turns, what one would write by hand: a redaction with sed, which gives all tasks and groups one name, and a
// choice with awk (each does less); cat, which is the copying alone; and page_owner_sort with one thread, which writes little. And
// dumps that are odd on every line: CRLF, console prefixes.
//
//   nx bench @page-owner/cli [-- --rounds N --copies 10]
//
// The input is the dump of the examples folder, or PAGE_OWNER_DUMP, and copies of it end to end. Peak memory needs
// /usr/bin/time.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
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

const SED = String.raw`s/\(, tgid [-0-9]* (\).*\(), ts \)/\1task\2/; s/^\(Charged .*to .*memcg \).*/\1group/`;
const AWK = String.raw`BEGIN { RS = ""; ORS = "\n\n" } /^[^\n]* tgid -?[0-9]+ \(cat\), ts /`;

const here = fileURLToPath(new URL('.', import.meta.url));
await bench();

async function bench() {
  const { rounds, copies } = numbersGiven({ copies: 10 });
  const work = workFolder();
  const path = join(work, 'dump.txt');
  const output = join(work, 'output.txt');
  const bytes = await writeCopies(() => openInput(DUMP), path, copies);
  const crlf = join(work, 'crlf.txt');
  const logged = join(work, 'console.txt');
  edited(path, 's/$/\\r/', crlf);
  edited(path, 's/^/[   12.345678] /', logged);
  const node = (bin, ...args) => [process.execPath, join(here, bin), ...args];
  const convertOf = (input, ...args) => node('../bin/page-owner.js', 'convert', '-o', output, ...args, input);
  const convert = (...args) => convertOf(path, ...args);
  // Each with the rival that it is compared to.
  const contenders = {
    cat: { command: ['cat', path] },
    'page_owner_sort, 1 thread': {
      command: node('../../page-owner-sort/bin/page_owner_sort.js', '--threads', '1', path, output),
    },
    'redaction with sed': { command: ['sed', SED, path] },
    'choice with awk': { command: ['awk', AWK, path] },
    'convert --to V7, as it is': { command: convert('--to', 'V7'), rival: 'cat' },
    'convert --to V5 --lossy': { command: convert('--to', 'V5', '--lossy'), rival: 'redaction with sed' },
    'convert --to V7 --redact': { command: convert('--to', 'V7', '--redact'), rival: 'redaction with sed' },
    'convert --to V7 --task cat': {
      command: convert('--to', 'V7', '--task', 'cat'),
      rival: 'choice with awk',
    },
    'convert --to V7, CRLF': { command: convertOf(crlf, '--to', 'V7'), input: crlf },
    'convert --to V7 --redact, CRLF': { command: convertOf(crlf, '--to', 'V7', '--redact'), input: crlf },
    'convert --to V7, console prefixes': { command: convertOf(logged, '--to', 'V7'), input: logged },
    'sort --redact --threads 1': {
      command: node('../bin/page-owner.js', 'sort', '--redact', '--threads', '1', path, output),
      rival: 'page_owner_sort, 1 thread',
    },
  };
  const runs = inTurn(
    rounds,
    Object.fromEntries(
      Object.entries(contenders).map(([name, { command }]) => [
        name,
        () => timed(command, command.includes(output) ? undefined : output),
      ]),
    ),
  );
  console.log(
    `${cpus()[0].model}, Node ${process.version}, ${rounds} rounds in turn, ${(bytes / 1e6).toFixed(0)} MB\n`,
  );
  console.log('| what | median | min to max | MB/s | peak memory | takes, of its rival, median of rounds |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  for (const [name, results] of Object.entries(runs)) {
    const seconds = results.map((run) => run.seconds);
    const { rival, input = path } = contenders[name];
    const ratio = rival && median(results.map((run, i) => run.seconds / runs[rival][i].seconds));
    const cells = [
      name,
      spread(seconds),
      (statSync(input).size / 1e6 / median(seconds)).toFixed(0),
      peak(results),
      rival ? `${ratio.toFixed(2)} of ${rival}` : '',
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

/** Writes what sed makes of a file. */
function edited(path, script, to) {
  const fd = openSync(to, 'w');
  const { status } = spawnSync('sed', [script, path], { stdio: ['ignore', fd, 'inherit'] });
  closeSync(fd);
  if (status !== 0) throw new Error(`sed ended with ${status}`);
}
