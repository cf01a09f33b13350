/** Pages that the machine takes for itself, counted among its events. */
import { NO_PAGE, PAGE_SIZE, type PageAllocator, type Pfn } from '@page-owner/buddy-allocator';
import type { MemoryEvents } from './memory-events.js';

/** The part of an allocator that parts of the machine take their pages from. */
export type PageSource = Pick<
  PageAllocator,
  'allocPages' | 'freePages' | 'allocPagesExact' | 'freePagesExact'
>;

export function countedPages(allocator: PageAllocator, events: MemoryEvents): PageSource {
  return {
    allocPages(gfp, order = 0, node = allocator.node) {
      const pfn = allocator.allocPages(gfp, order, node);
      if (pfn !== NO_PAGE) events.allocatedFor(node, pfn, order, gfp);
      return pfn;
    },
    freePages(pfn, order = 0) {
      allocator.freePages(pfn, order);
      events.freed(pfn, order);
    },
    // One request of a whole order, of which the rest is freed.
    allocPagesExact(bytes, gfp, node = allocator.node) {
      const first = allocator.allocPagesExact(bytes, gfp, node);
      if (first === NO_PAGE) return first;
      const pages = Math.ceil(bytes / PAGE_SIZE);
      const order = Math.ceil(Math.log2(pages));
      events.allocatedFor(node, first, order, gfp);
      freeSingly(events, first + pages, first + 2 ** order);
      return first;
    },
    freePagesExact(pfn, bytes) {
      allocator.freePagesExact(pfn, bytes);
      freeSingly(events, pfn, pfn + Math.ceil(bytes / PAGE_SIZE));
    },
  };
}

function freeSingly(events: MemoryEvents, start: Pfn, end: Pfn): void {
  for (let pfn = start; pfn < end; pfn++) events.freed(pfn, 0);
}
