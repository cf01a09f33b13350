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
 * A zone is done when the scanners meet, or a free block of the wanted order has come about.
 */
import { A_CMA, A_LOW, A_MIN } from './alloc-flags.js';
import { headState } from './alloc.js';
import { takeAt } from './place.js';
import { fragmentationIndex } from './extfrag.js';
import { isAllocated, isFree, isTail, orderOf } from './frame-state.js';
import { GFP_MOVABLE } from './gfp-request.js';
import { BLOCK_SKIP } from './header-layout.js';
import { MR_COMPACTION, type CompactionRun } from './hooks.js';
import {
  COSTLY_ORDER,
  MAX_ORDER_PAGES,
  NO_PAGE,
  ORDERS,
  PAGEBLOCK_ORDER,
  PAGEBLOCK_PAGES,
  type Pfn,
} from './limits.js';
import { blockType, type Memory, type ZoneBase } from './memory.js';
import { canMove, migrate } from './migrate.js';
import { MERGEABLE_TYPES, MIGRATE_CMA, MIGRATE_ISOLATE, MIGRATE_MOVABLE } from './migratetypes.js';
import { blockStart, inZone } from './pageblocks.js';
import { drainPcp } from './pcp.js';
import { markOf, watermarkOk } from './watermarks.js';
import * as Z from './zone-layout.js';

/** Blocks moved between two looks at whether the goal is reached (COMPACT_CLUSTER_MAX). */
const CLUSTER = 32;

/** vm.extfrag_threshold: up to here a request fails for want of memory, and compaction cannot help. */
const EXTFRAG_THRESHOLD = 500;

/** Compact as far as possible, not for a request. */
export const NO_GOAL = -1;

/** Compacts the zones of a request of `order`, nearest first, until one has a block; false if none has. */
export function compactForRequest(m: Memory, zones: Int32Array, order: number, highest: number): boolean {
  let tried = false;
  let success = false;
  for (const zb of zones) {
    if (m.words[zb + Z.Z_TYPE]! > highest || !isWorthwhile(m, zb, order, highest)) continue;
    tried = true;
    compactZone(m, zb, order);
    drainPcp(m);
    success = hasBlock(m, zb, order);
    if (success) break;
  }
  if (tried) m.mover?.compactionStalled?.(success);
  return success;
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
 * Compacts one zone for a block of `order`, or entirely for NO_GOAL.
 *
 * @returns how many blocks were moved
 */
export function compactZone(m: Memory, zb: ZoneBase, order: number): number {
  const { words, mover } = m;
  const start = words[zb + Z.Z_START]!;
  const end = start + words[zb + Z.Z_SPANNED]!;
  if (end === start || mover === null) return 0;
  drainPcp(m);
  words[zb + Z.Z_MIGRATE_CURSOR] = start;
  words[zb + Z.Z_FREE_CURSOR] = blockStart(end - 1);
  for (let block = blockStart(start); block < end; block += PAGEBLOCK_PAGES)
    m.blocks[block >>> PAGEBLOCK_ORDER]! &= ~BLOCK_SKIP;

  const run = {
    ...{ zone: words[zb + Z.Z_NUMBER]!, migrateScanned: 0, freeScanned: 0, isolated: 0, targets: 0 },
    searched: end,
  };
  let moved = 0;
  while (words[zb + Z.Z_MIGRATE_CURSOR]! < words[zb + Z.Z_FREE_CURSOR]!) {
    if (order !== NO_GOAL && hasBlock(m, zb, order)) break;
    moved += moveCluster(m, zb, run);
  }
  mover.compacted?.(run);
  return moved;
}

/** What a run has taken so far. */
type Run = { -readonly [K in keyof CompactionRun]: number } & {
  /** The lowest pageblock that the free scanner has searched. */
  searched: Pfn;
};

/** Moves up to CLUSTER blocks from where the migrate scanner stands; it stops at the end of a pageblock. */
function moveCluster(m: Memory, zb: ZoneBase, run: Run): number {
  const { words, frames } = m;
  let pfn = words[zb + Z.Z_MIGRATE_CURSOR]!;
  const stop = blockStart(pfn) + PAGEBLOCK_PAGES;
  let moved = 0;
  if (blockType(m, pfn) === MIGRATE_ISOLATE) pfn = stop;
  const from = pfn;
  while (pfn < stop && moved < CLUSTER) {
    const state = frames[pfn]!;
    if (isFree(state) || isAllocated(state)) {
      const order = orderOf(state);
      if (isAllocated(state) && order < PAGEBLOCK_ORDER && inZone(m, zb, pfn) && canMove(m, pfn)) {
        const target = takeTarget(m, zb, pfn, order, run);
        if (target === NO_PAGE) {
          if (order > 0) {
            pfn += 1 << order;
            continue;
          }
          run.migrateScanned += pfn - from;
          words[zb + Z.Z_MIGRATE_CURSOR] = words[zb + Z.Z_FREE_CURSOR]!;
          return moved;
        }
        run.targets += 1 << order;
        run.isolated += 2 << order;
        if (migrate(m, pfn, target, MR_COMPACTION)) moved++;
      }
      pfn += 1 << order;
    } else {
      pfn++;
    }
  }
  run.migrateScanned += pfn - from;
  words[zb + Z.Z_MIGRATE_CURSOR] = pfn;
  return moved;
}

/** A block of `order` near the end of the zone, allocated for the one at `from`. */
function takeTarget(m: Memory, zb: ZoneBase, from: Pfn, order: number, run: Run): Pfn {
  const { words, blocks } = m;
  // Single frames are the smallest need: a pageblock that has none of them need not be looked at again.
  let cursor = words[zb + Z.Z_FREE_CURSOR]!;
  for (; cursor > blockStart(from); cursor -= PAGEBLOCK_PAGES) {
    const skip = (blocks[cursor >>> PAGEBLOCK_ORDER]! & BLOCK_SKIP) !== 0;
    const searched = !skip && isTargetBlock(m, cursor);
    const target = searched ? findFree(m, zb, cursor, order) : NO_PAGE;
    if (searched && cursor < run.searched) {
      run.searched = cursor;
      run.freeScanned += PAGEBLOCK_PAGES;
    }
    if (target !== NO_PAGE) {
      takeAt(m, target, order);
      m.frames[target] = headState(GFP_MOVABLE, order);
      m.hooks?.allocated(target, order, GFP_MOVABLE);
      return target;
    }
    if (order === 0) {
      blocks[cursor >>> PAGEBLOCK_ORDER]! |= BLOCK_SKIP;
      words[zb + Z.Z_FREE_CURSOR] = cursor - PAGEBLOCK_PAGES;
    }
  }
  return NO_PAGE;
}

/** Movable and CMA pageblocks, unless they are wholly free: those are what compaction is for. */
function isTargetBlock(m: Memory, block: Pfn): boolean {
  const type = blockType(m, block);
  if (type !== MIGRATE_MOVABLE && type !== MIGRATE_CMA) return false;
  const first = m.frames[block]!;
  const head = isTail(first) ? m.frames[block & -MAX_ORDER_PAGES]! : first;
  return !(isFree(head) && orderOf(head) >= PAGEBLOCK_ORDER);
}

/** The first free block of a pageblock with at least this order. */
function findFree(m: Memory, zb: ZoneBase, block: Pfn, order: number): Pfn {
  const { frames } = m;
  const end = Math.min(block + PAGEBLOCK_PAGES, m.words[zb + Z.Z_START]! + m.words[zb + Z.Z_SPANNED]!);
  for (let pfn = Math.max(block, m.words[zb + Z.Z_START]!); pfn < end;) {
    const state = frames[pfn]!;
    if (isFree(state) && orderOf(state) >= order && inZone(m, zb, pfn)) return pfn;
    pfn += isFree(state) || isAllocated(state) ? 1 << orderOf(state) : 1;
  }
  return NO_PAGE;
}
