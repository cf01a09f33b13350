/**
 * The shape of one record of debugfs page_owner, for what is parsed and for what is formatted. A field is absent when
 * the record's text does not have it; texts hold arbitrary bytes as {@link decodeText} writes them.
 *
 * `since` names the first kernel that prints a field; distributions backport, so only the text tells what is there.
 */

/** What the header line says: the allocation. */
export interface RecordHeader {
  /** Allocation order, 0 to 65535 (kernels have 0 to 10): the allocation has 2^order pages. */
  readonly order: number;
  /** gfp mask, a u32. Absent only where the first kernels of 2005 print none. */
  readonly gfpMask?: number;
  /** The mask's names, the text between the parentheses: `GFP_KERNEL|__GFP_ZERO`; may be empty. Since 4.6. */
  readonly gfpNames?: string;
  /** Kernel-global id of the allocating task, an s32. Since 5.11. */
  readonly pid?: number;
  /** Id of its thread group, an s32. Since 5.18. */
  readonly tgid?: number;
  /** Its name, at most 15 bytes, any but NUL: newlines, parentheses, bytes that are no UTF-8. Since 5.18. */
  readonly comm?: string;
  /** Local clock at the allocation: nanoseconds since boot, a u64. Since 5.11. */
  readonly tsNs?: bigint;
  /** The same clock when the page frame was freed last before this allocation, 0 for never. 5.13 to 6.6. */
  readonly freeTsNs?: bigint;
}

/** What the PFN line says: the page frame. */
export interface RecordPage {
  /** Page frame number, below 2^52. Absent from a record that has no readable PFN line. */
  readonly pfn?: number;
  /** How the number is written: decimal up to 6.4, hexadecimal with `0x` since 6.5. */
  readonly pfnRadix?: 10 | 16;
  /** Migratetype that the gfp mask asks for: `Unmovable`, `Movable` or `Reclaimable`. Since 4.6. */
  readonly migratetype?: string;
  /** Number of the pageblock: pfn >> pageblock_order. */
  readonly block?: number;
  /** Migratetype of the pageblock at the time of reading: the three above, `HighAtomic`, `CMA`, `Isolate`. Since 4.6. */
  readonly pageblockMigratetype?: string;
  /** Page flags, the whole word with the node and zone fields in it, a u64. Since 4.6. */
  readonly flags?: bigint;
  /** Their names, the text between the parentheses: `uptodate|lru|node=0|zone=1`; may be empty. Since 4.6. */
  readonly flagNames?: string;
  /** What kernels up to 4.5 print instead of names. */
  readonly letters?: PageLetters;
}

/** The part of the PFN line that kernels 3.19 to 4.5 write in their own way. */
export interface PageLetters {
  /** Migratetype of the pageblock, in the kernel's numbering (3.19 to 4.3: 2 is Movable). */
  readonly pageblockType: number;
  /** The pageblock's type is not the one that the gfp mask asks for. */
  readonly fallback: boolean;
  /**
   * Twelve columns, a letter where the flag is set and else a blank: K locked, E error, R referenced, U uptodate,
   * D dirty, L lru, A active, S slab, W writeback, B compound, C swapcache, M mappedtodisk. The kernel prints them in
   * the order K E R U D L A S W C B M.
   */
  readonly flags: string;
}

/** To which memory control group the page is charged. Since 5.18. */
export type RecordMemcg =
  /** A slab page with an object vector: its objects are charged one by one. */
  | { readonly kind: 'slab' }
  | {
      readonly kind: 'charged';
      /** Last component of the group's path, `/` for the root; at most 79 bytes, any but NUL, newline and slash. */
      readonly name: string;
      /** Kernel memory, charged through an obj_cgroup. */
      readonly viaObjcg: boolean;
      /** The group has been removed. */
      readonly offline: boolean;
    };

/** What the lines after the header say. */
export interface RecordBody extends RecordPage {
  /**
   * The allocation stack, innermost first, at most 16 frames: the text of each line after its one leading space, such
   * as `post_alloc_hook+0x77/0xf0` or `[<ffffffff8116147e>] __alloc_pages_nodemask+0x1de/0xb00` (up to 4.9).
   * The frame `0xffffffffffffffff` that old x86 unwinders add as an end marker is kept like any other.
   */
  readonly stack: readonly string[];
  /** Stack depot handle, a u32. Newest kernels, with print mode `handle` or `stack_handle`. */
  readonly handle?: number;
  /** Why the page was migrated last: `compaction`, `numa_misplaced`, ... Absent when it never was. Since 4.6. */
  readonly migrateReason?: string;
  /** The control group that is charged. Since 5.18. */
  readonly memcg?: RecordMemcg;
  /** Lines that no known kernel prints, in their order; a formatter writes them last. */
  readonly extraLines?: readonly string[];
}

/** One record of debugfs page_owner. */
export interface PageOwnerRecord extends RecordHeader, RecordBody {}
