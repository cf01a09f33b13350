/** Many single pages at once. */
import { A_LOW } from '../request/alloc-flags.js';
import { allocPages } from './alloc.js';
import { refuseRequest } from '../bad-use.js';
import { REQUEST_MASK, REQUEST_TYPE_SHIFT, REQUEST_ZONE_MASK } from '../request/gfp-request.js';
import { headState } from '../request/head-state.js';
import { NO_PAGE, type Pfn } from '../limits.js';
import { zonesFor, type Memory } from '../memory.js';
import { takeFromPcp } from '../taking/pcp.js';
import { markOf, watermarkOk } from '../zones/watermarks.js';
import { Z_TYPE } from '../layout/zone-layout.js';

/**
 * Fills `into` from its start with order-0 blocks and says how many they are. As in the kernel, pages come from the per-cpu
 * lists of the first zone that can spare them all, without a trace event of their own.
 *
 * A machine gives one page, allocated the ordinary way, where that gives none, and while hooks are set; its caller goes on
 * alone. Memory of a program gives what is missing one by one, so that hooks change nothing.
 */
export function allocPagesBulk(m: Memory, gfp: number, into: Int32Array | Pfn[], node: number): number {
  const wanted = into.length;
  const request = m.requests[gfp & REQUEST_MASK] ?? -1;
  if (request < 0 || m.zonelists[node] === undefined || gfp >>> 0 !== gfp) refuseRequest(m, gfp, 0, node);
  let filled = 0;
  if (m.hooks === null && m.cpus !== 0 && wanted > 1) {
    const zb = zoneForMany(m, zonesFor(m, gfp, node), request, wanted);
    while (zb >= 0 && filled < wanted) {
      const pfn = takeFromPcp(m, zb, 0, request >> REQUEST_TYPE_SHIFT, 0);
      if (pfn === NO_PAGE) break;
      m.frames[pfn] = headState(gfp, 0);
      into[filled++] = pfn;
    }
  }
  const enough = m.plain ? wanted : Math.min(wanted, 1);
  while (filled < enough) {
    const pfn = allocPages(m, gfp, 0, node);
    if (pfn === NO_PAGE) break;
    into[filled++] = pfn;
  }
  return filled;
}

/** The first zone that stays above its low watermark without so many pages; -1 if none does. */
function zoneForMany(m: Memory, zones: Int32Array, request: number, pages: number): number {
  const { words } = m;
  const highest = request & REQUEST_ZONE_MASK;
  for (const zb of zones) {
    if (words[zb + Z_TYPE]! > highest) continue;
    if (watermarkOk(m, zb, 0, markOf(m, zb, A_LOW) + pages, highest, 0)) return zb;
  }
  return -1;
}
