#!/usr/bin/env node
// Holds the real command against a kernel module that knows what it leaked. Exit status 1 when one of the checks fails.
//
//   npx nx conformance cli CORPUS_DIR
//
// CORPUS_DIR holds BOOT/SNAPSHOT/page_owner.txt[.gz|.zst], and beside it leaky.txt, the module's own counters.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const corpus = process.argv[2] ?? process.env.PAGE_OWNER_CORPUS;
if (!corpus) {
  console.error('usage: corpus.mjs CORPUS_DIR');
  process.exit(2);
}
const BIN = fileURLToPath(new URL('../bin/page-owner.js', import.meta.url));
const LEAK = 'leaky_alloc_buffers [leaky]';
const POOL = 'pool_refill_buffers [leaky]';
let checks = 0;
let failures = 0;

for (const [boot, ...series] of [
  ['linux-6.12-a', 't1', 't2'],
  ['linux-6.12-a', 't2', 't3'],
  ['linux-6.12-a', 't1', 't2', 't3'],
  ['linux-6.1-a', 't1', 't2'],
  ['linux-6.1-a', 't1', 't2', 't4'],
]) {
  const paths = series.map((snapshot) => dumpOf(boot, snapshot));
  if (paths.every((path) => path !== undefined))
    checkSeries(`${boot} ${series.join(' ')}`, boot, series, paths);
}
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
  if (series.length > 2) check(!suspects.some(isPool), `${name}: pool is no suspect`);
  else if (series[0] === 't1')
    check(suspects.find(isPool)?.delta === 256, `${name}: pool grew by its window`);
  else check(!rows.some(isPool), `${name}: pool stands still`);

  const screen = spawnSync(process.execPath, [BIN, 'diff', ...paths], { encoding: 'utf8' }).stdout;
  const lines = screen.split('\n');
  const first = lines[lines.findIndex((line) => line.endsWith('leak suspect')) + 1] ?? '';
  check(first.includes(LEAK), `${name}: on the screen the first suspect is ${first}`);
}

function diff(paths, ...options) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [BIN, 'diff', '--json', ...options, ...paths],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  );
  if (status !== 0) throw new Error(`page-owner diff ${paths.join(' ')}: exit ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

function ownerOf(row) {
  return row?.frames[row.ownerFrame];
}

function leakedPages(boot, snapshot) {
  const path = join(corpus, boot, snapshot, 'leaky.txt');
  return existsSync(path) ? Number(/leaked_pages (\d+)/.exec(readFileSync(path, 'utf8'))[1]) : 0;
}

function dumpOf(boot, snapshot) {
  const path = join(corpus, boot, snapshot, 'page_owner.txt');
  return [path, `${path}.gz`, `${path}.zst`].find(existsSync);
}

function check(good, sentence) {
  checks++;
  if (good) return;
  failures++;
  console.log(`FAILED ${sentence}`);
}
