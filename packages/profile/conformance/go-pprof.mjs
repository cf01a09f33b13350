#!/usr/bin/env node
// Holds what `go tool pprof` reads in exported files against the profiles they are of: pages of each function and of each
// value of each label; and a difference in one file against pprof's own of two (-diff_base). Needs go on the PATH.
//
//   node packages/profile/conformance/go-pprof.mjs [BEFORE AFTER]
//
// BEFORE and AFTER are dumps; the default are two of the tests' own. Exit status 1 when one of the checks fails.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openInput } from '@page-owner/dump-format/node';
import { breakdown, profileDump } from '@page-owner/profile';
import { pprof, pprofDiff, printableName } from '@page-owner/profile/export';

const DIMENSIONS = {
  task: 'taskName',
  pid: 'pid',
  tgid: 'tgid',
  order: 'order',
  migratetype: 'gfpType',
  pageblock: 'blockType',
  zone: 'zone',
  node: 'node',
  allocator: 'allocator',
  reclaim: 'reclaim',
  module: 'module',
};
const WITHOUT_LABEL = new Set(['', '?']);

const fixture = (moment) =>
  fileURLToPath(new URL(`../test/fixtures/6.12-${moment}.page_owner.txt.zst`, import.meta.url));
const [beforePath = fixture('t2'), afterPath = fixture('t3')] = process.argv.slice(2);

const version = spawnSync('go', ['version'], { encoding: 'utf8' });
if (version.status !== 0) {
  console.error('go-pprof: go is not installed');
  process.exit(2);
}
const work = mkdtempSync(join(tmpdir(), 'go-pprof-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

let checks = 0;
let failures = 0;
const before = await profileOf(beforePath);
const after = await profileOf(afterPath);
const files = { before: pprof(before), after: pprof(after), diff: pprofDiff(before, after) };
for (const [name, bytes] of Object.entries(files)) writeFileSync(join(work, name), bytes);

for (const [name, profile] of Object.entries({ before, after })) {
  check(`${name}: pages of each function`, top(name), sumsOf(profile, 'owner'));
  const tags = tagsOf(name);
  for (const [label, dimension] of Object.entries(DIMENSIONS)) {
    check(`${name}: pages of each ${label}`, tags.get(label), sumsOf(profile, dimension));
  }
}
check('the difference: pages of each function', top('diff'), top('-diff_base', 'before', 'after'));
const tags = { one: tagsOf('diff'), two: tagsOf('-diff_base', 'before', 'after') };
for (const label of new Set([...tags.one.keys(), ...tags.two.keys()]))
  check(`the difference: pages of each ${label}`, tags.one.get(label), tags.two.get(label));

console.log(run('-top', '-nodecount=10', '-sample_index=pages', '-tagfocus=reclaim=none', 'diff'));
console.log(`${version.stdout.trim()}: ${checks} checks, ${failures} failed`);
process.exitCode = failures ? 1 : 0;

async function profileOf(path) {
  const input = await openInput(path);
  try {
    return await profileDump(input);
  } finally {
    input.close();
  }
}

function run(...args) {
  const { status, stdout, stderr } = spawnSync('go', ['tool', 'pprof', ...args], {
    cwd: work,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, PPROF_TMPDIR: work },
  });
  if (status !== 0) throw new Error(`go tool pprof ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Pages of each function that owns some, as -top prints them. */
function top(...args) {
  const text = run('-top', '-nodefraction=0', '-nodecount=1000000', '-sample_index=pages', ...args);
  const rows = text.matchAll(/^ *(-?\d+) +\S+% +\S+% +-?\d+ +\S+% {2}(.*?)(?: \(inline\))?$/gm);
  return new Map([...rows].map(([, pages, name]) => [name, Number(pages)]).filter(([, pages]) => pages));
}

/** Pages of each value of each label, as -tags prints them. */
function tagsOf(...args) {
  const labels = new Map();
  let sums;
  for (const line of run('-tags', '-sample_index=pages', ...args).split('\n')) {
    const label = /^ *([\w:]+): Total/.exec(line)?.[1];
    if (label) labels.set(label, (sums = new Map()));
    const value = /^ *(-?\d+)(?:\.0)?(?: \([^)]*\))?: (.*)$/.exec(line);
    if (value && Number(value[1])) sums.set(value[2], Number(value[1]));
  }
  return labels;
}

function sumsOf(profile, dimension) {
  const rows = breakdown(profile, [dimension]).filter(({ names }) => !WITHOUT_LABEL.has(names[0]));
  return new Map(rows.map(({ names, pages }) => [printableName(names[0]), pages]));
}

function check(what, actual = new Map(), expected = new Map()) {
  checks++;
  const keys = new Set([...actual.keys(), ...expected.keys()]);
  if (!keys.size) throw new Error(`nothing to compare: ${what}`);
  const different = [...keys].filter((key) => actual.get(key) !== expected.get(key));
  if (!different.length) return;
  failures++;
  const [key] = different;
  console.log(
    `FAILED ${what}: ${different.length} differ, ${key}: pprof ${actual.get(key)}, expected ${expected.get(key)}`,
  );
}
