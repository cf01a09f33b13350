/** How hard an attempt may try: the bits an allocation carries through its zones. Values are this package's own. */
import { ZONE_AVOID_FRAGMENTS } from '../layout/zone-layout.js';

export type AllocFlags = number;

/** Which watermark must hold: an offset from Z_MIN. */
export const A_MIN = 0;
export const A_LOW = 1;
export const A_HIGH = 2;
export const A_MARK_MASK = 3;

/** The request may empty the zone. */
export const A_NO_WATERMARKS = 1 << 2;
/** `__GFP_HIGH`: may use half of the reserve below min. */
export const A_MIN_RESERVE = 1 << 3;
/** The request can not wait (6.12), or says `__GFP_ATOMIC` (6.1): a further quarter. */
export const A_NON_BLOCK = 1 << 4;
/** As A_NON_BLOCK, of an order above 0: may use HighAtomic pageblocks, and make one. */
export const A_HIGHATOMIC = 1 << 5;
/** May use CMA pageblocks. */
export const A_CMA = 1 << 6;
/** Rather a lower zone than a piece of another type's pageblock: copied from the preferred zone's flags. */
export const A_NOFRAGMENT = ZONE_AVOID_FRAGMENTS;

/** Whoever has one of these may count HighAtomic pages as free. */
export const A_RESERVES = A_MIN_RESERVE | A_NON_BLOCK | A_HIGHATOMIC;
