/** What a background reclaimer (kswapd) needs to know of a node: when it is woken, and when it has done enough. */
import { A_HIGH } from '../request/alloc-flags.js';
import { GFP_KSWAPD_RECLAIM } from '../request/gfp-request.js';
import { zoneBase, type Memory, type ZoneBase } from '../memory.js';
import { endBoost, markOf, watermarkOk } from './watermarks.js';
import * as Z from '../layout/zone-layout.js';

/** Tells the reclaimer of the nodes of a request that the low watermark stops, nearest first (wake_all_kswapds). */
export function wakeKswapds(m: Memory, gfp: number, order: number, zones: Int32Array, highest: number): void {
  if ((gfp & GFP_KSWAPD_RECLAIM) === 0 || m.reclaimer?.wakeKswapd === undefined) return;
  let last = -1;
  for (const zb of zones) {
    const node = m.words[zb + Z.Z_NODE]!;
    if (node === last || m.words[zb + Z.Z_TYPE]! > highest || m.words[zb + Z.Z_MANAGED] === 0) continue;
    last = node;
    m.reclaimer.wakeKswapd(node, order, highest, gfp);
  }
}

/** Zones of a node up to type `highest` that have memory. */
function managedZones(m: Memory, node: number, highest: number): ZoneBase[] {
  return Array.from({ length: highest + 1 }, (_, type) => zoneBase(m, node * m.zoneTypes + type)).filter(
    (zb) => m.words[zb + Z.Z_MANAGED]! > 0,
  );
}

/**
 * Whether one of the zones could give a block of `order` and stay above its high watermark, or there is none
 * (pgdat_balanced).
 */
export function isBalanced(m: Memory, node: number, order: number, highest: number): boolean {
  const zones = managedZones(m, node, highest);
  return (
    zones.length === 0 || zones.some((zb) => watermarkOk(m, zb, order, markOf(m, zb, A_HIGH), highest, 0))
  );
}

/** Pages by which the marks of the zones are raised, in all. */
export const boostOf = (m: Memory, node: number, highest: number): number =>
  managedZones(m, node, highest).reduce((pages, zb) => pages + m.words[zb + Z.Z_BOOST]!, 0);

export function endBoosts(m: Memory, node: number, highest: number): void {
  for (const zb of managedZones(m, node, highest)) endBoost(m, zb);
}
