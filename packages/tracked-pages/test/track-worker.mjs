// Takes and frees pages of an allocator that other threads track, and reports what it holds: [pfn, order, taker].
import { parentPort, workerData } from 'node:worker_threads';
import { attachAllocator } from '@page-owner/buddy-allocator';
import { attachTracker } from '@page-owner/tracked-pages';

const { buffer, image, id, rounds, attach, free } = workerData;
const pages = attachAllocator(buffer, { cpu: id % 4 });
const owners = attach ? attachTracker(pages, image, { task: () => `thread-${id}` }) : undefined;

let state = id * 7919 + 1;
const random = (below) => (state = (state * 48271) % 2147483647) % below;

const takers = {
  red: (order) => pages.allocPages(0, order),
  green: (order) => pages.allocPages(0, order),
  blue: (order) => pages.allocPages(0, order),
};
const held = [];
for (const [pfn, order] of free ?? []) pages.freePages(pfn, order);
for (let round = 0; round < rounds; round++) {
  if (held.length > 0 && (held.length > 100 || random(2) === 0)) {
    const [[pfn, order]] = held.splice(random(held.length), 1);
    pages.freePages(pfn, order);
    continue;
  }
  const taker = Object.keys(takers)[random(3)];
  const order = random(3);
  const pfn = takers[taker](order);
  if (pfn >= 0) held.push([pfn, order, taker]);
}
// What this thread sees of the others while they go on, too.
const seen = owners === undefined ? 0 : [...owners.records()].length;
parentPort.postMessage({ held, seen, stack: owners?.ownerOf(held[0]?.[0])?.stack });
