// Saves random stacks from a small universe until told to stop, and reports each stack's handles as it saw them.
import { parentPort, workerData } from 'node:worker_threads';
import { SAVE_CAN_ALLOC, SAVE_GET, StackDepot } from '../dist/index.js';

const { buffer, seed, universe, rounds } = workerData;
const depot = StackDepot.attach(buffer);

let state = seed;
const random = (below) => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
};

/** Stack `id` of the universe: as deep as `id` says, its frames derived from `id`. */
const frames = new Uint32Array(32);
const makeStack = (id) => {
  const depth = 1 + (id % 16);
  for (let i = 0; i < depth; i++) {
    frames[2 * i] = Math.imul(id + 1, 0x9e3779b1) + i;
    frames[2 * i + 1] = 0xffffffff;
  }
  return depth;
};

const handles = new Uint32Array(universe);
const changed = [];
let counted = 0;
let wrong = 0;
const back = new Uint32Array(2 * depot.maxFrames);
for (let round = 0; round < rounds; round++) {
  const id = random(universe);
  const depth = makeStack(id);
  const handle = depot.save(frames, depth);
  if (handles[id] === 0) handles[id] = handle;
  else if (handles[id] !== handle) changed.push(id);
  depot.addCount(handle, 1);

  // Stacks that come and go: taken, read back, returned.
  frames[1] = 0x12345678;
  const passing = depot.save(frames, depth, SAVE_CAN_ALLOC | SAVE_GET);
  if (passing !== 0) {
    counted++;
    if (depot.fetch(passing, back) !== depth) wrong++;
    for (let i = 0; i < 2 * depth; i++) if (back[i] !== frames[i]) wrong++;
    depot.put(passing);
  }
}
parentPort.postMessage({ handles, changed, counted, wrong });
