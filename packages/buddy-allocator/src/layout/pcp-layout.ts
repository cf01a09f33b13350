/**
 * The record of one cpu's lists in one zone, in words.
 *
 * ```
 *   0 COUNT     pages on all lists            4 HIGH_MAX      upper bound of HIGH; equal to HIGH_MIN: no tuning
 *   1 HIGH      pages above this are drained  5 ALLOC_FACTOR  refills double this many times (6.12)
 *   2 BATCH     pages moved at a time         6 FREE_COUNT    pages freed since the last allocation (6.12)
 *   3 HIGH_MIN  lower bound of HIGH           7 PCP_FLAGS
 *   8 LISTS     heads of 14 lists, see list-heads.ts
 * ```
 */
import { COSTLY_ORDER, PAGEBLOCK_ORDER } from '../limits.js';
import { LINK_WORDS, LISTS_PER_PCP, PCP_HUGE_LIST } from './list-heads.js';
import { MERGEABLE_TYPES, MIGRATE_ISOLATE, MIGRATE_MOVABLE } from './migratetypes.js';

export const P_COUNT = 0;
export const P_HIGH = P_COUNT + 1;
export const P_BATCH = P_HIGH + 1;
export const P_HIGH_MIN = P_BATCH + 1;
export const P_HIGH_MAX = P_HIGH_MIN + 1;
export const P_ALLOC_FACTOR = P_HIGH_MAX + 1;
export const P_FREE_COUNT = P_ALLOC_FACTOR + 1;
export const P_FLAGS = P_FREE_COUNT + 1;
export const P_LISTS = P_FLAGS + 1;
export const PCP_WORDS = P_LISTS + LISTS_PER_PCP * LINK_WORDS;

/** PCP_FLAGS: the last free was of an order from 1 to 3. */
export const PCP_PREV_FREE_HIGH_ORDER = 1;

/** `pcpHeads`: nothing of this order and type is kept. */
export const NOT_KEPT = 0;
export const KEPT_ORDER_SHIFT = 3;

/**
 * Which list keeps blocks of an order and migratetype: `table[order << 3 | type]` is the offset of its head in the record,
 * or NOT_KEPT. Blocks of HighAtomic and CMA pageblocks wait on the Movable list, those of isolated ones are not kept. Of
 * huge pages 6.1 has one list, 6.12 another one for Movable.
 */
export function pcpHeadTable(modern: boolean, cpus: number): Uint8Array {
  return Uint8Array.from({ length: 1 << (KEPT_ORDER_SHIFT + 4) }, (_, i) => {
    const order = i >> KEPT_ORDER_SHIFT;
    const pageblockType = i & ((1 << KEPT_ORDER_SHIFT) - 1);
    const isCached = order <= COSTLY_ORDER || order === PAGEBLOCK_ORDER;
    if (cpus === 0 || !isCached || pageblockType >= MIGRATE_ISOLATE) return NOT_KEPT;
    const type = pageblockType < MERGEABLE_TYPES ? pageblockType : MIGRATE_MOVABLE;
    const huge = modern && type === MIGRATE_MOVABLE ? PCP_HUGE_LIST + 1 : PCP_HUGE_LIST;
    const list = order <= COSTLY_ORDER ? order * MERGEABLE_TYPES + type : huge;
    return P_LISTS + list * LINK_WORDS;
  });
}
