/** Memory that becomes a zone's, at boot and later, and what follows from how much it is. */
import { TAIL } from '../layout/frame-state.js';
import { freeToArea } from '../zones/free-area.js';
import { PAGEBLOCK_PAGES, type Pfn } from '../limits.js';
import type { Span } from '../layout/memory-map.js';
import { setBlockType, zoneBase, zoneBaseOf, type Memory } from '../memory.js';
import { MIGRATE_MOVABLE } from '../layout/migratetypes.js';
import { largestPiece } from '../zones/pageblocks.js';
import { setPcpLimits } from '../taking/pcp.js';
import { addToSpans } from '../zones/spans.js';
import { setWatermarks } from '../zones/watermarks.js';
import * as Z from '../layout/zone-layout.js';

/**
 * Makes a range of frames present in its zone. As at boot, the pageblocks that begin in it become Movable; one that
 * begins in a hole stays Unmovable (the first of zone DMA is such a one: frame 0 is not given to the kernel).
 */
export function addMemory(m: Memory, { start, end, zone }: Span): void {
  addToSpans(m, start, end, zone);
  m.words[zoneBase(m, zone) + Z.Z_PRESENT]! += end - start;
  const first = Math.ceil(start / PAGEBLOCK_PAGES) * PAGEBLOCK_PAGES;
  for (let block = first; block < end; block += PAGEBLOCK_PAGES) setBlockType(m, block, MIGRATE_MOVABLE);
  m.frames.fill(TAIL, start, end);
}

/** Hands frames that are TAIL to the free lists, in pieces as large as their place allows. */
export function giveFrames(m: Memory, start: Pfn, end: Pfn): void {
  const zb = zoneBaseOf(m, start);
  m.words[zb + Z.Z_MANAGED]! += end - start;
  for (let pfn = start; pfn < end;) {
    const order = largestPiece(pfn, end);
    freeToArea(m, zb, pfn, order, 1);
    pfn += 1 << order;
  }
}

/** Recomputes what follows from the sizes of the zones. */
export function memoryChanged(m: Memory): void {
  const { words, layout, zoneNames } = m;
  setWatermarks(m);
  if (m.cpus > 0) setPcpLimits(m);
  const present = (zb: number): boolean => words[zb + Z.Z_PRESENT]! > 0;
  for (let zone = 0; zone < layout.zones; zone++) {
    const zb = zoneBase(m, zone);
    const type = words[zb + Z.Z_TYPE]!;
    const overDma32 = zoneNames[type] === 'Normal' && zoneNames[type - 1] === 'DMA32';
    const tender = overDma32 && (layout.nodes === 1 || present(zb - Z.ZONE_WORDS));
    words[zb + Z.Z_FLAGS] =
      (words[zb + Z.Z_FLAGS]! & ~Z.ZONE_AVOID_FRAGMENTS) | (tender ? Z.ZONE_AVOID_FRAGMENTS : 0);
  }
  for (let node = 0; node < layout.nodes; node++) {
    for (let highest = 0; highest < layout.zoneTypes; highest++) {
      const allowed = (zb: number): boolean => words[zb + Z.Z_TYPE]! <= highest;
      const found = m.zonelists[node]!.find((zb) => allowed(zb) && present(zb));
      words[layout.preferred + node * layout.zoneTypes + highest] =
        found ?? m.zonelists[node]!.find(allowed)!;
    }
  }
}
