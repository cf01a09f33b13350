/**
 * HighAtomic pageblocks: a request of order > 0 that cannot wait, and had to dip into the reserves, keeps the rest of
 * its pageblock for others of its kind. Limit: 1 % of the zone, 6.12 rounded up to a pageblock (none if 1 % is less
 * than one), 6.1 plus one pageblock.
 */
import { firstFree } from './fallback.js';
import { account, merge, removeFree } from '../zones/free-area.js';
import { PAGEBLOCK_ORDER, PAGEBLOCK_PAGES, type Pfn } from '../limits.js';
import { blockType, type Memory, type ZoneBase } from '../memory.js';
import { MERGEABLE_TYPES, MIGRATE_HIGHATOMIC } from '../layout/migratetypes.js';
import { claimBlock, setBlockTypes } from '../zones/pageblocks.js';
import { setPlenty } from '../zones/watermarks.js';
import { Z_MANAGED, Z_NON_EMPTY, Z_RESERVED_ATOMIC } from '../layout/zone-layout.js';

const roundUp = (pages: number): number => Math.ceil(pages / PAGEBLOCK_PAGES) * PAGEBLOCK_PAGES;

/** How many pages of HighAtomic pageblocks a zone may have before it gets no more of them. */
export function highAtomicLimit(managed: number, modern: boolean): number {
  const percent = Math.floor(managed / 100);
  if (!modern) return percent + PAGEBLOCK_PAGES;
  return percent < PAGEBLOCK_PAGES ? 0 : roundUp(percent);
}

/** Makes the pageblock of a block just taken HighAtomic. */
export function reserveHighAtomic(m: Memory, zb: ZoneBase, pfn: Pfn, order: number): void {
  const { words } = m;
  if (words[zb + Z_RESERVED_ATOMIC]! >= highAtomicLimit(words[zb + Z_MANAGED]!, m.modern)) return;
  if (blockType(m, pfn) >= MERGEABLE_TYPES) return;
  if (order >= PAGEBLOCK_ORDER) {
    setBlockTypes(m, pfn, order, MIGRATE_HIGHATOMIC);
    words[zb + Z_RESERVED_ATOMIC]! += 1 << order;
  } else if (claimBlock(m, zb, pfn, MIGRATE_HIGHATOMIC)) {
    words[zb + Z_RESERVED_ATOMIC]! += PAGEBLOCK_PAGES;
  }
  setPlenty(m, zb);
}

/**
 * Gives one HighAtomic pageblock that has a free block to `type`, keeping at least one unless `force`.
 *
 * @returns whether there was one
 */
export function unreserveHighAtomic(m: Memory, zb: ZoneBase, type: number, force: boolean): boolean {
  const { words } = m;
  if (!force && words[zb + Z_RESERVED_ATOMIC]! <= PAGEBLOCK_PAGES) return false;
  const orders = words[zb + Z_NON_EMPTY + MIGRATE_HIGHATOMIC]!;
  if (orders === 0) return false;
  const order = 31 - Math.clz32(orders & -orders);
  const pfn = firstFree(m, zb, order, MIGRATE_HIGHATOMIC);
  const pages = Math.max(PAGEBLOCK_PAGES, 1 << order);
  if (order < PAGEBLOCK_ORDER) {
    if (!claimBlock(m, zb, pfn, type)) return false;
  } else {
    // Its buddy may be free and may mix with the new type: Linux would leave the two side by side.
    removeFree(m, zb, pfn, order, MIGRATE_HIGHATOMIC);
    account(m, zb, MIGRATE_HIGHATOMIC, -(1 << order));
    setBlockTypes(m, pfn, order, type);
    merge(m, zb, pfn, order, type, 1);
  }
  words[zb + Z_RESERVED_ATOMIC]! -= Math.min(pages, words[zb + Z_RESERVED_ATOMIC]!);
  setPlenty(m, zb);
  return true;
}
