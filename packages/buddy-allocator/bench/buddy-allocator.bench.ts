/**
 * Side by side: this allocator, a bare buddy loop in TypeScript and in C (if there is a compiler), @thi.ng/malloc.
 *
 * A ratio always comes from one process in which the two took short turns; see child.ts.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { measureC } from '@page-owner/measure';

const here = import.meta.dirname;
const WITHOUT_HOOKS = join(here, '.without-hooks');
const OPERATIONS = 4_000_000;
const PAIRS = Number(process.env.BENCH_PAIRS ?? 25);

/** Runs child.ts with the flags of this process, that is under tsx and from source. */
function child<T>(...args: readonly string[]): T {
  const argv = [...process.execArgv, join(here, 'child.ts'), ...args];
  return JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8' })) as T;
}

/** Best times of two targets that took turns. */
const compare = (measure: string, one: string, other: string): [number, number] => child(measure, one, other);

/** Copies the sources and takes every test for hooks and tracer out of allocating and freeing. */
function writeSourcesWithoutHooks(): void {
  cpSync(join(here, '../src'), WITHOUT_HOOKS, { recursive: true });
  const tests: readonly (readonly [string, RegExp, number])[] = [
    ['allocation/alloc.ts', /^ *if \(m\.observed !== 0\) announceAlloc\(.*\);\n/gm, 2],
    ['allocation/free.ts', /^ *if \(m\.observed !== 0\) announceFree\(.*\);\n/gm, 3],
    ['zones/free-area.ts', /^ *if \(m\.tracer !== null\) traceTaken\(.*\);\n/gm, 1],
  ];
  for (const [file, pattern, expected] of tests) {
    const path = join(WITHOUT_HOOKS, file);
    const text = readFileSync(path, 'utf8');
    const found = text.match(pattern)?.length ?? 0;
    if (found !== expected) throw new Error(`${file} has ${found} tests for hooks, expected ${expected}`);
    writeFileSync(path, text.replace(pattern, ''));
  }
}

const ns = (value: number): string => `${value.toFixed(1)} ns`.padStart(12);
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const row = (name: string, ...cells: readonly string[]): void =>
  console.log(name.padEnd(44) + cells.join(''));

console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cpus, Node ${process.version}\n`);
row('', 'mixed'.padStart(12), 'pair'.padStart(12), '   mixed, as ratio to the bare loop');
const c = measureC(OPERATIONS);
if (c !== undefined) row('bare buddy loop in C', ns(c.mixed), ns(c.pairs));
const bare = compare('mixed', 'bare', 'bare');
row(
  'bare buddy loop in TypeScript (the limit)',
  ns(Math.min(...bare)),
  ns(Math.min(...compare('pairs', 'bare', 'bare'))),
);
for (const [name, target] of [
  ['buddy-allocator', 'plain'],
  ['buddy-allocator with watermarks', 'machine'],
  ['buddy-allocator, cpus: 0 (merges at once)', 'merging'],
  ['buddy-allocator, shared and locked', 'shared'],
] as const) {
  const rounds = Array.from({ length: 5 }, () => compare('mixed', target, 'bare'));
  const ratio = median(rounds.map(([ours, limit]) => ours / limit));
  const mixed = Math.min(...rounds.map(([ours]) => ours));
  row(name, ns(mixed), ns(compare('pairs', target, 'bare')[0]), ratio.toFixed(2).padStart(10));
}

console.log('\n4096 live blocks of 4 KiB, free one and allocate one:');
for (const [name, target] of [
  ['buddy-allocator', 'plain'],
  ['buddy-allocator, cpus: 0', 'merging'],
] as const) {
  const [ours, malloc] = compare('blocks', target, 'malloc');
  row(name, ns(ours), `   @thi.ng/malloc ${ns(malloc).trim()}, ${(malloc / ours).toFixed(0)} times as long`);
}

console.log('\nhooks present but off, against sources without hooks (mixed work):');
try {
  writeSourcesWithoutHooks();
  for (const kind of ['plain', 'machine', 'merging']) {
    const bald = `${kind}, no hooks`;
    const ratios = Array.from({ length: PAIRS }, (_, i) => {
      if (i % 2 === 0) return compare('mixed', kind, bald).reduce((ours, other) => ours / other);
      return compare('mixed', bald, kind).reduce((other, ours) => ours / other);
    });
    const percent = (ratio: number): string => `${((ratio - 1) * 100).toFixed(1)} %`;
    const spread = `from ${percent(Math.min(...ratios))} to ${percent(Math.max(...ratios))}`;
    row(kind, `median ${percent(median(ratios))}, ${spread} in ${PAIRS} pairs`);
  }
} finally {
  rmSync(WITHOUT_HOOKS, { recursive: true, force: true });
}

const boots = Array.from({ length: 5 }, () => child<{ boot: number; bytes: number }>('boot'));
const state = `${(boots[0]!.bytes / 2 ** 20).toFixed(0)} MiB of state`;
console.log(`\nan allocator for 64 GiB: ${median(boots.map(({ boot }) => boot)).toFixed(0)} ms, ${state}`);
