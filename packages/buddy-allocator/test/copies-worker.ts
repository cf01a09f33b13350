/** Bodies of the threads of copies.spec.ts, sent as text. */

/** Allocates and frees until its flag is raised. */
export const BUSY = `
const { parentPort, workerData } = require('node:worker_threads');
const { entry, buffer, stop, id } = workerData;
import(entry).then(({ attachAllocator }) => {
  const allocator = attachAllocator(buffer, { cpu: id });
  let state = id + 1;
  const random = (below) => ((state = (state * 48271) % 2147483647) % below);
  const live = [];
  parentPort.postMessage('ready');
  while (Atomics.load(stop, 0) === 0) {
    for (let i = 0; i < 1000; i++) {
      if (live.length < 500 && random(2) === 0) {
        const order = random(4);
        const pfn = allocator.allocPages(0, order);
        if (pfn >= 0) live.push([pfn, order]);
      } else if (live.length > 0) allocator.freePages(...live.splice(random(live.length), 1)[0]);
    }
  }
  for (const [pfn, order] of live) allocator.freePages(pfn, order);
  parentPort.postMessage('done');
});
`;

/** Ends in the middle of a change: its hook never returns. */
export const STUCK = `
const { parentPort, workerData } = require('node:worker_threads');
const { entry, buffer } = workerData;
import(entry).then(({ attachAllocator }) => {
  const allocator = attachAllocator(buffer);
  allocator.hooks = {
    allocated() {
      parentPort.postMessage('holds the lock');
      for (;;);
    },
    freed() {},
    split() {},
    migrated() {},
  };
  allocator.allocPages(0);
});
`;

/** Without hooks: does what the other threads' hooks are to be told of. */
export const UNHOOKED = `
const { parentPort, workerData } = require('node:worker_threads');
const { entry, buffer, free, take } = workerData;
import(entry).then(({ attachAllocator }) => {
  const allocator = attachAllocator(buffer);
  for (const pfn of free) allocator.freePages(pfn);
  parentPort.postMessage(Array.from({ length: take }, () => allocator.allocPages(0)));
});
`;
