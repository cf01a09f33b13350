#!/usr/bin/env node
// Runs the command with --compat on every recorded call of the real C tool and compares output bytes, exit code,
// stdout and stderr. Usage: c-tool.mjs CORPUS_DIR [FILTER] (a folder with expected/ and the dumps; see docs/testing.md)
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseCases } from './recorded-cases.mjs';

const [corpus, filter = ''] = process.argv.slice(2);
if (!corpus) {
  console.error('usage: c-tool.mjs CORPUS_DIR [FILTER]');
  process.exit(2);
}
const bin = new URL('../bin/page_owner_sort.js', import.meta.url).pathname;
const work = mkdtempSync(join(tmpdir(), 'c-tool-'));
const totals = { passed: 0, failed: 0, undefined: 0 };

function unpack(path) {
  return existsSync(`${path}.gz`) ? gunzipSync(readFileSync(`${path}.gz`)) : readFileSync(path);
}

/** One call; returns what differs, or ''. */
function differs(compat, input, { args, exitCode, bytes, sha256, stdout, stderr }) {
  const output = join(work, 'out.txt');
  rmSync(output, { force: true });
  const words = args.map((word) => (word === 'page_owner.txt' ? input : word === 'OUT' ? output : word));
  const run = spawnSync(process.execPath, [bin, '--compat', compat, ...words], { encoding: 'latin1' });
  if (run.status !== exitCode) return `exit code ${run.status}, not ${exitCode} (${run.stderr.trim()})`;
  if (bytes !== undefined) {
    const written = existsSync(output) ? readFileSync(output) : undefined;
    if (written?.length !== bytes) return `${written?.length} bytes written, not ${bytes}`;
    if (createHash('sha256').update(written).digest('hex') !== sha256) return 'other bytes written';
  }
  if (stdout !== undefined && stdout !== 'USAGE' && run.stdout !== stdout)
    return `stdout ${JSON.stringify(run.stdout)}`;
  if (stdout === 'USAGE' && !run.stdout.startsWith('Usage: '))
    return `no usage: ${JSON.stringify(run.stdout)}`;
  if (stderr !== undefined && run.stderr.replaceAll(/page_owner_sort(-6\.12?)?:/g, 'TOOL:') !== stderr) {
    return `stderr ${JSON.stringify(run.stderr.slice(0, 300))}`;
  }
  return '';
}

function check(name, compat, input, recorded) {
  if (recorded.isUndefined) {
    totals.undefined++;
    return;
  }
  const difference = differs(compat, input, recorded);
  totals[difference ? 'failed' : 'passed']++;
  if (difference) console.log(`FAILED ${name}: ${difference}`);
}

function checkFolder(kind, folder, dump, compat) {
  if (!`${kind}${folder}`.includes(filter)) return;
  const input = join(work, 'in.txt');
  writeFileSync(input, unpack(dump));
  const before = { ...totals };
  for (const recorded of parseCases(readFileSync(join(folder, 'cases.tsv'), 'latin1'))) {
    check(`${folder} ${recorded.name}`, compat, input, recorded);
  }
  console.log(`${folder}: ${totals.passed - before.passed} passed, ${totals.failed - before.failed} failed`);
}

const folders = (root) => readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const expected = join(corpus, 'expected');
for (const boot of folders(expected)) {
  if (boot.name === 'odd-inputs' || boot.name === 'sort-honoured') continue;
  for (const snapshot of folders(join(expected, boot.name))) {
    const folder = join(expected, boot.name, snapshot.name);
    const compat = boot.name.includes('6.12') ? '6.12' : '6.1';
    checkFolder('', folder, join(corpus, boot.name, snapshot.name, 'page_owner.txt'), compat);
  }
}
const honoured = join(expected, 'sort-honoured');
for (const boot of folders(honoured)) {
  for (const snapshot of folders(join(honoured, boot.name))) {
    const folder = join(honoured, boot.name, snapshot.name);
    checkFolder('', folder, join(corpus, boot.name, snapshot.name, 'page_owner.txt'), 'mainline');
  }
}
if ('odd-inputs'.includes(filter) || filter.includes('odd')) {
  const rows = readFileSync(join(corpus, 'odd-inputs', 'results.tsv'), 'latin1')
    .trim()
    .split('\n')
    .slice(1);
  const options = {
    default: [],
    m: ['-m'],
    a: ['-a'],
    'cull-st': ['--cull=st'],
    'cull-name': ['--cull=name'],
    'cull-ator': ['--cull=ator'],
  };
  for (const row of rows) {
    const [compat, name, , kase, exit, , bytes] = row.split('\t');
    const input = join(work, 'in.txt');
    writeFileSync(input, unpack(join(corpus, 'odd-inputs', `${compat}-${name}.txt`)));
    const exitCode = Number(exit);
    const golden = join(expected, 'odd-inputs', compat, name, `${kase}.txt`);
    const text = existsSync(`${golden}.gz`) || existsSync(golden) ? unpack(golden) : Buffer.alloc(0);
    check(`odd ${compat} ${name} ${kase}`, compat, input, {
      args: [...options[kase], 'page_owner.txt', 'OUT'],
      exitCode,
      bytes: Number(bytes),
      sha256: createHash('sha256').update(text).digest('hex'),
      isUndefined: exitCode < 0,
    });
  }
}
rmSync(work, { recursive: true });
console.log(
  `${totals.passed} passed, ${totals.failed} failed; ${totals.undefined} calls on which the C tool crashed`,
);
process.exitCode = totals.failed || !totals.passed ? 1 : 0;
