/** Cutting blocks in use into smaller blocks in use, and the exact-size pair that is built on it. */
import { allocPages } from './alloc.js';
import { isOrder, requireAllocated } from '../bad-use.js';
import { COMPOUND, ORDER_MASK } from '../layout/frame-state.js';
import { freePages, freeToTail } from './free.js';
import { GFP_COMP, GFP_HIGHMEM } from '../request/gfp-request.js';
import { MAX_ORDER, NO_PAGE, PAGE_SHIFT, PAGE_SIZE, type Pfn } from '../limits.js';
import type { Memory } from '../memory.js';

/** Turns a block that is not compound into 2^order blocks of order 0, each to be freed on its own. */
export function splitPage(m: Memory, pfn: Pfn, order: number): void {
  const state = requireAllocated(m, pfn, order, 'split');
  if ((state & COMPOUND) !== 0)
    throw new Error(`cannot split pfn ${pfn} order ${order}: it is compound, see splitFolio`);
  cutAllocated(m, pfn, order, 0);
}

/** Turns a compound block into compound blocks of `newOrder`; of order 0 they are no longer compound. */
export function splitFolio(m: Memory, pfn: Pfn, order: number, newOrder: number): void {
  const state = requireAllocated(m, pfn, order, 'split');
  if (!isOrder(newOrder) || newOrder >= order) {
    throw new RangeError(`cannot split pfn ${pfn} order ${order} to order ${newOrder}: it must be smaller`);
  }
  if ((state & COMPOUND) === 0)
    throw new Error(`cannot split pfn ${pfn} order ${order}: it is not compound, see splitPage`);
  cutAllocated(m, pfn, order, newOrder);
}

function cutAllocated(m: Memory, pfn: Pfn, order: number, newOrder: number): void {
  const { frames } = m;
  const flags = frames[pfn]! & ~ORDER_MASK;
  const piece = (newOrder === 0 ? flags & ~COMPOUND : flags) | newOrder;
  for (let head = pfn; head < pfn + (1 << order); head += 1 << newOrder) frames[head] = piece;
  if (order !== newOrder) m.hooks?.split(pfn, order, newOrder);
}

/** The smallest order of a block that holds so many bytes. */
function orderForBytes(bytes: number): number {
  const pages = Math.ceil(bytes / PAGE_SIZE);
  if (!(pages >= 1) || pages > 1 << MAX_ORDER) {
    throw new RangeError(`size must be from 1 to ${PAGE_SIZE << MAX_ORDER} bytes, got ${bytes}`);
  }
  return pages === 1 ? 0 : 32 - Math.clz32(pages - 1);
}

/** Order-0 blocks in a row for so many bytes; what the power of two has too much is freed at once. */
export function allocPagesExact(m: Memory, bytes: number, gfp: number, node: number): Pfn {
  const order = orderForBytes(bytes);
  const pfn = allocPages(m, (gfp & ~(GFP_COMP | GFP_HIGHMEM)) >>> 0, order, node);
  if (pfn === NO_PAGE) return NO_PAGE;
  cutAllocated(m, pfn, order, 0);
  const used = Math.ceil(bytes / PAGE_SIZE);
  for (let extra = pfn + used; extra < pfn + (1 << order); extra++) freeToTail(m, extra, 0);
  return pfn;
}

/** Frees what `allocPagesExact` returned for the same size. */
export function freePagesExact(m: Memory, pfn: Pfn, bytes: number): void {
  const pages = Math.ceil(bytes / (1 << PAGE_SHIFT));
  orderForBytes(bytes);
  for (let page = pfn; page < pfn + pages; page++) requireAllocated(m, page, 0, 'free');
  for (let page = pfn; page < pfn + pages; page++) freePages(m, page, 0);
}
