/** The allocator's frames as page_owner wants to see them. */
import type { PageAllocator } from '@page-owner/buddy-allocator';
import type { FrameView, ZoneView } from '@page-owner/page-owner';
import { isValidIn } from './memory-map.js';

/** What `zoneIndexOf` counts are zones with and without memory; page_owner's only those with. */
interface PopulatedZones {
  readonly zones: readonly ZoneView[];
  readonly minPfn: number;
  readonly maxPfn: number;
  /** From the allocator's numbers to places in `zones`; -1 for a zone without memory. */
  readonly index: Int8Array;
}

function populatedZones(allocator: PageAllocator): PopulatedZones {
  const zones: ZoneView[] = [];
  const indices = allocator.zones().map(({ node, zone, startPfn, spanned, present }) => {
    if (present === 0) return -1;
    return zones.push({ node, name: zone, startPfn, endPfn: startPfn + spanned }) - 1;
  });
  return {
    zones,
    minPfn: Math.min(...zones.map(({ startPfn }) => startPfn)),
    maxPfn: Math.max(...zones.map(({ endPfn }) => endPfn)),
    index: Int8Array.from(indices),
  };
}

export class MachineFrames implements FrameView {
  readonly #allocator: PageAllocator;
  readonly #subsections: Uint8Array;
  #populated: PopulatedZones;

  /** @param subsections for each 2 MiB whether it has memory; may change when memory does */
  constructor(allocator: PageAllocator, subsections: Uint8Array) {
    this.#allocator = allocator;
    this.#subsections = subsections;
    this.#populated = populatedZones(allocator);
  }

  /** Memory was plugged in or out. */
  memoryChanged(): void {
    this.#populated = populatedZones(this.#allocator);
  }

  get minPfn(): number {
    return this.#populated.minPfn;
  }
  get maxPfn(): number {
    return this.#populated.maxPfn;
  }
  get zones(): readonly ZoneView[] {
    return this.#populated.zones;
  }

  isValid(pfn: number): boolean {
    return isValidIn(this.#subsections, pfn);
  }
  zoneOf(pfn: number): number {
    return this.#populated.index[this.#allocator.zoneIndexOf(pfn)] ?? -1;
  }
  buddyOrder(pfn: number): number {
    return this.#allocator.isBuddy(pfn) ? this.#allocator.orderOf(pfn) : -1;
  }
  /** The struct pages of holes are marked as reserved. */
  isReserved(pfn: number): boolean {
    return this.#allocator.isReserved(pfn) || !this.#allocator.isPresent(pfn);
  }
  pageblockType(pfn: number): number {
    return this.#allocator.pageblockType(pfn);
  }
  drainPcp(): void {
    this.#allocator.drainPcp();
  }
}
