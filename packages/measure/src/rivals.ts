/** Rivals that several benchmarks name: the npm package `@thi.ng/malloc`, and a bare buddy loop in C. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemPool } from '@thi.ng/malloc';

/** What hands out blocks of 2^order pages, and takes them back. */
export interface Blocks {
  alloc(order: number): number;
  free(block: number, order: number): void;
}

/** thi.ng/malloc over as much memory, asked for whole pages. */
export function mallocBlocks(pages: number): Blocks {
  const pool = new MemPool({ size: pages * 4096 });
  return { alloc: (order) => pool.malloc(4096 << order), free: (address) => void pool.free(address) };
}

const LIVE = 4096;

/** A round of so many exchanges: of 4096 live pages free a random one, allocate another. */
export function exchange({ alloc, free }: Blocks): (exchanges: number) => number {
  const live = Int32Array.from({ length: LIVE }, () => alloc(0));
  let x = 7;
  return (exchanges) => {
    for (let i = 0; i < exchanges; i++) {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      const at = x & (LIVE - 1);
      free(live[at]!, 0);
      live[at] = alloc(0);
    }
    return live[0]!;
  };
}

/** Nanoseconds of the bare buddy loop in C, by kind of work; undefined without a compiler. */
export function measureC(
  operations: number,
): Readonly<Record<'mixed' | 'pairs' | 'exchange', number>> | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'buddy-'));
  try {
    const out = join(folder, 'bare-buddy');
    const source = join(import.meta.dirname, '../rivals/bare-buddy.c');
    if (spawnSync('cc', ['-O2', '-o', out, source]).status !== 0) return undefined;
    return JSON.parse(execFileSync(out, [String(operations)], { encoding: 'utf8' })) as ReturnType<
      typeof measureC
    >;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const EXCHANGES = 2000;
const ROUNDS = 5;

/** Prints what an exchange costs the rivals, who record no owner, against each of ours, in nanoseconds. */
export function printRivals(pages: number, ours: Readonly<Record<string, number>>): void {
  const round = exchange(mallocBlocks(pages));
  round(EXCHANGES);
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    round(EXCHANGES);
    return ((performance.now() - start) * 1e6) / EXCHANGES;
  }).sort((a, b) => a - b);
  const against = (ns: number): string =>
    Object.entries(ours)
      .map(([name, own]) => `${Number((ns / own).toPrecision(2))} times ${name}`)
      .join(', ');
  const [least, median, most] = [times[0]!, times[ROUNDS >> 1]!, times[ROUNDS - 1]!];
  console.log('the same without an owner:');
  console.log(
    `  @thi.ng/malloc: ${median.toFixed(0)} ns (${least.toFixed(0)} - ${most.toFixed(0)}), ${against(median)}`,
  );
  const c = measureC(1_000_000);
  if (c !== undefined)
    console.log(`  bare buddy loop in C: ${c.exchange.toFixed(1)} ns, ${against(c.exchange)}`);
}
