/** Giving blocks back: the hot path of free. */
import { announceFree } from '../taking/announce.js';
import { refuseBlock, requireAllocated } from '../bad-use.js';
import * as STATE from '../layout/frame-state.js';
import { freeToArea, mergeWithin } from '../zones/free-area.js';
import * as HEADER from '../layout/header-layout.js';
import type { Pfn } from '../limits.js';
import * as LIMITS from '../limits.js';
import { zoneBaseOf, type Memory, type ZoneBase } from '../memory.js';
import { freeToPcp } from '../taking/pcp.js';
import * as PCP from '../layout/pcp-layout.js';
import * as TYPES from '../layout/migratetypes.js';
import * as ZONE from '../layout/zone-layout.js';

// V8 folds a file's own constants into code, but reads imported ones from memory at each use: this is a hot path.
const { ALLOCATED, ALLOCATED_MASK, ORDER_MASK, TAIL } = STATE;
const { BLOCK_TYPE_MASK, BLOCK_ZONE_SHIFT, CHUNK_MIXED } = HEADER;
const { PAGEBLOCK_ORDER } = LIMITS;
const { KEPT_ORDER_SHIFT, NOT_KEPT } = PCP;
const { MERGEABLE_TYPES } = TYPES;
const { Z_FREE_PAGES, ZONE_WORDS } = ZONE;

/** Frees a block that `allocPages` returned, with the order it was asked for. */
export function freePages(m: Memory, pfn: Pfn, order: number): void {
  const state = m.frames[pfn]!;
  if ((state & ALLOCATED_MASK) !== ALLOCATED || (state & ORDER_MASK) !== order)
    refuseBlock(m, pfn, order, 'free');
  if (m.observed !== 0) announceFree(m, pfn, order);
  release(m, pfn, order);
}

/** Puts a block in use where freed blocks go. */
function release(m: Memory, pfn: Pfn, order: number): void {
  const block = m.blocks[pfn >>> PAGEBLOCK_ORDER]!;
  const chunk = block >> BLOCK_ZONE_SHIFT;
  const zb = chunk === CHUNK_MIXED ? zoneBaseOf(m, pfn) : m.zoneRecords + chunk * ZONE_WORDS;
  const type = block & BLOCK_TYPE_MASK;
  const kept = m.pcpHeads[(order << KEPT_ORDER_SHIFT) | type]!;
  if (kept !== NOT_KEPT) freeToPcp(m, zb, pfn, order, kept);
  else if (chunk === CHUNK_MIXED || order >= PAGEBLOCK_ORDER || type >= MERGEABLE_TYPES)
    freeCarefully(m, zb, pfn, order);
  else mergeOwn(m, zb, pfn, order, type);
}

/** A block whose pageblock is all of one zone, and of a type whose pages count as free. */
function mergeOwn(m: Memory, zb: ZoneBase, pfn: Pfn, order: number, type: number): void {
  m.frames[pfn] = TAIL;
  m.words[zb + Z_FREE_PAGES]! += 1 << order;
  mergeWithin(m, zb, pfn, order, type, 0);
}

function freeCarefully(m: Memory, zb: ZoneBase, pfn: Pfn, order: number): void {
  m.frames[pfn] = TAIL;
  freeToArea(m, zb, pfn, order, 0);
}

/** As freePages, past the per-cpu lists and to the end of the free list. */
export function freeToTail(m: Memory, pfn: Pfn, order: number): void {
  requireAllocated(m, pfn, order, 'free');
  if (m.observed !== 0) announceFree(m, pfn, order);
  m.frames[pfn] = TAIL;
  freeToArea(m, zoneBaseOf(m, pfn), pfn, order, 1);
}

/**
 * Frees the blocks with these heads, whatever their orders: first all are announced, then all are freed.
 *
 * @throws Error, before anything is freed, if one of them is not the head of a block in use or occurs twice
 */
export function freeBatch(m: Memory, pfns: ArrayLike<Pfn>): void {
  const { frames } = m;
  const states = new Uint8Array(pfns.length);
  const restore = (count: number): void => {
    for (let i = 0; i < count; i++) frames[pfns[i]!] = states[i]!;
  };
  for (let i = 0; i < pfns.length; i++) {
    const state = frames[pfns[i]!] ?? 0;
    if ((state & ALLOCATED_MASK) !== ALLOCATED) {
      restore(i);
      refuseTwice(pfns, i, frames[pfns[i]!]!);
      refuseBlock(m, pfns[i]!, state & ORDER_MASK, 'free');
    }
    states[i] = state;
    frames[pfns[i]!] = TAIL;
  }
  restore(pfns.length);

  for (let i = 0; i < pfns.length; i++) {
    if (m.observed !== 0) announceFree(m, pfns[i]!, states[i]! & ORDER_MASK);
  }
  // What a hook for one block did to another.
  for (let i = 0; m.observed !== 0 && i < pfns.length; i++) {
    if (frames[pfns[i]!] !== states[i]) refuseBlock(m, pfns[i]!, states[i]! & ORDER_MASK, 'free');
  }
  for (let i = 0; i < pfns.length; i++) {
    const pfn = pfns[i]!;
    const order = states[i]! & ORDER_MASK;
    m.tracer?.freeBatched(pfn);
    release(m, pfn, order);
  }
}

function refuseTwice(pfns: ArrayLike<Pfn>, at: number, state: number): void {
  for (let i = 0; i < at; i++) {
    if (pfns[i] !== pfns[at]) continue;
    throw new Error(`cannot free pfn ${pfns[at]} order ${state & ORDER_MASK}: it occurs twice in the batch`);
  }
}
