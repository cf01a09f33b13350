/** The body of one thread of threads.spec.ts. It is sent as text: no imports, no types at run time but the built package. */
export const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const { entry, buffer, ownerBuffer, id, cpu, milliseconds } = workerData;
import(entry).then(({ attachAllocator }) => {
  const allocator = attachAllocator(buffer, { cpu });
  const owner = new Int32Array(ownerBuffer);
  const masks = [0xcc0, 0x100cca, 0xcd0, 0x820];
  let state = id * 2654435761 | 0;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const live = [];
  const faults = [];
  let operations = 0;
  const end = Date.now() + milliseconds;
  while (Date.now() < end) {
    for (let burst = 0; burst < 500; burst++, operations++) {
      if (live.length < 800 && random() % 100 < 55) {
        const order = random() % 8 === 0 ? random() % 7 : random() % 3;
        const pfn = allocator.allocPages(masks[random() % masks.length], order);
        if (pfn < 0) continue;
        for (let page = pfn; page < pfn + (1 << order); page++) {
          const was = Atomics.compareExchange(owner, page, 0, id);
          if (was !== 0) faults.push('page ' + page + ' of thread ' + was + ' was handed to thread ' + id);
        }
        live.push([pfn, order]);
      } else if (live.length > 0) {
        const at = random() % live.length;
        const [pfn, order] = live[at];
        live[at] = live[live.length - 1];
        live.pop();
        for (let page = pfn; page < pfn + (1 << order); page++) {
          const was = Atomics.compareExchange(owner, page, id, 0);
          if (was !== id) faults.push('page ' + page + ' of thread ' + id + ' belongs to ' + was);
        }
        allocator.freePages(pfn, order);
      }
    }
  }
  parentPort.postMessage({ id, operations, live, faults: faults.slice(0, 5) });
});
`;
