/**
 * Taking a block as Linux 6.12 does (6.12.117; the split into claim and steal is younger than 6.12.0): own lists, CMA,
 * *claim* a whole pageblock, and only then *steal* a single block, which keeps its type.
 */
import { A_CMA, A_NOFRAGMENT, type AllocFlags } from '../request/alloc-flags.js';
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
import { account, expand, removeFree, takeSmallest } from '../zones/free-area.js';
import { MAX_ORDER, NO_PAGE, ORDERS, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES, type Pfn } from '../limits.js';
import { blockType, setBlockType, type Memory, type ZoneBase } from '../memory.js';
import { MIGRATE_CMA, MIGRATE_HIGHATOMIC } from '../layout/migratetypes.js';
import { blockStart, countBlock, moveFreeBlocks, setBlockTypes, spansBlock } from '../zones/pageblocks.js';
import { boostWatermark } from '../zones/watermarks.js';

/** Values of `searchMode`: where the last block of a refill was found, and so where to look first for the next. */
export const SEARCH_OWN = 0;
const SEARCH_CMA = SEARCH_OWN + 1;
const SEARCH_CLAIM = SEARCH_CMA + 1;
const SEARCH_STEAL = SEARCH_CLAIM + 1;

/** A block for a request of `type`. The caller sets `searchMode` to SEARCH_OWN before the first one of a refill. */
export function take612(m: Memory, zb: ZoneBase, order: number, type: number, flags: AllocFlags): Pfn {
  let pfn = takeCmaShare(m, zb, order, flags);
  if (pfn !== NO_PAGE) return pfn;
  const mode = m.searchMode;
  if (mode <= SEARCH_OWN) {
    pfn = takeSmallest(m, zb, order, type);
    if (pfn !== NO_PAGE) return pfn;
  }
  if (mode <= SEARCH_CMA && (flags & A_CMA) !== 0) {
    pfn = takeSmallest(m, zb, order, MIGRATE_CMA);
    if (pfn !== NO_PAGE) m.searchMode = SEARCH_CMA;
    if (pfn !== NO_PAGE) return pfn;
  }
  if (mode <= SEARCH_CLAIM) {
    pfn = claim(m, zb, order, type, flags);
    if (pfn !== NO_PAGE) m.searchMode = SEARCH_OWN;
    if (pfn !== NO_PAGE) return pfn;
  }
  if ((flags & A_NOFRAGMENT) === 0) {
    pfn = steal(m, zb, order, type);
    if (pfn !== NO_PAGE) m.searchMode = SEARCH_STEAL;
  }
  return pfn;
}

/** From the largest order down: makes a pageblock the request's own and takes a block of it. */
function claim(m: Memory, zb: ZoneBase, order: number, type: number, flags: AllocFlags): Pfn {
  const smallest = smallestFallback(order, flags);
  for (let from = MAX_ORDER; from >= smallest && maySteal(m, from, type); from--) {
    const fallback = findFallback(m, zb, from, type);
    if (fallback === NO_TYPE) continue;
    const found = firstFree(m, zb, from, fallback);
    const pfn = claimBlockOf(m, zb, found, from, order, type);
    if (pfn === NO_PAGE) continue;
    traceExtfrag(m, pfn, order, from, type, fallback);
    return pfn;
  }
  return NO_PAGE;
}

function claimBlockOf(m: Memory, zb: ZoneBase, found: Pfn, from: number, order: number, type: number): Pfn {
  const oldType = blockType(m, found);
  if (oldType === MIGRATE_HIGHATOMIC) return NO_PAGE;
  if (from >= PAGEBLOCK_ORDER) {
    setBlockTypes(m, found, from, type);
    cut(m, zb, found, from, order, oldType, type);
    return found;
  }

  boostWatermark(m, zb);
  const start = blockStart(found);
  const end = start + PAGEBLOCK_PAGES;
  if (!spansBlock(m, zb, start)) return NO_PAGE;
  if (!worthClaiming(m, countBlock(m, zb, start), oldType, type)) return NO_PAGE;
  moveFreeBlocks(m, zb, start, end, type);
  setBlockType(m, start, type);
  return takeSmallest(m, zb, order, type);
}

/** From the wanted order up: takes a single block. What is left of it stays with its type. */
function steal(m: Memory, zb: ZoneBase, order: number, type: number): Pfn {
  for (let from = order; from < ORDERS; from++) {
    const fallback = findFallback(m, zb, from, type);
    if (fallback === NO_TYPE) continue;
    const pfn = firstFree(m, zb, from, fallback);
    cut(m, zb, pfn, from, order, fallback, fallback);
    traceExtfrag(m, pfn, order, from, type, fallback);
    return pfn;
  }
  return NO_PAGE;
}

/** Takes the lowest frames of a free block; what is left goes to the lists of `newType`. */
function cut(
  m: Memory,
  zb: ZoneBase,
  pfn: Pfn,
  from: number,
  order: number,
  oldType: number,
  newType: number,
): void {
  removeFree(m, zb, pfn, from, oldType);
  expand(m, zb, pfn, order, from, newType);
  account(m, zb, oldType, -(1 << from));
  account(m, zb, newType, (1 << from) - (1 << order));
}
