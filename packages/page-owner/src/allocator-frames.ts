/** An allocator's frames as the tracker wants to see them. */
import type { Pfn } from '@page-owner/page-ext';
import type { FrameView, ZoneView } from './surroundings.js';

/** What the tracker asks a page allocator about its frames. The one of `@page-owner/buddy-allocator` has all of it. */
export interface FrameAllocator {
  /** All zones, those without memory too, in the order of nodes, and of zones within a node. */
  zones(): readonly {
    readonly node: number;
    readonly zone: string;
    readonly startPfn: Pfn;
    /** Frames from the first to the last, holes included. */
    readonly spanned: number;
    /** Frames that exist. */
    readonly present: number;
  }[];
  /** Index in `zones()`. */
  zoneIndexOf(pfn: Pfn): number;
  /** Whether the frame heads a block in a free area. */
  isBuddy(pfn: Pfn): boolean;
  /** Order of the block that the frame heads. */
  orderOf(pfn: Pfn): number;
  /** Whether the frame was kept from the allocator. */
  isReserved(pfn: Pfn): boolean;
  /** Whether the frame exists. */
  isPresent(pfn: Pfn): boolean;
  /** Migratetype of the pageblock, in the kernel's numbers. */
  pageblockType(pfn: Pfn): number;
  /** Returns blocks on per-cpu lists to the free areas. */
  drainPcp(): void;
}

/** What `zoneIndexOf` counts are zones with and without memory; the tracker's only those with. */
interface PopulatedZones {
  readonly zones: readonly ZoneView[];
  readonly minPfn: Pfn;
  readonly maxPfn: Pfn;
  /** From the allocator's numbers to places in `zones`; -1 for a zone without memory. */
  readonly index: Int16Array;
}

function populatedZones(allocator: FrameAllocator): PopulatedZones {
  const zones: ZoneView[] = [];
  const indices = allocator.zones().map(({ node, zone, startPfn, spanned, present }) => {
    if (present === 0) return -1;
    return zones.push({ node, name: zone, startPfn, endPfn: startPfn + spanned }) - 1;
  });
  return {
    zones,
    minPfn: Math.min(...zones.map(({ startPfn }) => startPfn)),
    maxPfn: Math.max(...zones.map(({ endPfn }) => endPfn)),
    index: Int16Array.from(indices),
  };
}

/** What the tracker needs to know of frames, asked of an allocator. */
export class AllocatorFrames implements FrameView {
  /** pfn_valid(): the frame has a `struct page`. */
  readonly isValid: (pfn: Pfn) => boolean;
  readonly #allocator: FrameAllocator;
  #populated: PopulatedZones;

  /** @param isValid default: every frame that exists has a `struct page`, and no other */
  constructor(allocator: FrameAllocator, isValid = (pfn: Pfn): boolean => allocator.isPresent(pfn)) {
    this.#allocator = allocator;
    this.isValid = isValid;
    this.#populated = populatedZones(allocator);
  }

  /** Memory was plugged in or out. */
  memoryChanged(): void {
    this.#populated = populatedZones(this.#allocator);
  }

  get minPfn(): Pfn {
    return this.#populated.minPfn;
  }
  get maxPfn(): Pfn {
    return this.#populated.maxPfn;
  }
  get zones(): readonly ZoneView[] {
    return this.#populated.zones;
  }

  zoneOf(pfn: Pfn): number {
    return this.#populated.index[this.#allocator.zoneIndexOf(pfn)] ?? -1;
  }
  buddyOrder(pfn: Pfn): number {
    return this.#allocator.isBuddy(pfn) ? this.#allocator.orderOf(pfn) : -1;
  }
  /** The struct pages of holes are marked as reserved. */
  isReserved(pfn: Pfn): boolean {
    return this.#allocator.isReserved(pfn) || !this.#allocator.isPresent(pfn);
  }
  pageblockType(pfn: Pfn): number {
    return this.#allocator.pageblockType(pfn);
  }
  drainPcp(): void {
    this.#allocator.drainPcp();
  }
}
