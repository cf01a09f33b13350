/** Reserved frames: memory the allocator knows of and was not given at boot. */
import { ALLOCATED, isReserved } from '../layout/frame-state.js';
import { freePages } from './free.js';
import type { Pfn } from '../limits.js';
import { blockType, zoneBaseOf, type Memory } from '../memory.js';
import { checkRange } from '../layout/memory-map.js';
import { MIGRATE_CMA } from '../layout/migratetypes.js';
import { Z_CMA_PAGES, Z_MANAGED } from '../layout/zone-layout.js';
import { setPlenty } from '../zones/watermarks.js';

/** Gives the allocator the reserved frames from `start` to `end` (exclusive), one by one, as `free_reserved_area` does. */
export function releaseReserved(m: Memory, start: Pfn, end: Pfn): void {
  checkRange({ start, end }, 'a range to release');
  const { frames, words } = m;
  for (let pfn = start; pfn < end; pfn++) {
    if (!isReserved(frames[pfn] ?? 0))
      throw new Error(`cannot release pfn ${pfn} order 0: it is not reserved`);
  }
  for (let pfn = start; pfn < end; pfn++) {
    const zb = zoneBaseOf(m, pfn);
    frames[pfn] = ALLOCATED;
    words[zb + Z_MANAGED]!++;
    if (blockType(m, pfn) === MIGRATE_CMA) {
      words[zb + Z_CMA_PAGES]!++;
      setPlenty(m, zb);
    }
    freePages(m, pfn, 0);
  }
}
