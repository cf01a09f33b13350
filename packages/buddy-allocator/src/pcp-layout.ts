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
import { LINK_WORDS, LISTS_PER_PCP } from './list-heads.js';

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
