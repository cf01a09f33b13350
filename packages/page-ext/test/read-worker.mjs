// Adds one to entries all over memory until it finds none any more, and reports how often it did, by section.
import { parentPort, workerData } from 'node:worker_threads';
import { PAGES_PER_SECTION, PageExtLookup } from '../dist/index.js';

const { image, seed, sections } = workerData;
const lookup = PageExtLookup.attach(image);
const word = lookup.offsetOf('counter') / 4;

let state = seed;
const random = (below) => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
};

const added = new Array(sections).fill(0);
parentPort.postMessage('running');
let missed = 0;
while (missed < 1000) {
  // Few frames, so that threads meet.
  const pfn = random(sections) * PAGES_PER_SECTION + random(16);
  const table = lookup.get(pfn);
  if (table === null) {
    missed++;
    continue;
  }
  missed = 0;
  Atomics.add(table.u32, table.entryAt(pfn) / 4 + word, 1);
  added[table.slot]++;
  lookup.put(table);
}
parentPort.postMessage(added);
