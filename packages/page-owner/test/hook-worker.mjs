// Allocates and frees pages of its own part of memory, and reports which stacks own how many of them in the end.
import { parentPort, workerData } from 'node:worker_threads';
import { StackDepot } from '@page-owner/stackdepot';
import { PageOwner, Task } from '../dist/index.js';

const { image, depot: buffer, worker, first, frames: count, rounds, stacks } = workerData;
const depot = StackDepot.attach(buffer);
const task = new Task(100 + worker, 100 + worker, `worker-${worker}`);
let stack = 0;
let now = 0;
const owner = PageOwner.attach(image, {
  depot,
  stacks: {
    capture(into) {
      into[0] = 0x81000010 + stack * 0x100;
      into[1] = 0xffffffff;
      return 1;
    },
    captureOwn: () => 0,
  },
  clock: {
    read(into) {
      into[0] = ++now;
      into[1] = worker;
    },
  },
  current: { current: () => task },
  frames: { minPfn: 0, maxPfn: 0, zones: [] },
});

let state = 0x1234567 * (worker + 1);
const random = (below) => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
};

const { hooks } = owner;
const owners = new Int32Array(count).fill(-1);
for (let round = 0; round < rounds; round++) {
  const at = 4 * random(count / 4);
  if (owners[at] < 0) {
    stack = random(stacks);
    hooks.allocated(first + at, 2, 0xcc0);
    owners.fill(stack, at, at + 4);
  } else if (random(3) === 0) {
    hooks.freed(first + at, 2);
    owners.fill(-1, at, at + 4);
  }
}
parentPort.postMessage(owners);
