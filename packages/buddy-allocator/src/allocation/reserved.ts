/** Reserved frames: memory the allocator knows of and was not given at boot. */
import { ALLOCATED, isReserved } from '../layout/frame-state.js';
import { freePages } from './free.js';
import type { Pfn } from '../limits.js';
import { zoneBaseOf, type Memory } from '../memory.js';
import { checkRange } from '../layout/memory-map.js';
import { Z_MANAGED } from '../layout/zone-layout.js';

/** Gives the allocator the reserved frames from `start` to `end` (exclusive), one by one, as `free_reserved_area` does. */
export function releaseReserved(m: Memory, start: Pfn, end: Pfn): void {
  checkRange({ start, end }, 'a range to release');
  const { frames, words } = m;
  for (let pfn = start; pfn < end; pfn++) {
    if (!isReserved(frames[pfn] ?? 0))
      throw new Error(`cannot release pfn ${pfn} order 0: it is not reserved`);
  }
  for (let pfn = start; pfn < end; pfn++) {
    frames[pfn] = ALLOCATED;
    words[zoneBaseOf(m, pfn) + Z_MANAGED]!++;
    freePages(m, pfn, 0);
  }
}
