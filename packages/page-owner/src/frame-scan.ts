/** The way that early pages and mixed pageblocks are looked for: zone by zone, pageblock by pageblock. */
import type { PageExtTable, Pfn } from '@page-owner/page-ext';
import { orderAt } from './owner-record.js';
import { ALLOCATED, OWNER } from './record-places.js';
import type { ZoneView } from './surroundings.js';
import { nextBoundary, pastBuddy, type OwnerSpace } from './walk.js';

const PAGEBLOCK_ORDER = 9;
const PAGEBLOCK_PAGES = 1 << PAGEBLOCK_ORDER;

const nextPageblock = (pfn: Pfn): Pfn => pfn - (pfn % PAGEBLOCK_PAGES) + PAGEBLOCK_PAGES;

/**
 * Calls `mark` for every frame of a zone that is in use but has no owner.
 *
 * @returns how many there are
 */
export function markEarlyPages(
  { frames, storage, rules }: OwnerSpace,
  zoneIndex: number,
  mark: (pfn: Pfn) => void,
): number {
  const { startPfn, endPfn } = frames.zones[zoneIndex]!;
  let marked = 0;
  for (let pfn = startPfn; pfn < endPfn;) {
    if (!frames.isValid(pfn)) {
      pfn = nextBoundary(pfn);
      continue;
    }
    for (const blockEnd = Math.min(nextPageblock(pfn), endPfn); pfn < blockEnd; pfn++) {
      if (frames.zoneOf(pfn) !== zoneIndex) continue;
      const freeOrder = frames.buddyOrder(pfn);
      if (freeOrder >= 0) {
        pfn = pastBuddy(pfn, freeOrder, rules.clampsBuddy) - 1;
        continue;
      }
      if (frames.isReserved(pfn)) continue;
      const table: PageExtTable | null = storage.get(pfn);
      if (table === null) continue;
      const owned = (table.u32[table.entryAt(pfn) >>> 2]! & OWNER) !== 0;
      storage.put(table);
      if (owned) continue;
      mark(pfn);
      marked++;
    }
  }
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
  { frames, storage, places, rules }: OwnerSpace,
  zoneIndex: number,
  typeOfMask: (gfp: number) => number,
  types: number,
  columnOf: (type: number) => number,
): number[] {
  const counts = new Array<number>(types).fill(0);
  const { startPfn, endPfn } = frames.zones[zoneIndex]!;
  const live = rules.keepsFreed ? ALLOCATED : OWNER;
  for (let pfn = startPfn; pfn < endPfn;) {
    if (!frames.isValid(pfn)) {
      pfn = nextBoundary(pfn);
      continue;
    }
    const blockEnd = Math.min(nextPageblock(pfn), endPfn);
    const blockType = frames.pageblockType(pfn);
    for (; pfn < blockEnd; pfn++) {
      if (frames.zoneOf(pfn) !== zoneIndex) continue;
      const freeOrder = frames.buddyOrder(pfn);
      if (freeOrder >= 0) {
        pfn = pastBuddy(pfn, freeOrder, rules.clampsBuddy) - 1;
        continue;
      }
      if (frames.isReserved(pfn)) continue;
      const table: PageExtTable | null = storage.get(pfn);
      if (table === null) continue;
      const at = table.entryAt(pfn);
      const owned = (table.u32[at >>> 2]! & live) !== 0;
      const type = typeOfMask(table.u32[(at >>> 2) + places.gfp]!);
      const order = orderAt(table, at, places);
      storage.put(table);
      if (!owned) continue;
      if (type !== blockType) {
        counts[columnOf(blockType)]! += 1;
        pfn = blockEnd;
        break;
      }
      pfn += 2 ** order - 1;
    }
  }
  return counts;
}
