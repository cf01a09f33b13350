/**
 * Compaction: movable blocks go from the start of a zone to free frames at its end.
 *
 * ```
 *   zone start                                                   zone end
 *   | . M M . U . M . | . . M . . . M . | ......... | . F . F F . | F F F F |
 *       ────────────>                                        <────────────
 *       migrate scanner: blocks in use                free scanner: free blocks in Movable
 *       that may move, 32 at a time                   and CMA pageblocks, not whole ones
 * ```
 *
 * A run is over when the scanners meet, or a free block of the wanted order has come about; the next one goes on from there.
 */
import { A_CMA, A_LOW, A_MIN } from '../request/alloc-flags.js';
import { takeAt } from '../taking/place.js';
import { fragmentationIndex } from '../reports/extfrag.js';
import { deferCompaction, isDeferred, resetDeferral } from './compaction-deferral.js';
import { isAllocated, isFree, isTail, orderOf } from '../layout/frame-state.js';
import { GFP_MOVABLE, REQUEST_TYPE_SHIFT, REQUEST_ZONE_MASK } from '../request/gfp-request.js';
import { headState } from '../request/head-state.js';
import { MR_COMPACTION, type CompactionRun } from '../hooks.js';
import {
  COSTLY_ORDER,
  MAX_ORDER_PAGES,
  NO_PAGE,
  ORDERS,
  PAGEBLOCK_ORDER,
  PAGEBLOCK_PAGES,
  type Pfn,
} from '../limits.js';
import { blockType, zoneBase, zoneBaseOf, type Memory, type ZoneBase } from '../memory.js';
import { canMove, discard, isMoveOutPossible, migrate } from './migrate.js';
import { MERGEABLE_TYPES, MIGRATE_CMA, MIGRATE_ISOLATE, MIGRATE_MOVABLE } from '../layout/migratetypes.js';
import { blockStart, inZone } from '../zones/pageblocks.js';
import { drainPcp } from '../taking/pcp.js';
import { markOf, watermarkOk } from '../zones/watermarks.js';
import * as Z from '../layout/zone-layout.js';

/** Blocks moved between two looks at whether the goal is reached (COMPACT_CLUSTER_MAX). */
const CLUSTER = 32;

/** vm.extfrag_threshold: up to here a request fails for want of memory, and compaction cannot help. */
const EXTFRAG_THRESHOLD = 500;

const NO_GOAL = -1;

/** What came of compaction for a request, least first. */
export const COMPACT_SKIPPED = 0;
const COMPACT_DEFERRED = 1;
/** Some zone was compacted, and has no block yet. */
const COMPACT_COMPLETE = 2;
const COMPACT_SUCCESS = 3;

/** A run's aim. */
interface Goal {
  /** A free block of this order ends the run; NO_GOAL compacts as far as possible. */
  readonly order: number;
  /** Only pageblocks of this type are emptied, and given up as soon as something in the way cannot move; null is all. */
  readonly async: number | null;
}

/** Not for a request. */
export const EVERYTHING: Goal = { order: NO_GOAL, async: null };

/**
 * Compacts the zones of a request of `order`, nearest first, until one has a block. Before reclaim that is done lightly
 * (`sync` false, Linux COMPACT_PRIO_ASYNC); only the thorough one defers the next.
 *
 * @param request an entry of the table in gfp-request.ts
 * @returns one of COMPACT_*
 */
export function compactForRequest(
  m: Memory,
  zones: Int32Array,
  order: number,
  request: number,
  sync: boolean,
): number {
  const highest = request & REQUEST_ZONE_MASK;
  const goal = { order, async: sync ? null : request >> REQUEST_TYPE_SHIFT };
  let result = COMPACT_SKIPPED;
  for (const zb of zones) {
    if (m.words[zb + Z.Z_TYPE]! > highest || m.words[zb + Z.Z_MANAGED] === 0) continue;
    if (isDeferred(m, zb, order)) {
      result = Math.max(result, COMPACT_DEFERRED);
      continue;
    }
    if (!isWorthwhile(m, zb, order, highest)) continue;
    compactZone(m, zb, goal);
    drainPcp(m);
    if (hasBlock(m, zb, order)) {
      resetDeferral(m, zb, order, false);
      return COMPACT_SUCCESS;
    }
    result = COMPACT_COMPLETE;
    if (sync) deferCompaction(m, zb, order);
  }
  return result;
}

/** A request that compaction was for has a block now, or NO_PAGE. As in Linux, one that was only put off has waited, too. */
export function compactionEnded(m: Memory, pfn: Pfn, order: number): void {
  if (pfn !== NO_PAGE) resetDeferral(m, zoneBaseOf(m, pfn), order, true);
  m.mover?.compactionStalled?.(pfn !== NO_PAGE);
}

/**
 * Compacts the zones of a node up to type `highest` for blocks of `order`, as kcompactd does.
 *
 * @returns what was taken, by zone; null if it would be worthwhile in none
 */
export function compactNode(m: Memory, node: number, order: number, highest: number): CompactionRun[] | null {
  const types = Array.from({ length: highest + 1 }, (_, type) => type);
  const zones = types.map((type) => zoneBase(m, node * m.zoneTypes + type));
  const worthwhile = zones.filter(
    (zb) => m.words[zb + Z.Z_MANAGED]! > 0 && !hasBlock(m, zb, order) && isWorthwhile(m, zb, order, highest),
  );
  if (worthwhile.length === 0) return null;
  const runs: CompactionRun[] = [];
  for (const zb of worthwhile) {
    if (isDeferred(m, zb, order)) continue;
    const run = compactZone(m, zb, { order, async: null });
    drainPcp(m);
    if (hasBlock(m, zb, order)) resetDeferral(m, zb, order, false);
    else deferCompaction(m, zb, order);
    if (run !== null) runs.push(run);
  }
  return runs;
}

/** Whether the zone has the free pages to move things around, and fragmentation is what fails the request. */
function isWorthwhile(m: Memory, zb: ZoneBase, order: number, highest: number): boolean {
  const { words } = m;
  const mark = markOf(m, zb, order > COSTLY_ORDER ? A_LOW : A_MIN) + (2 << order);
  if (!watermarkOk(m, zb, 0, mark, highest, A_CMA)) return false;
  if (order <= COSTLY_ORDER) return true;
  const index = fragmentationIndex(words.subarray(zb + Z.Z_NR_FREE, zb + Z.Z_NR_FREE + ORDERS), order);
  return index < 0 || index > EXTFRAG_THRESHOLD;
}

function hasBlock({ words }: Memory, zb: ZoneBase, order: number): boolean {
  let orders = words[zb + Z.Z_NON_EMPTY + MIGRATE_CMA]!;
  for (let type = 0; type < MERGEABLE_TYPES; type++) orders |= words[zb + Z.Z_NON_EMPTY + type]!;
  return orders >> order !== 0;
}

/**
 * Compacts one zone.
 *
 * @returns what that took; null if nobody can move anything
 */
export function compactZone(m: Memory, zb: ZoneBase, goal: Goal): Run | null {
  const { words, mover } = m;
  const start = words[zb + Z.Z_START]!;
  const end = start + words[zb + Z.Z_SPANNED]!;
  if (end === start || mover === null) return null;
  drainPcp(m);
  const run = startRun(m, zb, goal);
  const { order } = goal;
  while (words[zb + Z.Z_MIGRATE_CURSOR]! < words[zb + Z.Z_FREE_CURSOR]!) {
    if (order !== NO_GOAL && hasBlock(m, zb, order)) break;
    moveCluster(m, zb, goal, run);
  }
  mover.compacted?.(run);
  return run;
}

/** What a run has taken so far. */
type Run = { -readonly [K in keyof CompactionRun]: number } & {
  /** Blocks that moved. */
  moved: number;
  /** The lowest pageblock that the free scanner has searched. */
  searched: Pfn;
  /** Where the free scanner stands, for blocks of each order: its pageblock, and the next frame in it to look at. */
  readonly block: Int32Array;
  readonly next: Int32Array;
};

/** A run for a request goes on where the last one stopped, or from the zone's ends once the scanners have met. */
function startRun({ words, layout }: Memory, zb: ZoneBase, { order }: Goal): Run {
  const start = words[zb + Z.Z_START]!;
  const last = blockStart(start + words[zb + Z.Z_SPANNED]! - 1);
  const [from, to] = [words[zb + Z.Z_MIGRATE_CURSOR]!, words[zb + Z.Z_FREE_CURSOR]!];
  if (order === NO_GOAL || from < start || to > last || from >= to || to % PAGEBLOCK_PAGES !== 0) {
    words[zb + Z.Z_MIGRATE_CURSOR] = start;
    words[zb + Z.Z_FREE_CURSOR] = last;
  }
  const cursors = new Int32Array(ORDERS).fill(words[zb + Z.Z_FREE_CURSOR]!);
  return {
    ...{
      zone: words[zb + Z.Z_NUMBER]!,
      migrateScanned: 0,
      freeScanned: 0,
      isolated: 0,
      targets: 0,
      moved: 0,
    },
    ...{ searched: layout.frames, block: cursors, next: cursors.slice() },
  };
}

/** Moves up to CLUSTER blocks from where the migrate scanner stands; it stops at the end of a pageblock. */
function moveCluster(m: Memory, zb: ZoneBase, goal: Goal, run: Run): void {
  const { words, frames } = m;
  const from = words[zb + Z.Z_MIGRATE_CURSOR]!;
  const stop = blockStart(from) + PAGEBLOCK_PAGES;
  const most = run.moved + CLUSTER;
  if (!isSourceBlock(m, from, goal)) {
    words[zb + Z.Z_MIGRATE_CURSOR] = stop;
    return;
  }
  let pfn = from;
  // What lies behind here has been counted as scanned, or was skipped.
  let counted = from;
  // Of the piece of memory that is to become a block, where it ends, as far as nothing in it stays.
  const size = 1 << Math.min(goal.order, PAGEBLOCK_ORDER);
  let pieceEnd = goal.async === null ? stop : pfn;
  while (pfn < stop && run.moved < most) {
    if (pfn >= pieceEnd) {
      pieceEnd = (pfn & -size) + size;
      if (!isMoveOutPossible(m, pfn, pieceEnd)) {
        run.migrateScanned += pfn - counted;
        pfn = counted = pieceEnd;
        continue;
      }
    }
    const state = frames[pfn]!;
    if (!isFree(state) && !isAllocated(state)) {
      pfn++;
      continue;
    }
    const order = orderOf(state);
    if (isAllocated(state) && order < PAGEBLOCK_ORDER && inZone(m, zb, pfn) && canMove(m, pfn)) {
      const target = takeTarget(m, zb, pfn, order, run);
      if (target === NO_PAGE) {
        if (order > 0) {
          pfn += 1 << order;
          continue;
        }
        run.migrateScanned += pfn - counted;
        words[zb + Z.Z_MIGRATE_CURSOR] = words[zb + Z.Z_FREE_CURSOR]!;
        return;
      }
      if (frames[pfn] !== state) {
        // A hook that was told of the target has freed this very block, or split it: look again.
        discard(m, target, order);
        continue;
      }
      run.targets += 1 << order;
      run.isolated += 2 << order;
      if (migrate(m, pfn, target, MR_COMPACTION)) run.moved++;
      else if (goal.async !== null) {
        run.migrateScanned += pfn + (1 << order) - counted;
        pfn = counted = pieceEnd;
        continue;
      }
    }
    pfn += 1 << order;
  }
  run.migrateScanned += pfn - counted;
  words[zb + Z.Z_MIGRATE_CURSOR] = pfn;
}

function isSourceBlock(m: Memory, pfn: Pfn, { async }: Goal): boolean {
  const type = blockType(m, pfn);
  if (type === MIGRATE_ISOLATE || async === null) return type !== MIGRATE_ISOLATE;
  return type === async || (async === MIGRATE_MOVABLE && type === MIGRATE_CMA);
}

/** A block of `order` near the end of the zone, allocated for the one at `from`. */
function takeTarget(m: Memory, zb: ZoneBase, from: Pfn, order: number, run: Run): Pfn {
  const target = findFree(m, zb, blockStart(from), order, run);
  // Single frames are the smallest need: above where there are none left, nothing is.
  if (order === 0) m.words[zb + Z.Z_FREE_CURSOR] = run.block[0]!;
  if (target === NO_PAGE) return NO_PAGE;
  takeAt(m, target, order);
  m.frames[target] = headState(GFP_MOVABLE, order);
  m.hooks?.allocated(target, order, GFP_MOVABLE);
  return target;
}

/**
 * The next free block of at least this order, pageblock by pageblock down to `floor`; each is looked at once for an order.
 */
function findFree(m: Memory, zb: ZoneBase, floor: Pfn, order: number, run: Run): Pfn {
  let block = Math.min(run.block[order]!, m.words[zb + Z.Z_FREE_CURSOR]!);
  let pfn = block < run.block[order]! ? block : run.next[order]!;
  let found = NO_PAGE;
  for (; block > floor; block -= PAGEBLOCK_PAGES, pfn = block) {
    if (pfn === block) {
      if (!isTargetBlock(m, block)) continue;
      if (block < run.searched) {
        run.searched = block;
        run.freeScanned += PAGEBLOCK_PAGES;
      }
    }
    found = freeBetween(m, zb, pfn, block + PAGEBLOCK_PAGES, order);
    if (found !== NO_PAGE) break;
  }
  run.block[order] = block;
  run.next[order] = found === NO_PAGE ? block : found + (1 << order);
  return found;
}

/** Movable and CMA pageblocks, unless they are wholly free: those are what compaction is for. */
function isTargetBlock(m: Memory, block: Pfn): boolean {
  const type = blockType(m, block);
  if (type !== MIGRATE_MOVABLE && type !== MIGRATE_CMA) return false;
  const first = m.frames[block]!;
  const head = isTail(first) ? m.frames[block & -MAX_ORDER_PAGES]! : first;
  return !(isFree(head) && orderOf(head) >= PAGEBLOCK_ORDER);
}

/** The first free block with at least this order. */
function freeBetween(m: Memory, zb: ZoneBase, start: Pfn, end: Pfn, order: number): Pfn {
  const { frames } = m;
  for (let pfn = start; pfn < end;) {
    const state = frames[pfn]!;
    if (isFree(state) && orderOf(state) >= order && inZone(m, zb, pfn)) return pfn;
    pfn += isFree(state) || isAllocated(state) ? 1 << orderOf(state) : 1;
  }
  return NO_PAGE;
}
