/** Memory that the tracker itself takes: tables of page_ext, pools of the stack depot, nodes of the list of stacks. */
import { NO_PAGE, PAGE_SIZE, type Pfn } from '@page-owner/buddy-allocator';
import type { TableSource } from '@page-owner/page-ext';
import { POOL_ORDER, type PoolSource } from '@page-owner/stackdepot';
import type { PageSource } from './counted-pages.js';

type Table = ArrayBuffer | SharedArrayBuffer;

/** What `alloc_pages_exact` can give. */
const EXACT_LIMIT = PAGE_SIZE << 10;

/**
 * Tables whose pages come from the machine's own allocator, which is why page_owner finds pages allocated early: in a row
 * if that is possible, else (vmalloc) one by one.
 */
export function tablesFrom(pages: PageSource, gfp: number): TableSource {
  const inRows = new Map<Table, Pfn>();
  const singly = new Map<Table, Pfn[]>();
  return {
    shared: false,
    allocate(bytes, node) {
      const first = bytes <= EXACT_LIMIT ? pages.allocPagesExact(bytes, gfp, node) : NO_PAGE;
      const single = first === NO_PAGE ? takeSingly(pages, Math.ceil(bytes / PAGE_SIZE), gfp, node) : [];
      if (single === null) return null;
      const table = new ArrayBuffer(bytes);
      if (first === NO_PAGE) singly.set(table, single);
      else inRows.set(table, first);
      return table;
    },
    release(table, bytes) {
      const first = inRows.get(table);
      if (first === undefined) for (const pfn of singly.get(table) ?? []) pages.freePages(pfn, 0);
      else pages.freePagesExact(first, bytes);
      inRows.delete(table);
      singly.delete(table);
    },
  };
}

function takeSingly(pages: PageSource, count: number, gfp: number, node: number): Pfn[] | null {
  const taken: Pfn[] = [];
  while (taken.length < count) {
    const pfn = pages.allocPages(gfp, 0, node);
    if (pfn === NO_PAGE) {
      for (const page of taken) pages.freePages(page, 0);
      return null;
    }
    taken.push(pfn);
  }
  return taken;
}

/** Masks by name, of which the depot and the list keep only what says how hard to try. */
export interface TrackerMasks {
  readonly kept: number;
  readonly pool: number;
  readonly slab: number;
}

/** Pools of the depot: blocks of order 2. One that is given back is kept for the next. */
export function poolsFrom(pages: PageSource, { kept, pool }: TrackerMasks): PoolSource {
  let spare = 0;
  return {
    take(gfp) {
      if (spare === 0) return pages.allocPages(((gfp & kept) | pool) >>> 0, POOL_ORDER) !== NO_PAGE;
      spare--;
      return true;
    },
    giveBack: () => void spare++,
  };
}

/** A node is two pointers, from a slab of one page. */
const NODES_PER_PAGE = PAGE_SIZE / 16;

export function nodesFrom(pages: PageSource, { kept, slab }: TrackerMasks): (gfp: number) => boolean {
  let left = 0;
  return (gfp) => {
    if (left === 0) {
      if (pages.allocPages(((gfp & kept) | slab) >>> 0, 0) === NO_PAGE) return false;
      left = NODES_PER_PAGE;
    }
    left--;
    return true;
  };
}
