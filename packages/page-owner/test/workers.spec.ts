import { expect, test } from '@jest/globals';
import { toAddresses } from '@page-owner/stackdepot';
import { Worker } from 'node:worker_threads';
import { boot, Frames, symbols } from './machine.js';

const WORKERS = 4;
const SHARE = 4096;
const STACKS = 200;

test('four threads record on the same tables: every record, every stack, every count is there', async () => {
  const frames = new Frames([['Normal', 0, 0, WORKERS * SHARE]]);
  for (let pfn = 0; pfn < WORKERS * SHARE; pfn += 1024) frames.free(pfn, 10);
  const { owner, depot } = boot('6.12', { frameView: frames, sharedAll: true, listCapacity: 1024 });
  const image = owner.image();
  const run = (worker: number): Promise<Int32Array> =>
    new Promise((resolve, reject) => {
      const thread = new Worker(new URL('./hook-worker.mjs', import.meta.url), {
        workerData: {
          ...{ image, depot: depot.buffer, worker, first: worker * SHARE, frames: SHARE },
          ...{ rounds: 40_000, stacks: STACKS },
        },
        execArgv: [],
      });
      thread.once('message', resolve);
      thread.once('error', reject);
    });
  const owners = await Promise.all(Array.from({ length: WORKERS }, (_, worker) => run(worker)));

  for (let pfn = 0; pfn < WORKERS * SHARE; pfn++) frames.use(pfn, 0);
  const words = new Uint32Array(2 * depot.maxFrames);
  const idOf = (handle: number): number => {
    depot.fetch(handle, words);
    return Number((toAddresses(words, 1)[0]! - 0xffffffff81000010n) / 0x100n);
  };
  const pages = new Array<number>(STACKS).fill(0);
  const expected: [pfn: number, stack: number, name: string][] = [];
  owners.forEach((list, worker) =>
    list.forEach((stack, i) => {
      if (stack < 0) return;
      pages[stack]! += 1;
      if (i % 4 === 0) expected.push([worker * SHARE + i, stack, `worker-${worker}`]);
    }),
  );
  const file = owner.open();
  const seen: typeof expected = [];
  while (file.next()) {
    const { pfn, handle, commText, time, pid } = file.record;
    seen.push([pfn, idOf(handle), commText]);
    expect([time[1], pid]).toEqual([Math.floor(pfn / SHARE), 100 + Math.floor(pfn / SHARE)]);
  }
  expect(seen).toEqual(expected);

  const listed = [...owner.stacks!.handles()];
  expect(new Set(listed).size).toBe(listed.length);
  expect(listed).toHaveLength(STACKS + 2);
  for (const handle of listed.slice(0, STACKS)) {
    expect([idOf(handle), owner.stacks!.pagesOf(handle)]).toEqual([idOf(handle), pages[idOf(handle)]]);
  }
  expect(owner.stacks!.showStacks(symbols).match(/nr_base_pages/g)).toHaveLength(
    pages.filter((n) => n > 0).length,
  );
});
