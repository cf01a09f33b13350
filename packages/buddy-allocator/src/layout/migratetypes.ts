/** Migratetype numbers, and which types a request may take from when its own lists are empty. */
import { MIGRATE_PCPTYPES } from '@page-owner/kernel-abi';

/** 0 to 5, as in Linux 4.4 and later with CONFIG_CMA and CONFIG_MEMORY_ISOLATION. */
export type Migratetype = number;

/** Pages of the kernel's own, which stay where they are. */
export const MIGRATE_UNMOVABLE = 0;
/** Pages that compaction may move. */
export const MIGRATE_MOVABLE = 1;
/** Pages that stay where they are until they are reclaimed, such as slabs of inodes. */
export const MIGRATE_RECLAIMABLE = 2;
/** Pageblocks kept back for requests of high order that cannot wait. */
export const MIGRATE_HIGHATOMIC: number = MIGRATE_PCPTYPES;
/** Pageblocks of a contiguous area, lent to movable pages. */
export const MIGRATE_CMA = MIGRATE_HIGHATOMIC + 1;
/** Pageblocks from which nothing is allocated, while they are emptied. */
export const MIGRATE_ISOLATE = MIGRATE_CMA + 1;
export const MIGRATE_TYPES = 6;

/** Types below this one have fallbacks, may merge with each other, and have per-cpu lists. */
export const MERGEABLE_TYPES = MIGRATE_PCPTYPES;

/** How many other types a mergeable type falls back to. */
export const FALLBACKS = MERGEABLE_TYPES - 1;

/** `FALLBACK[type * FALLBACKS + n]` is the n-th type that `type` falls back to. */
export const FALLBACK: Uint8Array = Uint8Array.of(
  ...[MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE], //   Unmovable
  ...[MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE], // Movable
  ...[MIGRATE_UNMOVABLE, MIGRATE_MOVABLE], //     Reclaimable
);
