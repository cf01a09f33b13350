/**
 * What the fast path of allocation needs to know of a request, in one number.
 *
 * ```
 *   routes[order << 5 | gfp & 0x1f]:   -1 not to be asked, else    21     14   13     6   5    3   2     0
 *                                                                +-----------+----------+--------+---------+
 *                                                                | state     | kept     | type   | highest |
 *                                                                +-----------+----------+--------+---------+
 *                                                                  headState   pcpHeads   requests
 * ```
 *
 * A row is there for each of 16 orders, so that four bits of an order are enough to look it up.
 */
import { headState } from './head-state.js';
import { REQUEST_MASK, REQUEST_TYPE_SHIFT } from './gfp-request.js';
import { MAX_ORDER } from '../limits.js';
import { KEPT_ORDER_SHIFT } from '../layout/pcp-layout.js';

export const ROUTE_ORDER_MASK = 15;
export const ROUTE_ORDER_SHIFT = Math.log2(REQUEST_MASK + 1);
export const ROUTE_KEPT_SHIFT = 6;
export const ROUTE_KEPT_MASK = 255;
/** The part of a route that is the entry of `requests`. */
export const ROUTE_REQUEST_MASK = (1 << ROUTE_KEPT_SHIFT) - 1;

export const ROUTE_STATE_SHIFT = 14;

/** Builds `routes` of the drawing. */
export function routeTable(requests: Int16Array, pcpHeads: Uint8Array): Int32Array {
  return Int32Array.from({ length: (ROUTE_ORDER_MASK + 1) << ROUTE_ORDER_SHIFT }, (_, i) => {
    const order = i >> ROUTE_ORDER_SHIFT;
    const request = requests[i & REQUEST_MASK]!;
    if (request < 0 || order > MAX_ORDER) return -1;
    const kept = pcpHeads[(order << KEPT_ORDER_SHIFT) | (request >> REQUEST_TYPE_SHIFT)]!;
    return request | (kept << ROUTE_KEPT_SHIFT) | (headState(i & REQUEST_MASK, order) << ROUTE_STATE_SHIFT);
  });
}
