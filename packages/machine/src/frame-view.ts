/** The allocator's frames as page_owner wants to see them. */
import type { PageAllocator } from '@page-owner/buddy-allocator';
import type { FrameView, ZoneView } from '@page-owner/page-owner';
import { isValidIn } from './memory-map.js';

/** What `zoneIndexOf` counts are zones with and without memory; page_owner's only those with. */
export function frameView(allocator: PageAllocator, subsections: Uint8Array): FrameView {
  const zones: ZoneView[] = [];
  const indices = allocator.zones().map(({ node, zone, startPfn, spanned, present }) => {
    if (present === 0) return -1;
    return zones.push({ node, name: zone, startPfn, endPfn: startPfn + spanned }) - 1;
  });
  const index = Int8Array.from(indices);
  return {
    minPfn: Math.min(...zones.map(({ startPfn }) => startPfn)),
    maxPfn: Math.max(...zones.map(({ endPfn }) => endPfn)),
    zones,
    isValid: (pfn) => isValidIn(subsections, pfn),
    zoneOf: (pfn) => index[allocator.zoneIndexOf(pfn)] ?? -1,
    buddyOrder: (pfn) => (allocator.isBuddy(pfn) ? allocator.orderOf(pfn) : -1),
    // The struct pages of holes are marked as reserved.
    isReserved: (pfn) => allocator.isReserved(pfn) || !allocator.isPresent(pfn),
    pageblockType: (pfn) => allocator.pageblockType(pfn),
    drainPcp: () => allocator.drainPcp(),
  };
}
