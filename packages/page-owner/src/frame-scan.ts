/** The way that early pages and mixed pageblocks are looked for: zone by zone, pageblock by pageblock. */
import type { Pfn } from '@page-owner/page-ext';
import { orderAt } from './owner-record.js';
import { ALLOCATED, OWNER } from './record-places.js';
import type { ZoneView } from './surroundings.js';
import { nextBoundary, pastBuddy, type OwnerSpace } from './walk.js';

const PAGEBLOCK_ORDER = 9;
const PAGEBLOCK_PAGES = 1 << PAGEBLOCK_ORDER;

const nextPageblock = (pfn: Pfn): Pfn => pfn - (pfn % PAGEBLOCK_PAGES) + PAGEBLOCK_PAGES;

/** Calls `see` for each frame of a zone that is in use; it says from which frame to go on. */
function scanZone({ frames, rules }: OwnerSpace, zoneIndex: number, see: (pfn: Pfn) => Pfn): void {
  const { startPfn, endPfn } = frames.zones[zoneIndex]!;
  for (let pfn = startPfn; pfn < endPfn;) {
    if (!frames.isValid(pfn)) {
      pfn = nextBoundary(pfn);
      continue;
    }
    for (const blockEnd = Math.min(nextPageblock(pfn), endPfn); pfn < blockEnd;) {
      const isOwn = frames.zoneOf(pfn) === zoneIndex;
      const freeOrder = isOwn ? frames.buddyOrder(pfn) : -1;
      if (freeOrder >= 0) pfn = pastBuddy(pfn, freeOrder, rules.clampsBuddy);
      else if (!isOwn || frames.isReserved(pfn)) pfn++;
      else pfn = see(pfn);
    }
  }
}

/**
 * Calls `mark` for every frame of a zone that is in use but has no owner.
 *
 * @returns how many there are
 */
export function markEarlyPages(space: OwnerSpace, zoneIndex: number, mark: (pfn: Pfn) => void): number {
  const { storage } = space;
  let marked = 0;
  scanZone(space, zoneIndex, (pfn) => {
    const table = storage.get(pfn);
    if (table === null) return pfn + 1;
    const owned = (table.u32[table.entryAt(pfn) >>> 2]! & OWNER) !== 0;
    storage.put(table);
    if (!owned) {
      mark(pfn);
      marked++;
    }
    return pfn + 1;
  });
  return marked;
}

/** What the kernel logs when it has marked a zone. */
export const earlyPagesLine = ({ node, name }: ZoneView, marked: number): string =>
  `Node ${node}, zone ${name.padStart(8)}: page owner found early allocated ${marked} pages`;

/**
 * Counts a zone's mixed pageblocks by their type: those that hold a page whose mask asks for another type. The last
 * part of /proc/pagetypeinfo.
 *
 * @param typeOfMask the migratetype a mask asks for
 * @param types the number of migratetypes
 * @param columnOf where a block's type is counted: CMA blocks count as Movable
 */
export function countMixedBlocks(
  space: OwnerSpace,
  zoneIndex: number,
  typeOfMask: (gfp: number) => number,
  types: number,
  columnOf: (type: number) => number,
): number[] {
  const { frames, storage, places, rules } = space;
  const counts = new Array<number>(types).fill(0);
  const live = rules.keepsFreed ? ALLOCATED : OWNER;
  scanZone(space, zoneIndex, (pfn) => {
    const table = storage.get(pfn);
    if (table === null) return pfn + 1;
    const at = table.entryAt(pfn);
    const owned = (table.u32[at >>> 2]! & live) !== 0;
    const gfp = table.u32[(at >>> 2) + places.gfp]!;
    const order = orderAt(table, at, places);
    storage.put(table);
    if (!owned) return pfn + 1;
    const blockType = frames.pageblockType(pfn);
    if (typeOfMask(gfp) === blockType) return pfn + 2 ** order;
    counts[columnOf(blockType)]!++;
    return nextPageblock(pfn);
  });
  return counts;
}
