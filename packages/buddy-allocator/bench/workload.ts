/** The same seeded work for every allocator. */
import type { Blocks } from '@page-owner/measure';

/** xorshift32: fast, and the same on every machine. */
export function xorshift(seed: number): () => number {
  let x = seed | 0;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

export const SLOTS = 65536;
/** Frames the page allocators divide: 1 GiB, of which the workload keeps about 300 MiB in use. */
export const FRAMES = 2 ** 18;

/**
 * Mixed work: a random slot of 65536; if it holds a block, free it, else allocate one of a random order from 0 to 2.
 *
 * @returns nanoseconds per operation
 */
export function mixed(target: Blocks, operations: number, seed = 42): number {
  const random = xorshift(seed);
  const blocks = new Int32Array(SLOTS).fill(-1);
  const orders = new Uint8Array(SLOTS);
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const r = random();
      const slot = r & (SLOTS - 1);
      const block = blocks[slot]!;
      if (block >= 0) {
        target.free(block, orders[slot]!);
        blocks[slot] = -1;
      } else {
        const order = (r >>> 16) % 3;
        orders[slot] = order;
        blocks[slot] = target.alloc(order);
      }
    }
  };
  run(4 * SLOTS);
  const start = performance.now();
  run(operations);
  const elapsed = performance.now() - start;
  for (let slot = 0; slot < SLOTS; slot++) if (blocks[slot]! >= 0) target.free(blocks[slot]!, orders[slot]!);
  return (elapsed * 1e6) / operations;
}

/** Allocate a page, free it again. @returns nanoseconds per pair */
export function pairs(target: Blocks, count: number): number {
  const run = (n: number): void => {
    for (let i = 0; i < n; i++) target.free(target.alloc(0), 0);
  };
  run(Math.min(count, 100_000));
  const start = performance.now();
  run(count);
  return ((performance.now() - start) * 1e6) / count;
}

/**
 * 4096 live blocks of a page each: free a random one, allocate another.
 *
 * @returns nanoseconds per such exchange
 */
export function blocks4096(target: Blocks, exchanges: number): number {
  const random = xorshift(7);
  const blocks = Int32Array.from({ length: 4096 }, () => target.alloc(0));
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const at = random() & 4095;
      target.free(blocks[at]!, 0);
      blocks[at] = target.alloc(0);
    }
  };
  run(Math.min(exchanges, 20_000));
  const start = performance.now();
  run(exchanges);
  const elapsed = performance.now() - start;
  for (const block of blocks) target.free(block, 0);
  return (elapsed * 1e6) / exchanges;
}
