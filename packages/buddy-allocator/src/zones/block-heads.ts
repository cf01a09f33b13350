/**
 * From a frame to the head of its block. A block of order k begins at a multiple of 2^k, so there are eleven places to
 * look, and the nearest head decides: blocks do not overlap.
 */
import { isFree, isHead, orderOf } from '../layout/frame-state.js';
import { MAX_ORDER, NO_PAGE, type Pfn } from '../limits.js';
import type { Memory } from '../memory.js';

/** Head of the block a frame lies in: free, per-cpu or in use. NO_PAGE for holes and reserved frames. */
export function headOf({ frames }: Memory, pfn: Pfn): Pfn {
  for (let order = 0; order <= MAX_ORDER; order++) {
    const head = pfn & -(1 << order);
    const state = frames[head] ?? 0;
    if (isHead(state)) return head + (1 << orderOf(state)) > pfn ? head : NO_PAGE;
  }
  return NO_PAGE;
}

/** Head of the block in a free area that a frame lies in; NO_PAGE if it lies in none. */
export function freeHeadOf(m: Memory, pfn: Pfn): Pfn {
  const head = headOf(m, pfn);
  return head !== NO_PAGE && isFree(m.frames[head]!) ? head : NO_PAGE;
}
