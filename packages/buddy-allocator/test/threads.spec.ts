import { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { createAllocator, type AllocatorOptions, type PageAllocator } from '@page-owner/buddy-allocator';
import { Lock } from '../src/lock.js';
import { THREAD } from './threads-worker.js';

const THREADS = 4;
/** Longer in the conformance target. */
const SECONDS = Number(process.env.BUDDY_THREADS_SECONDS ?? 1);

interface Report {
  readonly id: number;
  readonly operations: number;
  readonly live: readonly (readonly [number, number])[];
  readonly faults: readonly string[];
}

/** Lets four threads allocate from one buffer, and returns what each has to say. */
async function run(allocator: PageAllocator, cpus: number): Promise<Report[]> {
  const ownerBuffer = new SharedArrayBuffer(allocator.frames * 4);
  // Threads run the built package: Node 20 cannot load TypeScript in a worker.
  const entry = new URL('../dist/index.js', import.meta.url).href;
  const start = (id: number): Promise<Report> =>
    new Promise((resolve, reject) => {
      const cpu = (id - 1) % cpus;
      const workerData = {
        entry,
        buffer: allocator.buffer,
        ownerBuffer,
        id,
        cpu,
        milliseconds: SECONDS * 1000,
      };
      const worker = new Worker(THREAD, { eval: true, execArgv: [], workerData });
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  const reports = await Promise.all(Array.from({ length: THREADS }, (_, i) => start(i + 1)));

  // Every live page has the owner that its thread says, and no other page has one.
  const owner = new Int32Array(ownerBuffer);
  const expected = new Int32Array(allocator.frames);
  for (const { id, live } of reports) {
    for (const [pfn, order] of live) {
      expect(allocator.blockAt(pfn)).toMatchObject({ pfn, order, kind: 'allocated' });
      expected.fill(id, pfn, pfn + (1 << order));
    }
  }
  expect(owner).toEqual(expected);
  return reports;
}

const MACHINES: readonly (readonly [string, AllocatorOptions])[] = [
  ['one zone', { pages: 16384, shared: true }],
  ['per-cpu lists of each thread', { pages: 32768, shared: true, cpus: THREADS, watermarks: true }],
  [
    'two nodes, three zones, 6.1',
    {
      nodes: [{ ranges: [{ start: 0, end: 12288 }] }, { ranges: [{ start: 12288, end: 20000 }] }],
      zones: [
        { name: 'DMA', end: 2048 },
        { name: 'DMA32', end: 8192 },
        { name: 'Normal', end: Infinity },
      ],
      ...{ shared: true, cpus: THREADS, kernel: '6.1' },
    },
  ],
];

describe(`${THREADS} threads allocate and free for ${SECONDS} s each`, () => {
  for (const [name, options] of MACHINES) {
    test(
      name,
      async () => {
        const allocator = createAllocator(options);
        const before = allocator.freePageCount;
        const reports = await run(allocator, options.cpus ?? 1);
        for (const { faults, operations } of reports) {
          expect(faults).toEqual([]);
          expect(operations).toBeGreaterThan(0);
        }
        expect(allocator.check()).toEqual([]);
        for (const { live } of reports) for (const [pfn, order] of live) allocator.freePages(pfn, order);
        allocator.drainPcp();
        expect(allocator.check()).toEqual([]);
        expect(allocator.freePageCount).toBe(before);
      },
      SECONDS * 1000 + 30_000,
    );
  }
});

describe('the lock', () => {
  test('one word: free, held, free again; nested by its holder', () => {
    const words = new Int32Array(new SharedArrayBuffer(8));
    const lock = new Lock(words, 1);
    lock.acquire();
    lock.acquire();
    expect(words[1]).toBe(1);
    lock.release();
    expect(words[1]).toBe(1);
    lock.release();
    expect(words[1]).toBe(0);
  });

  test('a refused call leaves the lock free', () => {
    const a = createAllocator({ pages: 1024, shared: true });
    expect(() => a.freePages(3)).toThrow('double free');
    expect(() => a.allocPages(0x18)).toThrow('illegal gfp mask');
    expect(new Int32Array(a.buffer)[24]).toBe(0);
    expect(a.allocPages(0)).toBe(0);
  });
});
