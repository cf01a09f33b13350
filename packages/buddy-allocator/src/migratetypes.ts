/** Migratetype numbers, and which types a request may take from when its own lists are empty. */
import { MIGRATE_PCPTYPES } from '@page-owner/kernel-abi';

/** 0 to 5, as in Linux 4.4 and later with CONFIG_CMA and CONFIG_MEMORY_ISOLATION. */
export type Migratetype = number;

export const MIGRATE_UNMOVABLE = 0;
export const MIGRATE_MOVABLE = 1;
export const MIGRATE_RECLAIMABLE = 2;
export const MIGRATE_HIGHATOMIC: number = MIGRATE_PCPTYPES;
export const MIGRATE_CMA = MIGRATE_HIGHATOMIC + 1;
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
