/**
 * Taking a block as Linux 6.1 does: move blocks of other types to the request's own lists, then look there again.
 */
import { A_CMA, type AllocFlags } from '../request/alloc-flags.js';
import {
  findFallback,
  firstFree,
  maySteal,
  NO_TYPE,
  smallestFallback,
  takeCmaShare,
  traceExtfrag,
  worthClaiming,
} from './fallback.js';
import { takeSmallest } from '../zones/free-area.js';
import { MAX_ORDER, NO_PAGE, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES, type Pfn } from '../limits.js';
import { blockType, setBlockType, type Memory, type ZoneBase } from '../memory.js';
import { MIGRATE_CMA, MIGRATE_HIGHATOMIC, MIGRATE_MOVABLE } from '../layout/migratetypes.js';
import {
  blockStart,
  countBlock,
  moveFree,
  moveFreeBlocks,
  setBlockTypes,
  zoneSpans,
} from '../zones/pageblocks.js';
import { boostWatermark } from '../zones/watermarks.js';

/** A block for a request of `type`: its own, then CMA, then other types'. */
export function take61(m: Memory, zb: ZoneBase, order: number, type: number, flags: AllocFlags): Pfn {
  const share = takeCmaShare(m, zb, order, flags);
  if (share !== NO_PAGE) return share;
  for (;;) {
    let pfn = takeSmallest(m, zb, order, type);
    if (pfn === NO_PAGE && (flags & A_CMA) !== 0) pfn = takeSmallest(m, zb, order, MIGRATE_CMA);
    if (pfn !== NO_PAGE || !fallBack(m, zb, order, type, flags)) return pfn;
  }
}

/** Moves at least one block that is large enough to the lists of `type`; false if there is none. */
function fallBack(m: Memory, zb: ZoneBase, order: number, type: number, flags: AllocFlags): boolean {
  const smallest = smallestFallback(order, flags);
  for (let from = MAX_ORDER; from >= smallest; from--) {
    let fallback = findFallback(m, zb, from, type);
    if (fallback === NO_TYPE) continue;
    const whole = maySteal(m, from, type);
    if (!whole && type === MIGRATE_MOVABLE && from > order) {
      // The pageblock will not change hands: then better break up a small block than a large one.
      from = order;
      while ((fallback = findFallback(m, zb, from, type)) === NO_TYPE) from++;
    }
    const pfn = firstFree(m, zb, from, fallback);
    steal(m, zb, pfn, from, type, whole);
    traceExtfrag(m, pfn, order, from, type, fallback);
    return true;
  }
  return false;
}

function steal(m: Memory, zb: ZoneBase, pfn: Pfn, order: number, type: number, whole: boolean): void {
  const oldType = blockType(m, pfn);
  if (oldType !== MIGRATE_HIGHATOMIC) {
    if (order >= PAGEBLOCK_ORDER) {
      setBlockTypes(m, pfn, order, type);
    } else {
      boostWatermark(m, zb);
      if (whole && stealPageblock(m, zb, pfn, oldType, type)) return;
    }
  }
  moveFree(m, zb, pfn, type);
}

/** Moves all free blocks of a pageblock, and the pageblock itself if that is worth it. */
function stealPageblock(m: Memory, zb: ZoneBase, pfn: Pfn, oldType: number, type: number): boolean {
  const start = blockStart(pfn);
  const end = start + PAGEBLOCK_PAGES;
  if (!zoneSpans(m, zb, end - 1)) return false;
  const counts = countBlock(m, zb, start);
  moveFreeBlocks(m, zb, zoneSpans(m, zb, start) ? start : pfn, end, type);
  if (worthClaiming(m, counts, oldType, type)) setBlockType(m, pfn, type);
  return true;
}
