/** Which zone a gfp mask asks for: the highest one the request may use. */
import { X86_64_ZONES, zoneIndex, type ZoneList, type ZoneName } from './zones.js';
import { hex, requireGfpMask } from './words.js';

/** The bits that choose a zone: DMA, HIGHMEM, DMA32 and MOVABLE. They are the same in every era. */
export const GFP_ZONE_MASK = 0xf;

/** What the four bits ask for; `undefined` for combinations no caller may use. Source: Linux 6.12 include/linux/gfp.h. */
const WANTED: readonly (ZoneName | undefined)[] = [
  'Normal', //  0x0
  'DMA', //     0x1 DMA
  'HighMem', // 0x2 HIGHMEM
  undefined, // 0x3 DMA HIGHMEM
  'DMA32', //   0x4 DMA32
  undefined, // 0x5 DMA DMA32
  undefined, // 0x6 HIGHMEM DMA32
  undefined, // 0x7 DMA HIGHMEM DMA32
  'Normal', //  0x8 MOVABLE
  'DMA', //     0x9 MOVABLE DMA
  'Movable', // 0xa MOVABLE HIGHMEM
  undefined, // 0xb MOVABLE DMA HIGHMEM
  'DMA32', //   0xc MOVABLE DMA32
  undefined, // 0xd MOVABLE DMA DMA32
  undefined, // 0xe MOVABLE HIGHMEM DMA32
  undefined, // 0xf all
];

/**
 * For each value of the four zone bits the index of the highest zone allowed, or -1 for an invalid combination.
 * Made for hot paths: `table[gfp & GFP_ZONE_MASK]`. A zone the build lacks becomes Normal.
 */
export function gfpZoneTable(zones: ZoneList = X86_64_ZONES): Int8Array {
  return Int8Array.from(WANTED, (name) => {
    if (name === undefined) return -1;
    return zoneIndex(zones.includes(name) ? name : 'Normal', zones);
  });
}

/**
 * The highest zone a request with this mask may use. The allocator falls back from there towards zone 0.
 *
 * @throws RangeError if the mask is not an unsigned 32-bit integer, or names two zones at once, as `__GFP_DMA|__GFP_DMA32`
 * does
 */
export function gfpZone(mask: number, zones: ZoneList = X86_64_ZONES): ZoneName {
  requireGfpMask(mask);
  const name = WANTED[mask & GFP_ZONE_MASK];
  if (name === undefined) throw new RangeError(`gfp mask ${hex(mask)} asks for more than one zone`);
  return zones.includes(name) ? name : 'Normal';
}
