import { UNKNOWN } from './indices.js';
import type { FunctionIndex, StackIndex } from './indices.js';
import { CMA, MIGRATETYPES, MOVABLE } from './page-facts.js';
import type { Pageblocks } from './pageblocks.js';

/** How many pageblocks are mixed in a zone, by type as the kernel prints them. */
export interface MixedCount {
  readonly node: number;
  readonly zone: number;
  /** By index of MIGRATETYPES. */
  readonly count: readonly number[];
}

/**
 * Mixed pageblocks, counted as the kernel does for the last table of /proc/pagetypeinfo
 * (pagetypeinfo_showmixedcount_print() in mm/page_owner.c): a block is mixed as soon as one allocated page in it was
 * asked for with another migratetype than the block has, and is counted under the block's type, a CMA block under
 * Movable. No request has the type CMA, so a CMA block is mixed as soon as anything is allocated in it.
 */
export function mixedCounts(blocks: Pageblocks): MixedCount[] {
  const counts = new Map<string, { node: number; zone: number; count: number[] }>();
  for (let row = 0; row < blocks.length; row++) {
    const node = blocks.node[row]!;
    const zone = blocks.zone[row]!;
    const key = `${node} ${zone}`;
    let entry = counts.get(key);
    if (!entry) counts.set(key, (entry = { node, zone, count: MIGRATETYPES.map(() => 0) }));
    const type = blocks.mixedType[row]!;
    if (type !== UNKNOWN) entry.count[type]!++;
  }
  return [...counts.values()].sort((a, b) => a.node - b.node || a.zone - b.zone);
}

/** What an owner does to pageblocks. */
export interface Blocker {
  /**
   * Blocks in which it alone owns what cannot be moved: without it compaction could empty them, and a huge page could
   * form. `movableBlocks` of them are of type Movable or CMA, where such pages do not belong.
   */
  readonly soleBlocks: number;
  readonly movableBlocks: number;
  /** Its pages in these blocks. */
  readonly solePages: number;
  /** The rest of these blocks: pages that cannot be part of a huge page because of `solePages`. */
  readonly deniedPages: number;
}

/** An owner that stops huge pages, by stack. */
export interface StackBlocker extends Blocker {
  readonly stack: StackIndex;
  /** Blocks in which it alone owns anything: without it they would be free as they are. */
  readonly freedBlocks: number;
  /** Blocks in which it owns pages that cannot be moved, alone or with others. */
  readonly fixedBlocks: number;
}

/** An owner that stops huge pages, by function. */
export interface OwnerBlocker extends Blocker {
  /** The function of the owner frame, whatever the stacks behind it. */
  readonly owner: FunctionIndex;
}

/**
 * Who stops huge pages from forming: the stacks that alone keep pageblocks from being emptied, those first that deny the
 * most pages. A block that is full of one owner's pages is in use and denies none; a few pages in each of many blocks
 * deny many.
 *
 * Whether a page can be moved is told by its mask and flags: asked for as movable, or on the LRU. Pins (long-term GUP)
 * do not show in a dump, nor do reserved pages, so a block can be held by more than its owners.
 */
export function blockers(blocks: Pageblocks): StackBlocker[] {
  const rows = soleRows(blocks, blocks.soleFixedStack);
  const freed = new Map<StackIndex, number>();
  for (const stack of blocks.soleStack) if (stack >= 0) freed.set(stack, (freed.get(stack) ?? 0) + 1);
  for (const stack of freed.keys()) if (!rows.has(stack)) rows.set(stack, { ...NONE });
  const ranking = [...rows].map(([stack, row]) => ({
    stack,
    ...row,
    freedBlocks: freed.get(stack) ?? 0,
    fixedBlocks: blocks.fixedBlocks[stack] ?? 0,
  }));
  return ranking.sort((a, b) => byDenied(a, b) || b.freedBlocks - a.freedBlocks || a.stack - b.stack);
}

/** The same by owner function, so that stacks which differ in their callers only count as one. */
export function ownerBlockers(blocks: Pageblocks): OwnerBlocker[] {
  const ranking = [...soleRows(blocks, blocks.soleFixedOwner)].map(([owner, row]) => ({ owner, ...row }));
  return ranking.sort((a, b) => byDenied(a, b) || a.owner - b.owner);
}

const NONE = { soleBlocks: 0, movableBlocks: 0, solePages: 0, deniedPages: 0 };

function soleRows(blocks: Pageblocks, sole: Int32Array): Map<number, typeof NONE> {
  const blockPages = blocks.order < 0 ? 0 : 2 ** blocks.order;
  const rows = new Map<number, typeof NONE>();
  for (let block = 0; block < blocks.length; block++) {
    const key = sole[block]!;
    if (key < 0) continue;
    let row = rows.get(key);
    if (!row) rows.set(key, (row = { ...NONE }));
    const type = blocks.type[block]!;
    const pages = blocks.fixedPages[block]!;
    row.soleBlocks++;
    if (type === MOVABLE || type === CMA) row.movableBlocks++;
    row.solePages += pages;
    row.deniedPages += Math.max(0, blockPages - pages);
  }
  return rows;
}

function byDenied(a: Blocker, b: Blocker): number {
  return b.deniedPages - a.deniedPages || b.soleBlocks - a.soleBlocks;
}
