/** What both manners of taking memory from another type's lists have in common. */
import { A_CMA, A_NOFRAGMENT, type AllocFlags } from '../request/alloc-flags.js';
import { freeListHead, takeSmallest } from '../zones/free-area.js';
import { NO_PAGE, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES, type Pfn } from '../limits.js';
import { blockType, linkedPfn, type Memory, type ZoneBase } from '../memory.js';
import {
  FALLBACK,
  FALLBACKS,
  MERGEABLE_TYPES,
  MIGRATE_CMA,
  MIGRATE_MOVABLE,
} from '../layout/migratetypes.js';
import { Z_FREE_CMA, Z_FREE_PAGES, Z_NON_EMPTY, Z_NR_FREE } from '../layout/zone-layout.js';

/** No type to fall back to. */
export const NO_TYPE = -1;

/** The first type that `type` may fall back to and that has a block of exactly this order. */
export function findFallback({ words }: Memory, zb: ZoneBase, order: number, type: number): number {
  if (type >= MERGEABLE_TYPES || words[zb + Z_NR_FREE + order] === 0) return NO_TYPE;
  for (let n = 0; n < FALLBACKS; n++) {
    const fallback = FALLBACK[type * FALLBACKS + n]!;
    if ((words[zb + Z_NON_EMPTY + fallback]! & (1 << order)) !== 0) return fallback;
  }
  return NO_TYPE;
}

/** The block that has been first on a list. The list must not be empty. */
export const firstFree = (m: Memory, zb: ZoneBase, order: number, type: number): Pfn =>
  linkedPfn(m, m.words[freeListHead(zb, order, type)]!);

/**
 * Whether a free block of this order justifies taking its whole pageblock. Movable requests need at least half the
 * order of a pageblock: they do less harm spread over other types' blocks than others would spread over theirs.
 */
export const maySteal = (m: Memory, order: number, type: number): boolean =>
  order >= PAGEBLOCK_ORDER >> 1 || type !== MIGRATE_MOVABLE || !m.grouping;

/** The smallest order at which to look for another type's block. */
export const smallestFallback = (order: number, flags: AllocFlags): number =>
  (flags & A_NOFRAGMENT) !== 0 && order < PAGEBLOCK_ORDER ? PAGEBLOCK_ORDER : order;

/**
 * Whether at least half of a pageblock is free, or in use as `type` would use it. What is neither free nor movable is
 * taken for alike when a type that can not move takes a Movable block.
 *
 * @param counts of the pageblock before anything was moved, see `countBlock`
 */
export function worthClaiming(m: Memory, counts: number, oldType: number, type: number): boolean {
  const free = counts & 0x3ff;
  const movable = counts >> 10;
  let alike = 0;
  if (type === MIGRATE_MOVABLE) alike = movable;
  else if (oldType === MIGRATE_MOVABLE) alike = PAGEBLOCK_PAGES - free - movable;
  return free + alike >= PAGEBLOCK_PAGES >> 1 || !m.grouping;
}

/** A CMA block while more than half of the zone's free pages are CMA, so that CMA memory is not left for last. */
export function takeCmaShare(m: Memory, zb: ZoneBase, order: number, flags: AllocFlags): Pfn {
  if ((flags & A_CMA) === 0 || m.words[zb + Z_FREE_CMA]! <= m.words[zb + Z_FREE_PAGES]! >> 1) return NO_PAGE;
  return takeSmallest(m, zb, order, MIGRATE_CMA);
}

/** Reports a block that left the lists of `fallback` for a request of `type`. */
export function traceExtfrag(
  m: Memory,
  pfn: Pfn,
  order: number,
  fallbackOrder: number,
  type: number,
  fallback: number,
): void {
  m.tracer?.allocExtfrag(pfn, order, fallbackOrder, type, fallback, blockType(m, pfn) === type);
}
