/**
 * What a kernel allocates before page_owner wakes, apart from page_ext's tables and the tracker's pools. A dump knows of
 * these pages only that they are there.
 */
import type { Machine } from '../machine.js';
import { tableOrders } from './hash-tables.js';
import type { PageUse } from '../pages/page-use.js';

interface EarlyBlocks {
  readonly blocks: number;
  readonly order: number;
  readonly use?: PageUse;
  /** Asked for as reclaimable. */
  readonly reclaimable?: boolean;
  /** Of the second cpu, if there is one. */
  readonly other?: boolean;
  /** From before there were per-cpu lists. */
  readonly direct?: boolean;
  /** By whom, where that matters for the order. */
  readonly path?: string;
}

/**
 * 6.12 has its first slabs by then and little else, 62 pages with any amount of memory. 6.1 is further: threads run, drivers
 * are not yet there. There what lies free on per-cpu lists is taken for early pages as well, so the sum is one of whole
 * refills, which are smaller in a small machine: with the depot's pools 546 pages with 512 MiB, 748 with 1 and 2 GiB. Kernel
 * stacks and slabs are what /proc/meminfo shows more than a dump; the numbers by order are such that these sums come out.
 */
const EARLY: Readonly<Record<'6.1' | '6.12', readonly EarlyBlocks[]>> = {
  '6.12': [
    { blocks: 40, order: 0, use: 'slab' },
    { blocks: 22, order: 0 },
  ],
  '6.1': [
    { blocks: 8, order: 0, use: 'slab', direct: true },
    { blocks: 60, order: 0, use: 'kernel stack' },
    { blocks: 39, order: 0, use: 'slab' },
    { blocks: 132, order: 0 },
    // Stacks of tasks that are gone, kept for the next.
    { blocks: 12, order: 0, use: 'vmalloc' },
    { blocks: 39, order: 1, use: 'slab' },
    { blocks: 10, order: 2, use: 'slab' },
    { blocks: 3, order: 3, use: 'slab' },
    { blocks: 2, order: 3, path: 'alloc_large_system_hash mnt_init' },
    { blocks: 1, order: 0, use: 'slab', reclaimable: true },
    { blocks: 2, order: 1, use: 'slab', reclaimable: true },
    { blocks: 2, order: 2, use: 'slab', reclaimable: true },
    { blocks: 16, order: 0, use: 'kernel stack', other: true },
  ],
};

export function allocateEarly(machine: Machine): void {
  const { allocator, cpus } = machine;
  const { cpu } = allocator;
  const orderOf = tableOrders(machine);
  for (const { blocks, order, use, reclaimable = false, path = '', ...early } of EARLY[
    machine.kernel.allocator
  ]) {
    const mask = machine.gfp(reclaimable ? 'GFP_KERNEL|__GFP_RECLAIMABLE' : 'GFP_KERNEL');
    const note = machine.note({ ...(use && { use }), reclaimable });
    allocator.cpu = early.other && cpus > 1 ? 1 : cpu;
    for (let block = 0; block < blocks; block++) machine.alloc(mask, orderOf(path, order), undefined, note);
    if (early.direct) allocator.drainPcp();
  }
  allocator.cpu = cpu;
}
