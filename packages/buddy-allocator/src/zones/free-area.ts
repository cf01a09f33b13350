/**
 * Free areas: blocks of 2^order frames on one list per order and migratetype.
 *
 * Invariant: two free buddies of one order are never both here, unless they are pageblocks of types that do not mix.
 */
import * as HEADER from '../layout/header-layout.js';
import * as STATE from '../layout/frame-state.js';
import type { PageTracer } from '../hooks.js';
import type { Pfn } from '../limits.js';
import * as LIMITS from '../limits.js';
import * as HEADS from '../layout/list-heads.js';
import { blockType, setBlockType, zoneBaseOf, type Memory, type ZoneBase } from '../memory.js';
import * as TYPES from '../layout/migratetypes.js';
import * as ZONE from '../layout/zone-layout.js';

// V8 folds a file's own constants into code, but reads imported ones from memory at each use: this is a hot path.
const { BLOCK_ZONE_SHIFT, CHUNK_MIXED } = HEADER;
const { FREE, FREE_ORDER_MASK, TAIL, TYPE_MASK, TYPE_SHIFT } = STATE;
const { MAX_ORDER, NO_PAGE, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES } = LIMITS;
const { LINK_WORDS, LISTS_PER_ORDER, PCP_ORDERS } = HEADS;
const { MERGEABLE_TYPES, MIGRATE_CMA, MIGRATE_HIGHATOMIC, MIGRATE_ISOLATE } = TYPES;
const { Z_FREE_ATOMIC, Z_FREE_CMA, Z_FREE_PAGES, Z_LISTS, Z_NON_EMPTY, Z_NR_FREE } = ZONE;

/** From the head of one order's list to that of the next order. */
const HEADS_STRIDE = LISTS_PER_ORDER * LINK_WORDS;

/** Word of the head of a free list. */
export const freeListHead = (zb: ZoneBase, order: number, type: number): number =>
  zb + Z_LISTS + (order * LISTS_PER_ORDER + type) * LINK_WORDS;

/** Puts a block on its list and marks its head. Does not count its pages: see `account`. */
export function insertFree(
  m: Memory,
  zb: ZoneBase,
  pfn: Pfn,
  order: number,
  type: number,
  toTail: number,
): void {
  const { words } = m;
  const head = freeListHead(zb, order, type);
  const at = m.links + pfn * LINK_WORDS;
  // One code for both ends, as a branch on the end could not be predicted.
  const other = words[head + toTail]!;
  words[at + toTail] = other;
  words[at + 1 - toTail] = head;
  words[other + 1 - toTail] = at;
  words[head + toTail] = at;
  words[zb + Z_NON_EMPTY + type]! |= 1 << order;
  words[zb + Z_NR_FREE + order]!++;
  m.frames[pfn] = FREE | (type << TYPE_SHIFT) | order;
}

/** Takes a block off its list. Its head is TAIL until somebody says what it is. */
export function removeFree(m: Memory, zb: ZoneBase, pfn: Pfn, order: number, type: number): void {
  const { words } = m;
  const at = m.links + pfn * LINK_WORDS;
  const next = words[at]!;
  const prev = words[at + 1]!;
  words[prev] = next;
  words[next + 1] = prev;
  // Both neighbours are the same entry only if that entry is the head.
  if (next === prev) words[zb + Z_NON_EMPTY + type]! &= ~(1 << order);
  words[zb + Z_NR_FREE + order]!--;
  m.frames[pfn] = TAIL;
}

/** Counts `pages` (negative: fewer) free pages on lists of this type. Isolated pages do not count as free. */
export function account({ words }: Memory, zb: ZoneBase, type: number, pages: number): void {
  if (type < MERGEABLE_TYPES) {
    words[zb + Z_FREE_PAGES]! += pages;
    return;
  }
  if (type === MIGRATE_ISOLATE) return;
  words[zb + Z_FREE_PAGES]! += pages;
  if (type === MIGRATE_CMA) words[zb + Z_FREE_CMA]! += pages;
  if (type === MIGRATE_HIGHATOMIC) words[zb + Z_FREE_ATOMIC]! += pages;
}

/**
 * The first block of the smallest sufficient order, cut down to `order`; NO_PAGE if the type's lists are empty. Its head
 * still says FREE: the caller says what it is now.
 */
export function takeSmallest(m: Memory, zb: ZoneBase, order: number, type: number): Pfn {
  const { words } = m;
  const lists = words[zb + Z_NON_EMPTY + type]!;
  const sufficient = lists >> order;
  if (sufficient === 0) return NO_PAGE;
  const found = order + 31 - Math.clz32(sufficient & -sufficient);
  const head = freeListHead(zb, found, type);
  const at = words[head]!;
  const next = words[at]!;
  words[head] = next;
  words[next + 1] = head;
  if (next === head) words[zb + Z_NON_EMPTY + type] = lists & ~(1 << found);
  words[zb + Z_NR_FREE + found]!--;
  const pfn = (at - m.links) >> 1;
  if (found > order) cutDown(m, zb, pfn, order, found, type);
  if (type < MERGEABLE_TYPES) words[zb + Z_FREE_PAGES]! -= 1 << order;
  else account(m, zb, type, -(1 << order));
  if (m.tracer !== null) traceTaken(m.tracer, pfn, order, type);
  return pfn;
}

/** Gives back the upper halves of a block onto lists that are all empty, as they are below the smallest order found. */
function cutDown(m: Memory, zb: ZoneBase, pfn: Pfn, low: number, high: number, type: number): void {
  const { words, links, frames } = m;
  let head = freeListHead(zb, high, type);
  for (let order = high - 1; order >= low; order--) {
    head -= HEADS_STRIDE;
    const rest = pfn + (1 << order);
    const at = links + rest * LINK_WORDS;
    words[at] = head;
    words[at + 1] = head;
    words[head] = at;
    words[head + 1] = at;
    words[zb + Z_NR_FREE + order]!++;
    frames[rest] = FREE | (type << TYPE_SHIFT) | order;
  }
  words[zb + Z_NON_EMPTY + type]! |= (1 << high) - (1 << low);
}

function traceTaken(tracer: PageTracer, pfn: Pfn, order: number, type: number): void {
  tracer.allocZoneLocked(pfn, order, type, ((PCP_ORDERS >> order) & 1) !== 0 && type < MERGEABLE_TYPES);
}

/** Gives back the upper halves of a block of order `high` until its lowest 2^`low` frames are left. */
export function expand(m: Memory, zb: ZoneBase, pfn: Pfn, low: number, high: number, type: number): void {
  for (let order = high - 1; order >= low; order--) insertFree(m, zb, pfn + (1 << order), order, type, 0);
}

/**
 * Frees a block, merging it with its free buddies. Its frames are TAIL, its head too.
 *
 * 6.12 frees what is larger than a pageblock pageblock by pageblock, each with its own type. 6.1 frees it in one piece
 * with the type of the first, unless the types do not mix, which in Linux cannot be.
 */
export function freeToArea(m: Memory, zb: ZoneBase, pfn: Pfn, order: number, toTail: number): void {
  const type = blockType(m, pfn);
  if (order > PAGEBLOCK_ORDER && (m.modern || !mayMix(type, blockType(m, pfn + PAGEBLOCK_PAGES)))) {
    for (let block = pfn; block < pfn + (1 << order); block += PAGEBLOCK_PAGES) {
      merge(m, zb, block, PAGEBLOCK_ORDER, blockType(m, block), toTail);
    }
    return;
  }
  merge(m, zb, pfn, order, type, toTail);
}

/** Whether free pageblocks of two types may be one block: they are the same, or both have fallbacks. */
const mayMix = (type: number, other: number): boolean =>
  type === other || (type < MERGEABLE_TYPES && other < MERGEABLE_TYPES);

/** Frees one block on the lists of `type`. */
export function merge(m: Memory, zb: ZoneBase, pfn: Pfn, order: number, type: number, toTail: number): void {
  account(m, zb, type, 1 << order);
  if (m.blocks[pfn >>> PAGEBLOCK_ORDER]! >> BLOCK_ZONE_SHIFT === CHUNK_MIXED)
    mergeCarefully(m, zb, pfn, order, type, toTail);
  else mergeWithin(m, zb, pfn, order, type, toTail);
}

/**
 * Frees one block whose pageblock is all of one zone, and which is already counted. Here is what nearly all are: buddies of
 * one pageblock and type.
 */
export function mergeWithin(
  m: Memory,
  zb: ZoneBase,
  freed: Pfn,
  freedOrder: number,
  type: number,
  toTail: number,
): void {
  const { words, links, frames } = m;
  let pfn = freed | 0;
  let order = freedOrder | 0;
  for (; order < PAGEBLOCK_ORDER; order++) {
    const buddy = pfn ^ (1 << order);
    if (frames[buddy] !== (FREE | (type << TYPE_SHIFT) | order)) break;
    const at = links + buddy * LINK_WORDS;
    const next = words[at]!;
    const prev = words[at + 1]!;
    words[prev] = next;
    words[next + 1] = prev;
    if (next === prev) words[zb + Z_NON_EMPTY + type]! &= ~(1 << order);
    words[zb + Z_NR_FREE + order]!--;
    frames[buddy] = TAIL;
    pfn &= buddy;
  }
  if (order < PAGEBLOCK_ORDER && (frames[pfn ^ (1 << order)]! & FREE_ORDER_MASK) !== (FREE | order))
    insertFree(m, zb, pfn, order, type, toTail | mergeIsLikely(frames, pfn, order));
  else mergeCarefully(m, zb, pfn, order, type, toTail);
}

/** Goes on merging where pageblocks meet, or zones, or types. */
function mergeCarefully(
  m: Memory,
  zb: ZoneBase,
  freed: Pfn,
  freedOrder: number,
  type: number,
  toTail: number,
): void {
  let pfn = freed;
  let order = freedOrder;
  for (; order < MAX_ORDER; order++) {
    const buddy = pfn ^ (1 << order);
    const state = m.frames[buddy]!;
    if ((state & FREE_ORDER_MASK) !== (FREE | order) || zoneBaseOf(m, buddy) !== zb) break;
    if (order >= PAGEBLOCK_ORDER && !mayMergeBlocks(m, buddy, type)) break;
    const buddyType = (state >> TYPE_SHIFT) & TYPE_MASK;
    removeFree(m, zb, buddy, order, buddyType);
    if (buddyType !== type) recount(m, zb, buddyType, type, 1 << order);
    pfn &= buddy;
  }
  const likely = order < MAX_ORDER - 1 && zoneBaseOf(m, uncleOf(pfn, order)) === zb;
  insertFree(m, zb, pfn, order, type, toTail | (likely ? mergeIsLikely(m.frames, pfn, order) : 0));
}

/** Counts free pages under another type. */
export function recount(m: Memory, zb: ZoneBase, from: number, to: number, pages: number): void {
  account(m, zb, from, -pages);
  account(m, zb, to, pages);
}

/** Whether a pageblock may merge with its buddy. 6.12 then makes the buddy's type that of the freed. */
function mayMergeBlocks(m: Memory, buddy: Pfn, type: number): boolean {
  const buddyType = blockType(m, buddy);
  if (!mayMix(type, buddyType)) return false;
  if (m.modern && buddyType !== type) setBlockType(m, buddy, type);
  return true;
}

/** The block that a block and its buddy could merge with. */
const uncleOf = (pfn: Pfn, order: number): Pfn => (pfn & ~(1 << order)) ^ (1 << (order + 1));

/**
 * Whether the block's buddy, once free, would merge on: then this block is better kept for last. 1 or 0, without a branch
 * that could not be predicted.
 */
function mergeIsLikely(frames: Uint8Array, pfn: Pfn, order: number): number {
  const difference = (frames[uncleOf(pfn, order)]! & FREE_ORDER_MASK) ^ (FREE | (order + 1));
  return (difference - 1) >>> 31;
}
