/** Memory that the tracker itself takes: tables of page_ext, pools of the stack depot, nodes of the list of stacks. */
import { NO_PAGE, PAGE_SIZE, type PageAllocator, type Pfn } from '@page-owner/buddy-allocator';
import type { TableSource } from '@page-owner/page-ext';
import { POOL_ORDER, type PoolSource } from '@page-owner/stackdepot';

type Table = ArrayBuffer | SharedArrayBuffer;

/** What `alloc_pages_exact` can give. */
const EXACT_LIMIT = PAGE_SIZE << 10;

/**
 * Tables whose pages come from the machine's own allocator, which is why page_owner finds pages allocated early: in a row
 * if that is possible, else (vmalloc) one by one.
 */
export function tablesFrom(allocator: PageAllocator, gfp: number): TableSource {
  const inRows = new Map<Table, Pfn>();
  const singly = new Map<Table, Pfn[]>();
  return {
    shared: false,
    allocate(bytes, node) {
      const first = bytes <= EXACT_LIMIT ? allocator.allocPagesExact(bytes, gfp, node) : NO_PAGE;
      const pages = first === NO_PAGE ? takeSingly(allocator, Math.ceil(bytes / PAGE_SIZE), gfp, node) : [];
      if (pages === null) return null;
      const table = new ArrayBuffer(bytes);
      if (first === NO_PAGE) singly.set(table, pages);
      else inRows.set(table, first);
      return table;
    },
    release(table, bytes) {
      const first = inRows.get(table);
      if (first === undefined) for (const pfn of singly.get(table) ?? []) allocator.freePages(pfn, 0);
      else allocator.freePagesExact(first, bytes);
      inRows.delete(table);
      singly.delete(table);
    },
  };
}

function takeSingly(allocator: PageAllocator, count: number, gfp: number, node: number): Pfn[] | null {
  const pages: Pfn[] = [];
  while (pages.length < count) {
    const pfn = allocator.allocPages(gfp, 0, node);
    if (pfn === NO_PAGE) {
      for (const taken of pages) allocator.freePages(taken, 0);
      return null;
    }
    pages.push(pfn);
  }
  return pages;
}

/** Masks by name, of which the depot and the list keep only what says how hard to try. */
export interface TrackerMasks {
  readonly kept: number;
  readonly pool: number;
  readonly slab: number;
}

/** Pools of the depot: blocks of order 2. One that is given back is kept for the next. */
export function poolsFrom(allocator: PageAllocator, { kept, pool }: TrackerMasks): PoolSource {
  let spare = 0;
  return {
    take(gfp) {
      if (spare === 0) return allocator.allocPages(((gfp & kept) | pool) >>> 0, POOL_ORDER) !== NO_PAGE;
      spare--;
      return true;
    },
    giveBack: () => void spare++,
  };
}

/** A node is two pointers, from a slab of one page. */
const NODES_PER_PAGE = PAGE_SIZE / 16;

export function nodesFrom(allocator: PageAllocator, { kept, slab }: TrackerMasks): (gfp: number) => boolean {
  let left = 0;
  return (gfp) => {
    if (left === 0) {
      if (allocator.allocPages(((gfp & kept) | slab) >>> 0, 0) === NO_PAGE) return false;
      left = NODES_PER_PAGE;
    }
    left--;
    return true;
  };
}
