/** Telling hooks and tracer of blocks that are given out or come back. */
import { refuseBlock } from '../bad-use.js';
import { NO_PAGE, type Pfn } from '../limits.js';
import type { Memory } from '../memory.js';

/** The owner is set before anybody sees the block; the event comes last, also for a request that failed. */
export function announceAlloc(m: Memory, pfn: Pfn, gfp: number, order: number, type: number): void {
  if (pfn !== NO_PAGE) m.hooks?.allocated(pfn, order, gfp);
  m.tracer?.alloc(pfn, order, gfp, type);
}

/** The trace event comes before the owner is reset. A hook may free other blocks, not this one. */
export function announceFree(m: Memory, pfn: Pfn, order: number): void {
  const state = m.frames[pfn];
  m.tracer?.free(pfn, order);
  m.hooks?.freed(pfn, order);
  if (m.frames[pfn] !== state) refuseBlock(m, pfn, order, 'free');
}
