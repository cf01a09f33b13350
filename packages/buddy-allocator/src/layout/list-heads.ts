/**
 * Circular lists, each through a head of two words, next and prev, like the link of a frame. A link holds the word at which
 * the next one is:
 *
 * ```
 *   zone record: LISTS    order 0: one head for each migratetype │ order 1 │ ... │ order 10
 *   pcp record:  P_LISTS  one head for each of 14 lists
 *   links                 one for each frame: word `linkBase + 2 x pfn`
 * ```
 *
 * An empty list's head points to itself, so inserting and removing need no test for the ends.
 */
import { COSTLY_ORDER, ORDERS, PAGEBLOCK_ORDER } from '../limits.js';
import { MERGEABLE_TYPES, MIGRATE_TYPES } from './migratetypes.js';

export const LINK_WORDS = 2;

export const LISTS_PER_ORDER = MIGRATE_TYPES;
export const LISTS_PER_ZONE = ORDERS * LISTS_PER_ORDER;

/** Bit o: blocks of order o are cached per cpu. */
export const PCP_ORDERS = ((1 << (COSTLY_ORDER + 1)) - 1) | (1 << PAGEBLOCK_ORDER);
/** Per-cpu lists 0 to 11: `order * 3 + type` for orders 0 to 3. */
export const PCP_LOW_LISTS = (COSTLY_ORDER + 1) * MERGEABLE_TYPES;
/** Per-cpu lists of huge pages: 12 holds what can not move (in 6.1 all of them), 13 what can. */
export const PCP_HUGE_LIST = PCP_LOW_LISTS;
export const LISTS_PER_PCP = PCP_HUGE_LIST + 2;
