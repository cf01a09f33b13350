/** What the allocator tells others, and what it asks of them. It imports none of them. */
import type { Pfn } from './limits.js';

/**
 * Called once per block, in the order of the kernel's own calls. `null` in place of the hooks costs one test per
 * allocation and one per free. A hook may allocate and free pages itself, but not the block it is told of. It must not
 * throw: what `allocated` throws reaches the caller, who then has no block, while the block stays in use.
 */
export interface PageHooks {
  /** The block is out of the free areas and its caller has not seen it yet. */
  allocated(pfn: Pfn, order: number, gfp: number): void;
  /** The block still counts as allocated and is about to go back. */
  freed(pfn: Pfn, order: number): void;
  /** A block of `oldOrder` is now 2^(oldOrder-newOrder) blocks of `newOrder`, all of them still allocated. */
  split(pfn: Pfn, oldOrder: number, newOrder: number): void;
  /** The content of `oldPfn` is now in `newPfn`, which was `allocated` before; `oldPfn` is `freed` next. */
  migrated(newPfn: Pfn, oldPfn: Pfn, order: number, reason: number): void;
}

/**
 * Whoever holds movable pages. Compaction, allocRange and unplugging ask it to move one block; it copies the content,
 * points its users to `newPfn`, and says whether that worked. It frees neither of the two. What it throws reaches the
 * caller, and the block stays where it is.
 */
export interface PageMover {
  /** False: it could not, and nothing has changed. */
  move(oldPfn: Pfn, newPfn: Pfn, order: number): boolean;
  /** A zone was compacted; this is what it took. */
  compacted?(run: CompactionRun): void;
  /** A request has waited for compaction of one zone or more; `success` says whether there is a block for it now. */
  compactionStalled?(success: boolean): void;
}

/** One run of compaction over a zone, in pages, as the `compact_*` counters of /proc/vmstat have them. */
export interface CompactionRun {
  /** Place of the zone in the list of `zones()`. */
  readonly zone: number;
  /**
   * Frames that the migrate scanner has looked at, not those it skipped: pageblocks of other types, and pieces that
   * something in them holds.
   */
  readonly migrateScanned: number;
  /** Frames of the pageblocks that the free scanner searched. */
  readonly freeScanned: number;
  /** Pages taken out of use or off the free lists to be moved, sources and targets together. */
  readonly isolated: number;
  /** The targets among them: allocated, but not by a request. */
  readonly targets: number;
}

/** Who frees pages when memory is short. */
export interface PageReclaimer {
  /**
   * Asked when a request that may reclaim (`__GFP_DIRECT_RECLAIM`) found nothing above the min watermark. Frees what it can
   * through the allocator, and returns how many pages that were; 0 lets the request fail.
   */
  reclaim(gfp: number, order: number): number;
  /**
   * Told when the low watermark stops a request with `__GFP_KSWAPD_RECLAIM`, once for each node that it may use, or when the
   * marks of a zone were raised (then `order` and `gfp` are 0). The request is not served yet: whoever reclaims in the
   * background begins after it, and goes on until `isBalanced` and without a boost. It must not throw, allocate or free.
   *
   * @param highest index of the highest zone of the node that the request may use
   */
  wakeKswapd?(node: number, order: number, highest: number, gfp: number): void;
}

/**
 * The kmem trace events; see `traceText` for a sink that writes them as ftrace does. Some come in the middle of a change:
 * they must not throw, allocate or free.
 */
export interface PageTracer {
  /** `pfn` is NO_PAGE for a request that failed. */
  alloc(pfn: Pfn, order: number, gfp: number, migratetype: number): void;
  /** `mm_page_free`: a block is given back. */
  free(pfn: Pfn, order: number): void;
  /** `mm_page_free_batched`: a page is one of many that are given back. */
  freeBatched(pfn: Pfn): void;
  /** `mm_page_alloc_zone_locked`: a block leaves a free area, for a per-cpu list or at once for a request. */
  allocZoneLocked(pfn: Pfn, order: number, migratetype: number, percpuRefill: boolean): void;
  /** `mm_page_pcpu_drain`: a block goes from a per-cpu list to the free area. */
  pcpuDrain(pfn: Pfn, order: number, migratetype: number): void;
  /** `mm_page_alloc_extfrag`: a request takes a block of another migratetype. */
  allocExtfrag(
    pfn: Pfn,
    allocOrder: number,
    fallbackOrder: number,
    allocMigratetype: number,
    fallbackMigratetype: number,
    changeOwnership: boolean,
  ): void;
}

/** The kernel's numbers for `migrated`. */
export const MR_COMPACTION = 0;
/** A section is unplugged. */
export const MR_MEMORY_HOTPLUG = 2;
/** A range of frames is allocated. */
export const MR_CONTIG_RANGE = 6;
