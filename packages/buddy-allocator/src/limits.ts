/**
 * Sizes of things, in page frames unless said otherwise. x86-64 values of Linux 6.1 and 6.12.
 *
 * ```
 *   page 4 KiB ── x 512 ──> pageblock 2 MiB ── x 2 ──> largest block 4 MiB ── x 32 ──> section 128 MiB
 *   order 0                 order 9                    order 10
 * ```
 */

/** Page frame number: which 4 KiB page, counted from address 0. */
export type Pfn = number;

/** The answer of an allocation that found no memory. No frame has this number. */
export const NO_PAGE: Pfn = -1;

/** A page has 2^12 bytes. */
export const PAGE_SHIFT = 12;
/** Bytes of a page. */
export const PAGE_SIZE = 1 << PAGE_SHIFT;

/** The largest order, inclusive (6.12 `MAX_PAGE_ORDER`; 6.1 `MAX_ORDER` is one more, exclusive). */
export const MAX_ORDER = 10;
/** How many orders there are, 0 to 10. */
export const ORDERS = MAX_ORDER + 1;
export const MAX_ORDER_PAGES = 1 << MAX_ORDER;

/** A pageblock is the unit that has a migratetype: one huge page. */
export const PAGEBLOCK_ORDER = 9;
/** Pages of a pageblock. */
export const PAGEBLOCK_PAGES = 1 << PAGEBLOCK_ORDER;

/** Orders above this one are "costly": they are not cached per cpu, except PAGEBLOCK_ORDER. */
export const COSTLY_ORDER = 3;

/** The unit of memory hotplug. */
const SECTION_ORDER = 15;
/** Pages of a section, 128 MiB. */
export const SECTION_PAGES = 1 << SECTION_ORDER;

/**
 * A chunk is one aligned block of the largest order. Blocks only ever merge inside a chunk, so the zone of a chunk is
 * looked up once per free and not once per merge.
 */
const CHUNK_SHIFT = MAX_ORDER;
export const CHUNK_PAGES = 1 << CHUNK_SHIFT;
