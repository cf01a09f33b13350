/**
 * What a kernel allocates before page_owner wakes, apart from page_ext's tables and the tracker's pools. A dump knows of these pages
 * only that they are there.
 */
import type { Machine } from '../machine.js';
import type { PageUse } from '../page-use.js';

interface EarlyBlocks {
  readonly blocks: number;
  readonly order: number;
  readonly use?: PageUse;
  /** Asked for as reclaimable. */
  readonly reclaimable?: boolean;
  /** Of the second cpu, if there is one. */
  readonly other?: boolean;
}

/**
 * 6.12 has only its first slabs by then, 62 pages with any amount of memory. 6.1 is further: threads run, drivers are not yet there.
 * There what lies free on per-cpu lists is taken for early pages as well, and batches are smaller in a small machine: 546 pages
 * with 512 MiB, 748 with 1 and 2 GiB, with the depot's pools. Kernel stacks and slabs are what /proc/meminfo shows more than a dump;
 * the numbers by order are such that these sums come out, with 512 MiB to 4 pages.
 */
const EARLY: Readonly<Record<'6.1' | '6.12', readonly EarlyBlocks[]>> = {
  '6.12': [{ blocks: 62, order: 0, use: 'slab' }],
  '6.1': [
    { blocks: 60, order: 0, use: 'kernel stack' },
    { blocks: 139, order: 0, use: 'slab' },
    { blocks: 161, order: 0 },
    { blocks: 15, order: 1, use: 'slab' },
    { blocks: 5, order: 2, use: 'slab' },
    { blocks: 1, order: 0, use: 'slab', reclaimable: true },
    { blocks: 2, order: 1, use: 'slab', reclaimable: true },
    { blocks: 2, order: 2, use: 'slab', reclaimable: true },
    { blocks: 16, order: 0, use: 'kernel stack', other: true },
  ],
};

export function allocateEarly(machine: Machine): void {
  const { allocator, cpus } = machine;
  const { cpu } = allocator;
  for (const { blocks, order, use, reclaimable = false, other } of EARLY[machine.kernel.allocator]) {
    const mask = machine.gfp(reclaimable ? 'GFP_KERNEL|__GFP_RECLAIMABLE' : 'GFP_KERNEL');
    const note = machine.note({ ...(use && { use }), reclaimable });
    allocator.cpu = other && cpus > 1 ? 1 : cpu;
    for (let block = 0; block < blocks; block++) machine.alloc(mask, order, undefined, note);
  }
  allocator.cpu = cpu;
}
