import { expect, test } from '@jest/globals';
import { createAllocator } from '@page-owner/buddy-allocator';
import { frameMapOf, PageExt, SHARED_TABLES } from '@page-owner/page-ext';
import { PageOwner, Task } from '@page-owner/page-owner';
import { StackDepot } from '@page-owner/stackdepot';
import { Worker } from 'node:worker_threads';

const WORKERS = 4;
const FRAMES = 1 << 15;
const SECONDS = Number(process.env.MACHINE_THREADS_SECONDS ?? 3);

interface Report {
  readonly worker: number;
  readonly operations: number;
  /** Blocks that it holds in the end: pfn, order, number of the stack. */
  readonly live: readonly (readonly [number, number, number])[];
}

test(`four threads allocate and free for ${SECONDS} seconds from one allocator, depot and tracker`, async () => {
  const allocator = createAllocator({ pages: FRAMES, shared: true, cpus: WORKERS, watermarks: true });
  const depot = StackDepot.create({ memoryPages: FRAMES, shared: true });
  const owner = new PageOwner({
    ...{ kernel: '6.12', parameter: 'on', shared: true, depot },
    stacks: { capture: () => 0, captureOwn: (name, into) => (into.fill(name.length, 0, 2), 1) },
    clock: { read: (into) => into.fill(0) },
    current: { current: () => new Task(1, 1, 'main') },
    frames: {
      ...{ minPfn: 0, maxPfn: FRAMES, zones: [{ node: 0, name: 'Normal', startPfn: 0, endPfn: FRAMES }] },
      ...{ isValid: () => true, zoneOf: () => 0, isReserved: () => false, pageblockType: () => 1 },
      buddyOrder: (pfn) => (allocator.isBuddy(pfn) ? allocator.orderOf(pfn) : -1),
    },
  });
  const frames = frameMapOf([{ node: 0, startPfn: 0, endPfn: FRAMES }]);
  new PageExt({ clients: [owner.client], frames, tables: SHARED_TABLES }).boot();
  const shared = { buffer: allocator.buffer, image: owner.image(), depot: depot.buffer, seconds: SECONDS };
  const run = (worker: number): Promise<Report> =>
    new Promise((resolve, reject) => {
      const thread = new Worker(new URL('./allocate-worker.mjs', import.meta.url), {
        workerData: { ...shared, worker },
        execArgv: [],
      });
      thread.once('message', resolve);
      thread.once('error', reject);
    });
  const reports = await Promise.all(Array.from({ length: WORKERS }, (_, worker) => run(worker)));

  expect(allocator.check()).toEqual([]);
  const recorded = new Map<number, string>();
  const words = new Uint32Array(2 * depot.maxFrames);
  const file = owner.open();
  while (file.next()) {
    const { pfn, order, commText, handle } = file.record;
    expect(depot.fetch(handle, words)).toBe(1);
    recorded.set(pfn, `${commText} ${order} ${words[0]}`);
  }
  const expected = new Map<number, string>();
  const held = new Uint8Array(FRAMES);
  for (const { worker, operations, live } of reports) {
    expect(operations).toBeGreaterThan(1000);
    for (const [pfn, order, stack] of live) {
      expected.set(pfn, `worker-${worker} ${order} ${stack}`);
      for (let page = pfn; page < pfn + (1 << order); page++) held[page]!++;
    }
  }
  // No page was handed out twice, and every live one has the right owner.
  expect(held.filter((count) => count > 1)).toHaveLength(0);
  const byPfn = (map: Map<number, string>) => [...map].sort(([a], [b]) => a - b);
  expect(byPfn(recorded)).toEqual(byPfn(expected));
});
