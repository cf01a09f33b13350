/** A block that is given out: the state of its head, and who is told. */
import { ALLOCATED, COMPOUND, MOVABLE } from './frame-state.js';
import { GFP_COMP, GFP_MOVABLE } from './gfp-request.js';
import { NO_PAGE, type Pfn } from './limits.js';
import type { Memory } from './memory.js';

const TO_MOVABLE = MOVABLE / GFP_MOVABLE;
const TO_COMPOUND = Math.log2(GFP_COMP / COMPOUND);

/** State of the head of a block given out for this mask. */
export function headState(gfp: number, order: number): number {
  return ALLOCATED | ((gfp & GFP_MOVABLE) * TO_MOVABLE) | ((gfp & GFP_COMP) >> TO_COMPOUND) | order;
}

/** The owner is set before anybody sees the block; the event comes last, also for a request that failed. */
export function announceAlloc(m: Memory, pfn: Pfn, gfp: number, order: number, type: number): void {
  if (pfn !== NO_PAGE) m.hooks?.allocated(pfn, order, gfp);
  m.tracer?.alloc(pfn, order, gfp, type);
}
