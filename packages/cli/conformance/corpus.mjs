#!/usr/bin/env node
// Holds the real command against a kernel module that knows what it leaked, and the README against what it prints. Exit status 1 when one of the checks fails.
//
//   npx nx conformance cli CORPUS_DIR
//
// CORPUS_DIR holds BOOT/SNAPSHOT/page_owner.txt[.gz|.zst], and beside it leaky.txt, the module's own counters; linux-6.12-d/trace-stack
// has the trace as well, trace.txt, from which `replay` makes a dump.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { differingSamples } from './readme-samples.mjs';

const corpus = process.argv[2] ?? process.env.PAGE_OWNER_CORPUS;
if (!corpus) {
  console.error('usage: corpus.mjs CORPUS_DIR');
  process.exit(2);
}
const BIN = fileURLToPath(new URL('../bin/page-owner.js', import.meta.url));
const SORT = fileURLToPath(new URL('../../page-owner-sort/bin/page_owner_sort.js', import.meta.url));
const LEAK = 'leaky_alloc_buffers [leaky]';
const POOL = 'pool_refill_buffers [leaky]';
let checks = 0;
let failures = 0;

for (const [boot, ...series] of [
  ['linux-6.12-a', 't1', 't2'],
  ['linux-6.12-a', 't2', 't3'],
  ['linux-6.12-a', 't1', 't2', 't3'],
  ['linux-6.12-a', 't0', 't1', 't2', 't3', 't4'],
  ['linux-6.1-a', 't1', 't2'],
  ['linux-6.1-a', 't1', 't2', 't4'],
  ['linux-6.1-a', 't0', 't1', 't2', 't4'],
]) {
  const paths = series.map((snapshot) => dumpOf(boot, snapshot));
  if (paths.every((path) => path !== undefined))
    checkSeries(`${boot} ${series.join(' ')}`, boot, series, paths);
}
checkReplay('linux-6.12-d', 'trace-stack');
const readme = fileURLToPath(new URL('../README.md', import.meta.url));
for (const { line, differing } of differingSamples(readme, BIN, join(corpus, 'linux-6.12-a')))
  check(!differing.length, `README, page-owner ${line}: does not print ${differing.join(' | ')}`);
console.log(`${checks} checks, ${failures} failed`);
process.exitCode = failures || !checks ? 1 : 0;

function checkSeries(name, boot, series, paths) {
  const leaked = series.map((snapshot) => leakedPages(boot, snapshot));
  const expected = leaked.at(-1) - leaked[0];
  const { suspects, rows } = diff(paths, '--limit', 'all');
  const byFunction = diff(paths, '--limit', 'all', '--by', 'function');
  const leak = byFunction.rows.find((row) => row.function === LEAK);
  console.log(
    `${name}: ${LEAK} ${leak?.pages.join(' -> ')}, the module says ${leaked.join(' -> ')}; ` +
      `first suspect ${ownerOf(suspects[0])} ${suspects[0]?.delta}`,
  );
  check(leak?.delta === expected, `${name}: grew by ${leak?.delta}, the module says ${expected}`);
  check(leak?.pages.join() === leaked.join(), `${name}: ${leak?.pages} pages, the module says ${leaked}`);
  const ofStacks = rows.filter((row) => ownerOf(row) === LEAK).reduce((sum, { delta }) => sum + delta, 0);
  check(ofStacks === expected, `${name}: its stacks grew by ${ofStacks}, the module says ${expected}`);
  check(ownerOf(suspects[0]) === LEAK, `${name}: the leak is the first suspect`);
  check(byFunction.suspects[0]?.function === LEAK, `${name}: the leak is the first suspect by function`);
  check(
    suspects.every(({ reclaim }) => reclaim === 'none'),
    `${name}: no suspect is on the LRU`,
  );
  const all = diff(paths, '--limit', 'all', '--all');
  check(!JSON.stringify(all).includes('tidy'), `${name}: tidy never appears`);
  const isPool = (row) => ownerOf(row) === POOL;
  if (series.length > 2) {
    check(!suspects.some(isPool), `${name}: pool is no suspect`);
    for (const row of suspects)
      check(ownerOf(row) === LEAK, `${name}: ${ownerOf(row)} ${row.pages} is a suspect`);
    const others = rows.filter(
      (row) => row.delta > 0 && !suspects.some(({ stackId }) => stackId === row.stackId),
    );
    for (const row of others) {
      const own = row.frames[0] === 'register_dummy_stack';
      const fresh = row.pages.slice(0, -1).every((pages) => pages === 0);
      const wanted = own ? ['tracker'] : fresh ? ['new'] : ['new', 'settled'];
      check(wanted.includes(row.class), `${name}: ${ownerOf(row)} ${row.pages} is ${row.class}`);
    }
  } else
    check(
      rows.every((row) => row.delta <= 0 || ['new', 'tracker'].includes(row.class)),
      `${name}: all growth is new`,
    );
  if (series.length === 2 && series[0] === 't1')
    check(suspects.find(isPool)?.delta === 256, `${name}: pool grew by its window`);
  if (series.join() === 't2,t3') check(!rows.some(isPool), `${name}: pool stands still`);

  const screen = spawnSync(process.execPath, [BIN, 'diff', ...paths], { encoding: 'utf8' }).stdout;
  const lines = screen.split('\n');
  const first = lines[lines.findIndex((line) => line.endsWith('leak suspect')) + 1] ?? '';
  check(first.includes(LEAK), `${name}: on the screen the first suspect is ${first}`);
}

/** A trace, replayed to a dump, which other subcommands and page_owner_sort read; against the kernel's dump and the module. */
function checkReplay(boot, snapshot) {
  const trace = fileOf(boot, snapshot, 'trace.txt');
  const kernel = dumpOf(boot, snapshot);
  if (trace === undefined || kernel === undefined) return;
  const name = `${boot} ${snapshot}`;
  const home = mkdtempSync(join(tmpdir(), 'page-owner-'));
  try {
    const dump = join(home, 'dump.txt');
    run(BIN, 'replay', '-o', dump, trace);
    const report = JSON.parse(run(BIN, 'replay', '--report', '--json', trace));
    const summary = JSON.parse(run(BIN, 'summary', '--json', '--limit', 'all', dump));
    const { records, pages } = report.live;
    console.log(`${name}, replayed: ${records} records, ${pages} pages`);
    check(summary.variant === 'V7', `${name}: the dump is of ${summary.variant}`);
    check(
      summary.recordsRead === records,
      `${name}: summary reads ${summary.recordsRead} of ${records} records`,
    );
    check(summary.pages === pages, `${name}: summary counts ${summary.pages} of ${pages} pages`);
    check(summary.garbagePieces === 0, `${name}: ${summary.garbagePieces} pieces of the dump are no records`);

    const counted = countLive(trace);
    check(
      counted.records === records,
      `${name}: a plain count leaves ${counted.records} records of ${records}`,
    );
    check(counted.pages === pages, `${name}: a plain count leaves ${counted.pages} pages of ${pages}`);

    // The trace has no modules; the kernel's dump does.
    const replayed = pagesByFunction(dump);
    const known = pagesByFunction(kernel);
    const leaked = leakedPages(boot, snapshot);
    console.log(`${name}, replayed: ${LEAK} ${replayed.get(LEAK)}, the module says ${leaked}`);
    check(replayed.get(LEAK) === leaked, `${name}: ${replayed.get(LEAK)} pages, the module says ${leaked}`);
    for (const each of [LEAK, POOL]) {
      const theirs = known.get(each);
      check(
        replayed.get(each) === theirs,
        `${name}: ${each} ${replayed.get(each)}, the kernel says ${theirs}`,
      );
    }
    check(![...replayed.keys()].some((each) => each.includes('tidy')), `${name}: tidy never appears`);

    const sorted = join(home, 'sorted.txt');
    run(SORT, '-m', dump, sorted);
    const groups = [...readFileSync(sorted, 'utf8').matchAll(/^(\d+) times, (\d+) pages/gm)];
    const sum = (column) => groups.reduce((total, group) => total + Number(group[column]), 0);
    check(sum(1) === records, `${name}: page_owner_sort counts ${sum(1)} of ${records} records`);
    check(sum(2) === pages, `${name}: page_owner_sort counts ${sum(2)} of ${pages} pages`);

    const [direct, through] = [join(home, 'a.csv'), join(home, 'b.csv')];
    run(BIN, 'replay', '-o', direct, trace);
    run(BIN, 'export', '-o', through, dump);
    check(readFileSync(direct).equals(readFileSync(through)), `${name}: an export is that of the dump`);
  } finally {
    rmSync(home, { recursive: true });
  }
}

/** What is left when each allocation of a trace enters its page frame, and each free takes it out. */
function countLive(trace) {
  const text = trace.endsWith('.gz')
    ? gunzipSync(readFileSync(trace)).toString('latin1')
    : readFileSync(trace, 'latin1');
  const live = new Map();
  for (const [, event, pfn, order] of text.matchAll(/: mm_page_(alloc|free): \S+ pfn=(\S+) order=(\d+)/g)) {
    if (event === 'alloc') live.set(pfn, 2 ** Number(order));
    else live.delete(pfn);
  }
  return { records: live.size, pages: [...live.values()].reduce((sum, pages) => sum + pages, 0) };
}

/** Pages by function, named as a dump with modules names those of the module. */
function pagesByFunction(dump) {
  const { top } = JSON.parse(run(BIN, 'top', '--json', '--by', 'function', '--limit', 'all', dump));
  const ofModule = /^(?:leaky|pool|tidy)_\w+$/;
  return new Map(top.map((row) => [row.function.replace(ofModule, '$& [leaky]'), row.pages]));
}

function diff(paths, ...options) {
  return JSON.parse(run(BIN, 'diff', '--json', ...options, ...paths));
}

function run(command, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${args.join(' ')}: exit ${status}: ${stderr}`);
  return stdout;
}

function ownerOf(row) {
  return row?.frames[row.ownerFrame];
}

function leakedPages(boot, snapshot) {
  const path = join(corpus, boot, snapshot, 'leaky.txt');
  return existsSync(path) ? Number(/leaked_pages (\d+)/.exec(readFileSync(path, 'utf8'))[1]) : 0;
}

function dumpOf(boot, snapshot) {
  return fileOf(boot, snapshot, 'page_owner.txt');
}

function fileOf(boot, snapshot, name) {
  const path = join(corpus, boot, snapshot, name);
  return [path, `${path}.gz`, `${path}.zst`].find(existsSync);
}

function check(good, sentence) {
  checks++;
  if (good) return;
  failures++;
  console.log(`FAILED ${sentence}`);
}
