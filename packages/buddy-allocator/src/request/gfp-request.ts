/**
 * What a gfp mask asks of the allocator. The bits used here stand at the same places in 6.1 and 6.12.
 *
 * The five low bits of a mask decide zone and migratetype, so one table of 32 entries answers both and knows the
 * combinations nobody may use:
 *
 * ```
 *   requests[gfp & 0x1f]:   -1 illegal, else     4   3 | 2   1   0
 *                                              +-------+-----------+
 *                                              | type  |  highest  |   migratetype; index of the highest zone
 *                                              +-------+-----------+
 * ```
 */
import { GFP_ZONE_MASK, gfpMigratetype, parseGfp } from '@page-owner/kernel-abi';
import { MERGEABLE_TYPES, MIGRATE_UNMOVABLE } from '../layout/migratetypes.js';

const flag = (name: string): number => parseGfp(name, '6.12');

export const GFP_MOVABLE = flag('__GFP_MOVABLE');
export const GFP_HIGHMEM = flag('__GFP_HIGHMEM');
export const GFP_HIGH = flag('__GFP_HIGH');
export const GFP_IO = flag('__GFP_IO');
export const GFP_DIRECT_RECLAIM = flag('__GFP_DIRECT_RECLAIM');
export const GFP_KSWAPD_RECLAIM = flag('__GFP_KSWAPD_RECLAIM');
export const GFP_NOFAIL = flag('__GFP_NOFAIL');
export const GFP_MEMALLOC = flag('__GFP_MEMALLOC');
export const GFP_NOMEMALLOC = flag('__GFP_NOMEMALLOC');
export const GFP_COMP = flag('__GFP_COMP');
export const GFP_THISNODE = flag('__GFP_THISNODE');
/** Only 6.1 has it. */
export const GFP_ATOMIC_6_1 = parseGfp('__GFP_ATOMIC', '6.1');

/** Destination of a migrated page (6.12 `alloc_migration_target`). */
export const GFP_MIGRATION_TARGET = flag('GFP_USER|__GFP_MOVABLE|__GFP_RETRY_MAYFAIL');

export const REQUEST_MASK = 2 * GFP_ZONE_MASK + 1;
export const REQUEST_TYPE_SHIFT = 3;
export const REQUEST_ZONE_MASK = (1 << REQUEST_TYPE_SHIFT) - 1;

/** Builds `requests` of the drawing. `zones` maps the four zone bits to a zone index or -1. */
export function requestTable(zones: Int8Array, grouping: boolean): Int16Array {
  return Int16Array.from({ length: REQUEST_MASK + 1 }, (_, bits) => {
    const zone = zones[bits & GFP_ZONE_MASK] ?? -1;
    const type = gfpMigratetype(bits, '6.12');
    if (zone < 0 || type >= MERGEABLE_TYPES) return -1;
    return zone | ((grouping ? type : MIGRATE_UNMOVABLE) << REQUEST_TYPE_SHIFT);
  });
}
