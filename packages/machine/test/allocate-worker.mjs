// Allocates and frees, for some seconds, from an allocator whose tracker others use as well; reports what it holds in the end.
import { parentPort, workerData } from 'node:worker_threads';
import { attachAllocator } from '@page-owner/buddy-allocator';
import { PageOwner, Task } from '@page-owner/page-owner';
import { StackDepot } from '@page-owner/stackdepot';

const { buffer, image, depot, worker, seconds } = workerData;
const MASKS = [0xcc0, 0x100cca];
const MOST_BLOCKS = 1500;
const STACKS = 100;
const allocator = attachAllocator(buffer, { cpu: worker });
const task = new Task(100 + worker, 100 + worker, `worker-${worker}`);
let stack = 0;
let now = 0;
const owner = PageOwner.attach(image, {
  depot: StackDepot.attach(depot),
  stacks: {
    capture(into) {
      into[0] = stack;
      into[1] = 0xffffffff;
      return 1;
    },
    captureOwn: () => 0,
  },
  clock: { read: (into) => into.fill(++now, 0, 1) },
  current: { current: () => task },
  frames: { minPfn: 0, maxPfn: 0, zones: [] },
});
allocator.hooks = owner.hooks;

let state = 0x1234567 * (worker + 1);
const random = (below) => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
};

const live = [];
let operations = 0;
for (const end = Date.now() + 1000 * seconds; Date.now() < end;) {
  for (let i = 0; i < 500; i++, operations++) {
    if (live.length < MOST_BLOCKS && random(2)) {
      stack = 0x81000010 + 0x100 * random(STACKS) + 0x10000 * worker;
      const order = random(4);
      const pfn = allocator.allocPages(MASKS[random(2)], order);
      if (pfn >= 0) live.push([pfn, order, stack]);
    } else if (live.length) {
      const at = random(live.length);
      const [pfn, order] = live[at];
      live[at] = live[live.length - 1];
      live.pop();
      allocator.freePages(pfn, order);
    }
  }
}
parentPort.postMessage({ worker, operations, live });
