/**
 * Isolating pageblocks: while one is Isolate, nothing is allocated from it, and what is freed in it stays there. Used to
 * empty a range of frames, and to change the type of a pageblock together with the lists of its free blocks.
 */
import { isAbsent, isFree, isReserved, orderOf, typeOf } from '../layout/frame-state.js';
import { insertFree, merge, removeFree } from '../zones/free-area.js';
import { MAX_ORDER, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES, type Pfn } from '../limits.js';
import { blockType, setBlockType, zoneBaseOf, zoneNumberOf, type Memory } from '../memory.js';
import { MIGRATE_CMA, MIGRATE_HIGHATOMIC, MIGRATE_ISOLATE } from '../layout/migratetypes.js';
import { blockStart, moveFree } from '../zones/pageblocks.js';
import { setPlenty } from '../zones/watermarks.js';
import { Z_CMA_PAGES, Z_RESERVED_ATOMIC } from '../layout/zone-layout.js';

/** Makes all pageblocks of a range Isolate; returns their types. */
export function isolate(m: Memory, start: Pfn, end: Pfn): Uint8Array {
  const first = blockStart(start);
  const last = blockStart(end - 1) + PAGEBLOCK_PAGES;
  breakAcross(m, first);
  breakAcross(m, last);
  const types = new Uint8Array((last - first) >> PAGEBLOCK_ORDER);
  for (let block = first, i = 0; block < last; block += PAGEBLOCK_PAGES, i++) {
    types[i] = blockType(m, block);
    setBlockType(m, block, MIGRATE_ISOLATE);
    isolateFree(m, block);
  }
  return types;
}

/** Moves the free blocks of a pageblock to the Isolate lists; where two zones meet in it, each to its own zone's. */
function isolateFree(m: Memory, start: Pfn): void {
  for (let pfn = start; pfn < start + PAGEBLOCK_PAGES;) {
    const state = m.frames[pfn]!;
    if (isFree(state)) moveFree(m, zoneBaseOf(m, pfn), pfn, MIGRATE_ISOLATE);
    pfn += isFree(state) ? 1 << orderOf(state) : 1;
  }
}

/** Cuts a free block that reaches across a pageblock boundary in two. */
function breakAcross(m: Memory, boundary: Pfn): void {
  const half = boundary - PAGEBLOCK_PAGES;
  if (boundary >= m.frames.length || half % (1 << MAX_ORDER) !== 0) return;
  const state = m.frames[half]!;
  if (!isFree(state) || orderOf(state) !== MAX_ORDER) return;
  const zb = zoneBaseOf(m, half);
  const type = typeOf(state);
  removeFree(m, zb, half, MAX_ORDER, type);
  insertFree(m, zb, boundary, PAGEBLOCK_ORDER, type, 0);
  insertFree(m, zb, half, PAGEBLOCK_ORDER, type, 0);
}

/** Undoes `isolate`: gives the pageblocks these types, and lets their free blocks merge with what is around. */
export function unisolate(m: Memory, start: Pfn, end: Pfn, types: Uint8Array): void {
  const first = blockStart(start);
  const last = blockStart(end - 1) + PAGEBLOCK_PAGES;
  breakAll(m, first, last);
  for (let block = first, i = 0; block < last; block += PAGEBLOCK_PAGES, i++) {
    setBlockType(m, block, types[i]!);
  }
  for (let pfn = first; pfn < last;) {
    const state = m.frames[pfn]!;
    if (!isFree(state)) {
      pfn++;
      continue;
    }
    const order = orderOf(state);
    const type = typeOf(state);
    if (type === MIGRATE_ISOLATE) {
      const zb = zoneBaseOf(m, pfn);
      removeFree(m, zb, pfn, order, type);
      merge(m, zb, pfn, order, blockType(m, pfn), 0);
    }
    pfn += 1 << order;
  }
}

/** Cuts isolated free blocks of the largest order in halves, one for each pageblock's type. */
function breakAll(m: Memory, first: Pfn, last: Pfn): void {
  for (let block = first + PAGEBLOCK_PAGES; block < last; block += PAGEBLOCK_PAGES) breakAcross(m, block);
}

/** Gives a pageblock a type, whatever is in it, and moves its free blocks to the lists of that type. */
export function setPageblockType(m: Memory, pfn: Pfn, type: number): void {
  if (!Number.isInteger(pfn) || zoneNumberOf(m, pfn) >= m.layout.zones)
    throw new RangeError(`there is no memory at pfn ${pfn}`);
  if (!Number.isInteger(type) || type < 0 || type >= MIGRATE_ISOLATE) {
    throw new RangeError(`a pageblock's type is from 0 to ${MIGRATE_CMA}, got ${type} for pfn ${pfn}`);
  }
  const start = blockStart(pfn);
  const old = blockType(m, pfn);
  unisolate(m, start, start + 1, isolate(m, start, start + 1).fill(type));
  countSpecial(m, pfn, old, -1);
  countSpecial(m, pfn, type, 1);
}

/** Counts a HighAtomic or CMA pageblock in (`sign` 1) or out (-1). */
function countSpecial(m: Memory, inside: Pfn, type: number, sign: number): void {
  const { words, frames } = m;
  const start = blockStart(inside);
  if (type === MIGRATE_HIGHATOMIC)
    words[zoneBaseOf(m, inside) + Z_RESERVED_ATOMIC]! += sign * PAGEBLOCK_PAGES;
  for (let pfn = start; pfn < start + PAGEBLOCK_PAGES; pfn++) {
    if (isAbsent(frames[pfn]!) || isReserved(frames[pfn]!)) continue;
    const zb = zoneBaseOf(m, pfn);
    if (type === MIGRATE_CMA) words[zb + Z_CMA_PAGES]! += sign;
    setPlenty(m, zb);
  }
}
