/**
 * The record of a zone, in words.
 *
 * ```
 *   0 NODE          6 FREE_PAGES         11 MIN        16 PROTECTION x 5     38 MIGRATE_CURSOR     43 NUMBER
 *   1 TYPE          7 FREE_CMA           12 LOW        21 NR_FREE x 11       39 FREE_CURSOR        44 PCP
 *   2 START         8 CMA_PAGES          13 HIGH       32 NON_EMPTY x 6      40 CONSIDERED         45 ZONE_FLAGS
 *   3 SPANNED       9 RESERVED_ATOMIC    14 PROMO                            41 DEFER_SHIFT        46 PLENTY x 5
 *   4 PRESENT      10 FREE_ATOMIC        15 BOOST                            42 ORDER_FAILED       51 LISTS
 *   5 MANAGED
 *
 *  spanned >= present >= managed: with holes, without holes, without what was reserved and never given
 *  FREE_PAGES     pages of free blocks on lists of any type but Isolate
 *  FREE_CMA, FREE_ATOMIC   the part of FREE_PAGES on lists of that type
 *  RESERVED_ATOMIC         pages of pageblocks of type HighAtomic
 *  PROTECTION[j]  pages kept from requests that could have used zone j (lowmem_reserve)
 *  PLENTY[j]      free pages from which on a request that could use zone j need not be looked at closely: HIGH, BOOST,
 *                 PROTECTION[j] and all pages of CMA and HighAtomic pageblocks together
 *  NR_FREE[o]     free blocks of order o, whatever the type
 *  NON_EMPTY[t]   bit o is set while the list of order o and type t holds a block
 *  MIGRATE_CURSOR, FREE_CURSOR   where compaction goes on, see compaction.ts
 *  CONSIDERED, DEFER_SHIFT, ORDER_FAILED   when it does, see compaction-deferral.ts
 *  PCP            where the records of its per-cpu lists begin
 *  LISTS          heads of the free lists, see list-heads.ts
 * ```
 */
import { ORDERS } from '../limits.js';
import { LINK_WORDS, LISTS_PER_ZONE } from './list-heads.js';
import { MIGRATE_TYPES } from './migratetypes.js';

/** DMA, DMA32, Normal, HighMem, Movable: no machine has more. */
export const ZONE_TYPES_LIMIT = 5;

export const Z_NODE = 0;
export const Z_TYPE = Z_NODE + 1;
export const Z_START = Z_TYPE + 1;
export const Z_SPANNED = Z_START + 1;
export const Z_PRESENT = Z_SPANNED + 1;
export const Z_MANAGED = Z_PRESENT + 1;
export const Z_FREE_PAGES = Z_MANAGED + 1;
export const Z_FREE_CMA = Z_FREE_PAGES + 1;
export const Z_CMA_PAGES = Z_FREE_CMA + 1;
export const Z_RESERVED_ATOMIC = Z_CMA_PAGES + 1;
export const Z_FREE_ATOMIC = Z_RESERVED_ATOMIC + 1;
export const Z_MIN = Z_FREE_ATOMIC + 1;
export const Z_LOW = Z_MIN + 1;
export const Z_HIGH = Z_LOW + 1;
export const Z_PROMO = Z_HIGH + 1;
export const Z_BOOST = Z_PROMO + 1;
export const Z_PROTECTION = Z_BOOST + 1;
export const Z_NR_FREE = Z_PROTECTION + ZONE_TYPES_LIMIT;
export const Z_NON_EMPTY = Z_NR_FREE + ORDERS;
export const Z_MIGRATE_CURSOR = Z_NON_EMPTY + MIGRATE_TYPES;
export const Z_FREE_CURSOR = Z_MIGRATE_CURSOR + 1;
export const Z_COMPACT_CONSIDERED = Z_FREE_CURSOR + 1;
export const Z_COMPACT_DEFER_SHIFT = Z_COMPACT_CONSIDERED + 1;
export const Z_COMPACT_ORDER_FAILED = Z_COMPACT_DEFER_SHIFT + 1;
export const Z_NUMBER = Z_COMPACT_ORDER_FAILED + 1;
export const Z_PCP = Z_NUMBER + 1;
export const Z_FLAGS = Z_PCP + 1;
export const Z_PLENTY = Z_FLAGS + 1;
export const Z_LISTS = Z_PLENTY + ZONE_TYPES_LIMIT;
export const ZONE_WORDS = Z_LISTS + LISTS_PER_ZONE * LINK_WORDS;

/** ZONE_FLAGS: free pages were below the high watermark when last looked at; per-cpu lists shrink meanwhile. */
export const ZONE_BELOW_HIGH = 1;
/** ZONE_FLAGS: Normal above a populated DMA32; requests rather go there than fragment this zone. */
export const ZONE_AVOID_FRAGMENTS = 1 << 7;
