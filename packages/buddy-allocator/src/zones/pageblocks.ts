/** Pageblocks: what is in one, and moving its free blocks to the lists of another type. */
import { isFree, isMovable, isTail, orderOf, typeOf } from '../layout/frame-state.js';
import { insertFree, recount, removeFree } from './free-area.js';
import { MAX_ORDER, MAX_ORDER_PAGES, PAGEBLOCK_PAGES, type Pfn } from '../limits.js';
import { blockType, setBlockType, zoneBaseOf, type Memory, type ZoneBase } from '../memory.js';
import { holdsOther } from './spans.js';
import { Z_NUMBER, Z_SPANNED, Z_START } from '../layout/zone-layout.js';

export const blockStart = (pfn: Pfn): Pfn => pfn & -PAGEBLOCK_PAGES;

/** The largest order of an aligned block that begins at `pfn` and does not reach past `end`. */
export function largestPiece(pfn: Pfn, end: Pfn): number {
  let order = pfn === 0 ? MAX_ORDER : Math.min(31 - Math.clz32(pfn & -pfn), MAX_ORDER);
  while (pfn + (1 << order) > end) order--;
  return order;
}

/** Whether the zone reaches over this frame; it may still be a hole or another zone's. */
export const zoneSpans = ({ words }: Memory, zb: ZoneBase, pfn: Pfn): boolean =>
  pfn >= words[zb + Z_START]! && pfn < words[zb + Z_START]! + words[zb + Z_SPANNED]!;

/** Whether this frame is the zone's own: what lies between its ends may be another's. */
export const inZone = (m: Memory, zb: ZoneBase, pfn: Pfn): boolean => zoneBaseOf(m, pfn) === zb;

/**
 * Whether a pageblock lies wholly inside the zone. Zones may span each other's memory: what is in it is the zone's own, or
 * a hole.
 */
export function spansBlock(m: Memory, zb: ZoneBase, start: Pfn): boolean {
  const end = start + PAGEBLOCK_PAGES;
  return (
    zoneSpans(m, zb, start) &&
    zoneSpans(m, zb, end - 1) &&
    !holdsOther(m, start, end, m.words[zb + Z_NUMBER]!)
  );
}

/** Free pages and pages of movable blocks in use, in one pageblock: `free + (movable << 10)`. */
export function countBlock(m: Memory, zb: ZoneBase, start: Pfn): number {
  const { frames } = m;
  const end = start + PAGEBLOCK_PAGES;
  let free = 0;
  let movable = 0;
  for (let pfn = start; pfn < end;) {
    const state = frames[pfn]!;
    // Only the second half of a block of the largest order begins inside a block.
    const head = pfn === start && isTail(state) ? start & -MAX_ORDER_PAGES : pfn;
    const pages = Math.min(head + (1 << headOrder(frames[head]!)), end) - pfn;
    if (!inZone(m, zb, pfn)) {
      // Another zone's frame.
    } else if (isFree(frames[head]!)) free += pages;
    else if (isMovable(frames[head]!)) movable += pages;
    pfn += Math.max(pages, 1);
  }
  return free + (movable << 10);
}

const headOrder = (state: number): number => (isFree(state) || isMovable(state) ? orderOf(state) : 0);

/**
 * Moves every free block that begins in frames `from` to `end` (exclusive) to the tails of the lists of `type`.
 *
 * @returns how many pages that were
 */
export function moveFreeBlocks(m: Memory, zb: ZoneBase, from: Pfn, end: Pfn, type: number): number {
  const { frames } = m;
  let moved = 0;
  for (let pfn = from; pfn < end;) {
    const state = frames[pfn]!;
    if (!isFree(state) || !inZone(m, zb, pfn)) {
      pfn++;
      continue;
    }
    const order = orderOf(state);
    moveFree(m, zb, pfn, type);
    moved += 1 << order;
    pfn += 1 << order;
  }
  return moved;
}

/** Moves one free block to the tail of the list of `type`. */
export function moveFree(m: Memory, zb: ZoneBase, pfn: Pfn, type: number): void {
  const state = m.frames[pfn]!;
  const order = orderOf(state);
  const old = typeOf(state);
  removeFree(m, zb, pfn, order, old);
  insertFree(m, zb, pfn, order, type, 1);
  if (old !== type) recount(m, zb, old, type, 1 << order);
}

/** Gives every pageblock of a block of at least PAGEBLOCK_ORDER a type. */
export function setBlockTypes(m: Memory, pfn: Pfn, order: number, type: number): void {
  for (let block = pfn; block < pfn + (1 << order); block += PAGEBLOCK_PAGES) setBlockType(m, block, type);
}

/**
 * Gives a whole pageblock a type and moves its free blocks there.
 *
 * @returns false, having changed nothing, if the pageblock is not wholly inside the zone
 */
export function claimBlock(m: Memory, zb: ZoneBase, pfn: Pfn, type: number): boolean {
  const start = blockStart(pfn);
  if (!spansBlock(m, zb, start)) return false;
  if (blockType(m, start) !== type) {
    moveFreeBlocks(m, zb, start, start + PAGEBLOCK_PAGES, type);
    setBlockType(m, start, type);
  }
  return true;
}
