/**
 * Allocating any range of frames (alloc_contig_range).
 *
 * Its pageblocks are isolated first, so that nothing is allocated from them while movable blocks are moved out.
 */
import { allocPages } from './alloc.js';
import { refuseRequest } from '../bad-use.js';
import { headOf } from '../zones/block-heads.js';
import { isAllocated, orderOf } from '../layout/frame-state.js';
import { GFP_COMP, GFP_MIGRATION_TARGET, REQUEST_MASK } from '../request/gfp-request.js';
import { headState } from '../request/head-state.js';
import { MR_CONTIG_RANGE } from '../hooks.js';
import { isolate, unisolate } from '../moving/isolation.js';
import { NO_PAGE, type Pfn } from '../limits.js';
import type { Memory } from '../memory.js';
import { canMove, discard, isMoveOutPossible, migrate } from '../moving/migrate.js';
import { MERGEABLE_TYPES, MIGRATE_MOVABLE } from '../layout/migratetypes.js';
import { largestPiece } from '../zones/pageblocks.js';
import { drainPcp } from '../taking/pcp.js';
import { allFree, takeAt } from '../taking/place.js';
import { splitPage } from './split.js';

/**
 * Allocates the frames from `start` to `end` (exclusive) as order-0 blocks (alloc_contig_range). Movable blocks in the
 * way are moved out by the mover. The pageblocks touched become Movable, unless they are CMA or HighAtomic.
 *
 * @returns false if something in the range cannot be moved; what has moved stays moved
 */
export function allocRange(m: Memory, start: Pfn, end: Pfn, gfp: number): boolean {
  if (
    !Number.isInteger(start) ||
    !Number.isInteger(end) ||
    start < 0 ||
    end <= start ||
    end > m.frames.length
  ) {
    throw new RangeError(`a range lies between pfn 0 and ${m.frames.length}, got ${start} to ${end}`);
  }
  if ((m.requests[gfp & REQUEST_MASK] ?? -1) < 0 || gfp >>> 0 !== gfp) refuseRequest(m, gfp, 0, m.node);
  drainPcp(m);
  if (!isMoveOutPossible(m, start, end)) return false;
  const types = isolate(m, start, end);
  try {
    const empty = moveOut(m, start, end, MR_CONTIG_RANGE) && allFree(m, start, end);
    if (empty) takeRange(m, start, end, (gfp & ~GFP_COMP) >>> 0);
    return empty;
  } finally {
    unisolate(m, start, end, types.map(emptiedType));
  }
}

/** What a pageblock becomes that was made to be emptied: it is best used by what can be moved out again. */
const emptiedType = (type: number): number => (type < MERGEABLE_TYPES ? MIGRATE_MOVABLE : type);

/** Moves every block in use out of the range. */
export function moveOut(m: Memory, start: Pfn, end: Pfn, reason: number): boolean {
  for (let pfn = start; pfn < end;) {
    const head = headOf(m, pfn);
    if (head === NO_PAGE) return false;
    const state = m.frames[head]!;
    if (isAllocated(state)) {
      if (!canMove(m, head)) return false;
      const order = orderOf(state);
      const target = allocPages(m, GFP_MIGRATION_TARGET, order, m.node);
      if (m.frames[head] !== state) {
        // To make room, the reclaimer has freed this very block, or split it: look again.
        if (target !== NO_PAGE) discard(m, target, order);
        continue;
      }
      if (target === NO_PAGE || !migrate(m, head, target, reason)) return false;
    }
    pfn = head + (1 << orderOf(state));
  }
  return true;
}

/** Takes the range in the largest aligned pieces, announces each, and splits it to order 0. */
function takeRange(m: Memory, start: Pfn, end: Pfn, gfp: number): void {
  for (let pfn = start; pfn < end;) {
    const order = largestPiece(pfn, end);
    takeAt(m, pfn, order);
    m.frames[pfn] = headState(gfp, order);
    m.hooks?.allocated(pfn, order, gfp);
    splitPage(m, pfn, order);
    pfn += 1 << order;
  }
}
