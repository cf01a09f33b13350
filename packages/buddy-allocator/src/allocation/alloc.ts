/** Handing out blocks: the hot path of allocation, and the slow path behind it. */
import type { AllocFlags } from '../request/alloc-flags.js';
import * as FLAGS from '../request/alloc-flags.js';
import { refuseRequest } from '../bad-use.js';
import { wakeKswapds } from '../zones/balance.js';
import { compactForRequest, compactionEnded, COMPACT_SKIPPED } from '../moving/compaction.js';
import { take612 } from '../taking/fallback-6.12.js';
import * as MODERN from '../taking/fallback-6.12.js';
import { take61 } from '../taking/fallback-6.1.js';
import { takeSmallest } from '../zones/free-area.js';
import * as G from '../request/gfp-request.js';
import { announceAlloc } from '../taking/announce.js';
import * as HEAD from '../request/head-state.js';
import { FLAG_WATERMARKS, H_FLAGS } from '../layout/header-layout.js';
import { reserveHighAtomic, unreserveHighAtomic } from '../taking/high-atomic.js';
import type { Pfn } from '../limits.js';
import * as LIMITS from '../limits.js';
import { zonesFor, type Memory, type ZoneBase } from '../memory.js';
import * as TYPES from '../layout/migratetypes.js';
import * as P from '../layout/pcp-layout.js';
import { drainPcp, takeFromPcp, takeKept } from '../taking/pcp.js';
import * as ROUTES from '../request/routes.js';
import { markOf, watermarkOk } from '../zones/watermarks.js';
import * as Z from '../layout/zone-layout.js';

// V8 folds a file's own constants into code, but reads imported ones from memory at each use: this is a hot path.
const {
  A_CMA,
  A_HIGH,
  A_HIGHATOMIC,
  A_LOW,
  A_MARK_MASK,
  A_MIN,
  A_MIN_RESERVE,
  A_NO_WATERMARKS,
  A_NOFRAGMENT,
  A_NON_BLOCK,
} = FLAGS;
const { SEARCH_OWN } = MODERN;
const { headState, TO_COMPOUND } = HEAD;
const {
  GFP_ATOMIC_6_1,
  GFP_COMP,
  GFP_DIRECT_RECLAIM,
  GFP_HIGH,
  GFP_IO,
  GFP_MEMALLOC,
  GFP_NOFAIL,
  GFP_NOMEMALLOC,
  GFP_THISNODE,
  REQUEST_MASK,
  REQUEST_TYPE_SHIFT,
  REQUEST_ZONE_MASK,
} = G;
const { COSTLY_ORDER, MAX_ORDER, NO_PAGE } = LIMITS;
const {
  ROUTE_KEPT_MASK,
  ROUTE_KEPT_SHIFT,
  ROUTE_ORDER_MASK,
  ROUTE_ORDER_SHIFT,
  ROUTE_REQUEST_MASK,
  ROUTE_STATE_SHIFT,
} = ROUTES;
const { MIGRATE_HIGHATOMIC, MIGRATE_MOVABLE } = TYPES;
const { KEPT_ORDER_SHIFT, NOT_KEPT } = P;
const {
  ZONE_BELOW_HIGH,
  Z_FLAGS,
  Z_FREE_CMA,
  Z_FREE_PAGES,
  Z_MIN,
  Z_NODE,
  Z_NON_EMPTY,
  Z_PRESENT,
  Z_TYPE,
  Z_PLENTY,
} = Z;

/** How often to go on as long as the reclaimer frees something. */
const RECLAIM_RETRIES = 16;

/** A block of 2^order frames, or NO_PAGE. Without a node: from where this thread looks first. */
export function allocPages(m: Memory, gfp: number, order: number, node?: number): Pfn {
  const route = m.routes[((order & ROUTE_ORDER_MASK) << ROUTE_ORDER_SHIFT) | (gfp & REQUEST_MASK)]!;
  if (route < 0 || (gfp & m.plainGfp) !== gfp || (order & ROUTE_ORDER_MASK) !== order || node !== undefined)
    return allocElsewhere(m, gfp, order, node);

  const highest = route & REQUEST_ZONE_MASK;
  const type = (route & ROUTE_REQUEST_MASK) >> REQUEST_TYPE_SHIFT;
  const { words } = m;
  const zb = words[m.preferredHere + highest]!;
  // hasPlenty, spelled out: the shorter the call path, the more of it V8 puts into the caller's loop.
  const isPlenty = words[zb + Z_FREE_PAGES]! - (1 << order) >= words[zb + Z_PLENTY + highest]!;
  if (isPlenty && (words[zb + Z_NON_EMPTY + type]! | 1) >> order !== 0) {
    const kept = (route >> ROUTE_KEPT_SHIFT) & ROUTE_KEPT_MASK;
    const pfn = kept !== NOT_KEPT ? takeKept(m, zb, kept, order) : takeOwn(m, zb, order, type);
    if (pfn !== NO_PAGE) {
      m.frames[pfn] = (route >> ROUTE_STATE_SHIFT) | ((gfp & GFP_COMP) >> TO_COMPOUND);
      if (m.observed !== 0) announceAlloc(m, pfn, gfp, order, type);
      return pfn;
    }
  }
  return allocSlowly(m, gfp, order, route & ROUTE_REQUEST_MASK, m.node);
}

/** A block of the type's own lists, unless Movable requests should empty CMA first. */
function takeOwn(m: Memory, zb: ZoneBase, order: number, type: number): Pfn {
  if (type === MIGRATE_MOVABLE && m.words[zb + Z_FREE_CMA] !== 0) return NO_PAGE;
  return takeSmallest(m, zb, order, type);
}

/** For a node by its number, for masks that are not plain, and for what nobody may ask. */
function allocElsewhere(m: Memory, gfp: number, order: number, node: number = m.node): Pfn {
  const request = m.requests[gfp & REQUEST_MASK]!;
  const isOrder = order >>> 0 === order && order <= MAX_ORDER;
  const isNode = node >>> 0 === node && node < m.nodes;
  if (request < 0 || gfp >>> 0 !== gfp || !isOrder || !isNode) refuseRequest(m, gfp, order, node);
  if (node === m.node && (gfp & m.plainGfp) === gfp) return allocPages(m, gfp, order);
  return allocSlowly(m, gfp, order, request, node);
}

/** One pass over the zones that the request may use. */
function attempt(
  m: Memory,
  gfp: number,
  order: number,
  request: number,
  node: number,
  wanted: AllocFlags,
): Pfn {
  const { words } = m;
  const highest = request & REQUEST_ZONE_MASK;
  const type = request >> REQUEST_TYPE_SHIFT;
  const preferred = words[m.preferred + node * m.zoneTypes + highest]!;
  const flags = wanted & ~(~words[preferred + Z_FLAGS]! & A_NOFRAGMENT);
  for (const zb of zonesFor(m, gfp, node)) {
    if (words[zb + Z_TYPE]! > highest || words[zb + Z_PRESENT] === 0) continue;
    // Better fragment the local node than go to a remote one.
    if ((flags & A_NOFRAGMENT) !== 0 && words[zb + Z_NODE] !== words[preferred + Z_NODE]) break;
    if (!mayTake(m, zb, gfp, order, highest, type, flags)) continue;
    const pfn = takeFromZone(m, zb, order, type, flags);
    if (pfn === NO_PAGE) continue;
    if ((flags & A_HIGHATOMIC) !== 0) {
      m.frames[pfn] = headState(gfp, order);
      reserveHighAtomic(m, zb, pfn, order);
    }
    return pfn;
  }
  return NO_PAGE;
}

/** A test that nearly always says yes: every watermark holds, and the request's own lists have a block. */
function hasPlenty({ words }: Memory, zb: ZoneBase, order: number, highest: number, type: number): boolean {
  if (words[zb + Z_FREE_PAGES]! - (1 << order) < words[zb + Z_PLENTY + highest]!) return false;
  // A single page needs no block on these lists; saying so with a bit, because branching on the order can't be predicted.
  return (words[zb + Z_NON_EMPTY + type]! | 1) >> order !== 0;
}

/** Whether the zone's watermarks let the request in. */
function mayTake(
  m: Memory,
  zb: ZoneBase,
  gfp: number,
  order: number,
  highest: number,
  type: number,
  flags: AllocFlags,
): boolean {
  return hasPlenty(m, zb, order, highest, type) || mayTakeBelowHigh(m, zb, gfp, order, highest, flags);
}

function mayTakeBelowHigh(
  m: Memory,
  zb: ZoneBase,
  gfp: number,
  order: number,
  highest: number,
  flags: AllocFlags,
): boolean {
  const { words } = m;
  if ((flags & A_NO_WATERMARKS) !== 0) return true;
  if (m.modern && (words[zb + Z_FLAGS]! & ZONE_BELOW_HIGH) === 0) {
    if (watermarkOk(m, zb, order, markOf(m, zb, A_HIGH), highest, flags)) return true;
    words[zb + Z_FLAGS]! |= ZONE_BELOW_HIGH;
  }
  if (watermarkOk(m, zb, order, markOf(m, zb, flags), highest, flags)) return true;
  // Urgent single pages need not respect a boost.
  const urgent = order === 0 && (gfp & GFP_HIGH) !== 0 && (flags & A_MARK_MASK) === A_MIN;
  return urgent && watermarkOk(m, zb, 0, words[zb + Z_MIN]!, highest, flags);
}

function takeFromZone(m: Memory, zb: ZoneBase, order: number, type: number, flags: AllocFlags): Pfn {
  if (m.pcpHeads[(order << KEPT_ORDER_SHIFT) | type] !== NOT_KEPT) {
    const pfn = takeFromPcp(m, zb, order, type, flags);
    if (pfn !== NO_PAGE) return pfn;
  }
  if ((flags & A_HIGHATOMIC) !== 0) {
    const pfn = takeSmallest(m, zb, order, MIGRATE_HIGHATOMIC);
    if (pfn !== NO_PAGE) return pfn;
  }
  if ((flags & A_CMA) === 0 || m.words[zb + Z_FREE_CMA] === 0) {
    const pfn = takeSmallest(m, zb, order, type);
    if (pfn !== NO_PAGE) return pfn;
  }
  return takeFromOthers(m, zb, order, type, flags);
}

/** The request's own lists may have nothing: other types, and at the very end the reserve for urgent requests. */
function takeFromOthers(m: Memory, zb: ZoneBase, order: number, type: number, flags: AllocFlags): Pfn {
  m.searchMode = SEARCH_OWN;
  const pfn = m.modern ? take612(m, zb, order, type, flags) : take61(m, zb, order, type, flags);
  if (pfn !== NO_PAGE || !m.modern || (flags & A_NON_BLOCK) === 0) return pfn;
  return takeSmallest(m, zb, order, MIGRATE_HIGHATOMIC);
}

/** Flags for a request that the low watermark has stopped. */
function slowFlags(m: Memory, gfp: number, order: number, type: number): AllocFlags {
  let flags = type === MIGRATE_MOVABLE ? A_MIN | A_CMA : A_MIN;
  if ((gfp & GFP_HIGH) !== 0) flags |= A_MIN_RESERVE;
  const urgent = m.modern ? (gfp & GFP_DIRECT_RECLAIM) === 0 : (gfp & GFP_ATOMIC_6_1) !== 0;
  if (urgent && (gfp & GFP_NOMEMALLOC) === 0) flags |= order > 0 ? A_NON_BLOCK | A_HIGHATOMIC : A_NON_BLOCK;
  return flags;
}

function allocSlowly(m: Memory, gfp: number, order: number, request: number, node: number): Pfn {
  const preferred = m.words[m.preferred + node * m.zoneTypes + (request & REQUEST_ZONE_MASK)]!;
  const type = request >> REQUEST_TYPE_SHIFT;
  // A node that has no zone for the request has nothing to wake, compact or reclaim either.
  const isFutile = (gfp & GFP_THISNODE) !== 0 && m.words[preferred + Z_NODE] !== node;
  const pfn = isFutile ? NO_PAGE : allocEverHarder(m, gfp, order, request, node, preferred);
  if (pfn !== NO_PAGE) m.frames[pfn] = headState(gfp, order);
  if (m.observed !== 0) announceAlloc(m, pfn, gfp, order, type);
  return pfn;
}

/** Tries other zones, breaking up pageblocks, down to min, reserves, compaction, reclaim. */
function allocEverHarder(
  m: Memory,
  gfp: number,
  order: number,
  request: number,
  node: number,
  preferred: ZoneBase,
): Pfn {
  const flags = slowFlags(m, gfp, order, request >> REQUEST_TYPE_SHIFT);
  const low = A_LOW | (flags & A_CMA);
  let pfn = attempt(m, gfp, order, request, node, low | A_NOFRAGMENT);
  if (pfn === NO_PAGE && (m.words[preferred + Z_FLAGS]! & A_NOFRAGMENT) !== 0) {
    pfn = attempt(m, gfp, order, request, node, low);
  }
  if (pfn === NO_PAGE) {
    wakeKswapds(m, gfp, order, zonesFor(m, gfp, node), request & REQUEST_ZONE_MASK);
    pfn = attempt(m, gfp, order, request, node, flags);
  }
  if (pfn === NO_PAGE) {
    if ((gfp & GFP_MEMALLOC) !== 0 && (gfp & GFP_NOMEMALLOC) === 0)
      pfn = attempt(m, gfp, order, request, node, flags | A_NO_WATERMARKS);
    else if ((gfp & GFP_DIRECT_RECLAIM) !== 0) pfn = allocReclaiming(m, gfp, order, request, node, flags);
    else if ((m.words[H_FLAGS]! & FLAG_WATERMARKS) === 0) {
      // Where nothing is kept back, a request fails only when no free block is large enough, whatever its mask.
      giveUpReserves(m, zonesFor(m, gfp, node), request);
      pfn = attempt(m, gfp, order, request, node, flags);
    }
  }
  return pfn;
}

/** For requests that can wait: makes room, then tries again. */
function allocReclaiming(
  m: Memory,
  gfp: number,
  order: number,
  request: number,
  node: number,
  flags: AllocFlags,
): Pfn {
  const zones = zonesFor(m, gfp, node);
  const compacts = order > 0 && m.mover !== null && (gfp & GFP_IO) !== 0;
  let pfn = NO_PAGE;
  if (compacts && (order > COSTLY_ORDER || request >> REQUEST_TYPE_SHIFT !== MIGRATE_MOVABLE)) {
    pfn = allocCompacting(m, gfp, order, request, node, flags, false);
  }
  for (let retry = 0; pfn === NO_PAGE && retry < RECLAIM_RETRIES; retry++) {
    const freed = m.reclaimer === null ? 0 : m.reclaimer.reclaim(gfp, order);
    if (freed > 0) {
      pfn = attempt(m, gfp, order, request, node, flags);
      if (pfn === NO_PAGE) {
        // What was freed may be on per-cpu lists.
        drainPcp(m);
        pfn = attempt(m, gfp, order, request, node, flags);
      }
    }
    if (pfn === NO_PAGE && compacts) pfn = allocCompacting(m, gfp, order, request, node, flags, true);
    if (freed <= 0) break;
  }
  if (pfn !== NO_PAGE) return pfn;
  giveUpReserves(m, zones, request);
  pfn = attempt(m, gfp, order, request, node, flags);
  if (pfn !== NO_PAGE || (gfp & GFP_NOFAIL) === 0) return pfn;
  return attempt(m, gfp, order, request, node, flags | A_MIN_RESERVE);
}

/** Compacts, and tries again: lightly before reclaim, thoroughly after it. */
function allocCompacting(
  m: Memory,
  gfp: number,
  order: number,
  request: number,
  node: number,
  flags: AllocFlags,
  sync: boolean,
): Pfn {
  if (compactForRequest(m, zonesFor(m, gfp, node), order, request, sync) === COMPACT_SKIPPED) return NO_PAGE;
  const pfn = attempt(m, gfp, order, request, node, flags);
  compactionEnded(m, pfn, order);
  return pfn;
}

/** Before giving up: per-cpu lists go back to the free areas, a HighAtomic pageblock to the request's type. */
function giveUpReserves(m: Memory, zones: Int32Array, request: number): void {
  drainPcp(m);
  for (const zb of zones) {
    if (m.words[zb + Z_TYPE]! > (request & REQUEST_ZONE_MASK)) continue;
    if (unreserveHighAtomic(m, zb, request >> REQUEST_TYPE_SHIFT, true)) return;
  }
}
