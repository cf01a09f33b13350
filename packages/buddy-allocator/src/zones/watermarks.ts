/**
 * Watermarks: how many pages a zone keeps back, and from whom.
 *
 * ```
 *  free pages
 *     |
 *     +-- promo   (6.12)                     gap = max(min / 4, managed x watermark_scale_factor / 10000)
 *     +-- high    kswapd sleeps              low = min + gap, high = low + gap, promo = high + gap
 *     +-- low     kswapd wakes; first attempts stop here
 *     +-- min     what is left is for those who can not wait
 *     0
 * ```
 *
 * Each mark is raised by the zone's boost, and for requests that could have used a higher zone by its PROTECTION.
 */
import {
  A_CMA,
  A_HIGHATOMIC,
  A_MARK_MASK,
  A_MIN_RESERVE,
  A_NON_BLOCK,
  A_RESERVES,
  type AllocFlags,
} from '../request/alloc-flags.js';
import { FLAG_WATERMARKS, H_BOOST, H_FLAGS, H_MIN_FREE_KB, H_SCALE } from '../layout/header-layout.js';
import { PAGE_SHIFT, PAGEBLOCK_PAGES } from '../limits.js';
import { zoneBase, zoneNameOf, type Memory, type ZoneBase } from '../memory.js';
import { MERGEABLE_TYPES, MIGRATE_CMA, MIGRATE_HIGHATOMIC } from '../layout/migratetypes.js';
import * as Z from '../layout/zone-layout.js';

const KIB_PER_PAGE_SHIFT = PAGE_SHIFT - 10;

/** The largest vm.min_free_kbytes: an int, as in Linux. */
export const MIN_FREE_KBYTES_LIMIT = 2 ** 31 - 1;

/** vm.min_free_kbytes: floor(sqrt(16 x low memory in KiB)), from 128 KiB to 256 MiB. */
export function minFreeKbytes(lowmemKbytes: number): number {
  return Math.min(Math.max(Math.floor(Math.sqrt(lowmemKbytes * 16)), 128), 262144);
}

/** Whether a zone holds no memory the kernel can use directly: its min does not count against min_free_kbytes. */
const isHigh = (m: Memory, zb: ZoneBase): boolean => {
  const name = zoneNameOf(m, zb);
  return name === 'HighMem' || (name === 'Movable' && m.modern);
};

/** `lowmem_reserve_ratio`, by zone name. */
const RESERVE_RATIO: Readonly<Record<string, number>> = { DMA: 256, DMA32: 256, Normal: 32 };

/** Writes the marks and protections of all zones. Called whenever memory comes or goes. */
export function setWatermarks(m: Memory): void {
  const { words, layout } = m;
  const zones = Array.from({ length: layout.zones }, (_, zone) => zoneBase(m, zone));
  for (const zb of zones) setPlenty(m, zb);
  if ((words[H_FLAGS]! & FLAG_WATERMARKS) === 0) return;
  const lowmem = zones.reduce((sum, zb) => (isHigh(m, zb) ? sum : sum + words[zb + Z.Z_MANAGED]!), 0);
  const kbytes = words[H_MIN_FREE_KB]! || minFreeKbytes(lowmem << KIB_PER_PAGE_SHIFT);
  const pagesMin = kbytes >> KIB_PER_PAGE_SHIFT;

  for (const zb of zones) {
    const managed = words[zb + Z.Z_MANAGED]!;
    const share = lowmem === 0 ? 0 : Math.floor((pagesMin * managed) / lowmem);
    const min = isHigh(m, zb) ? Math.min(Math.max(managed >> 10, 32), 128) : share;
    const gap = Math.max(share >> 2, Math.floor((managed * words[H_SCALE]!) / 10000));
    words[zb + Z.Z_MIN] = min;
    words[zb + Z.Z_LOW] = min + gap;
    words[zb + Z.Z_HIGH] = min + 2 * gap;
    words[zb + Z.Z_PROMO] = min + 3 * gap;
    words[zb + Z.Z_BOOST] = 0;
    setProtection(m, zb);
    setPlenty(m, zb);
  }
}

/** Recomputes PLENTY. Called whenever one of its parts has changed. */
export function setPlenty({ words, zoneTypes }: Memory, zb: ZoneBase): void {
  const marks = words[zb + Z.Z_HIGH]! + words[zb + Z.Z_BOOST]!;
  const special = words[zb + Z.Z_CMA_PAGES]! + words[zb + Z.Z_RESERVED_ATOMIC]!;
  for (let type = 0; type < zoneTypes; type++) {
    words[zb + Z.Z_PLENTY + type] = marks + special + words[zb + Z.Z_PROTECTION + type]!;
  }
}

/** PROTECTION[j] of zone i: the managed pages of zones i+1 to j, divided by the ratio of zone i. */
function setProtection(m: Memory, zb: ZoneBase): void {
  const { words, layout } = m;
  const ratio = RESERVE_RATIO[zoneNameOf(m, zb)] ?? 0;
  const type = words[zb + Z.Z_TYPE]!;
  let above = 0;
  for (let other = type + 1; other < layout.zoneTypes; other++) {
    above += words[zb + (other - type) * Z.ZONE_WORDS + Z.Z_MANAGED]!;
    const none = ratio === 0 || words[zb + Z.Z_MANAGED] === 0;
    words[zb + Z.Z_PROTECTION + other] = none ? 0 : Math.floor(above / ratio);
  }
}

/** The mark that an attempt must respect, before its reductions. */
export const markOf = ({ words }: Memory, zb: ZoneBase, flags: AllocFlags): number =>
  words[zb + Z.Z_MIN + (flags & A_MARK_MASK)]! + words[zb + Z.Z_BOOST]!;

/**
 * Whether the zone may give a block of `order` to a request that could have used zone type `highest`, and stay above
 * `mark`.
 */
export function watermarkOk(
  m: Memory,
  zb: ZoneBase,
  order: number,
  mark: number,
  highest: number,
  flags: AllocFlags,
): boolean {
  const { words } = m;
  let free = words[zb + Z.Z_FREE_PAGES]! - ((1 << order) - 1);
  if ((flags & (m.modern ? A_RESERVES : A_NON_BLOCK)) === 0) {
    free -= words[zb + (m.modern ? Z.Z_FREE_ATOMIC : Z.Z_RESERVED_ATOMIC)]!;
  }
  if ((flags & A_CMA) === 0) free -= words[zb + Z.Z_FREE_CMA]!;
  if (free <= reduced(m.modern, mark, flags) + words[zb + Z.Z_PROTECTION + highest]!) return false;
  if (order === 0) return true;

  for (let type = 0; type < MERGEABLE_TYPES; type++) {
    if (words[zb + Z.Z_NON_EMPTY + type]! >> order !== 0) return true;
  }
  if ((flags & A_CMA) !== 0 && words[zb + Z.Z_NON_EMPTY + MIGRATE_CMA]! >> order !== 0) return true;
  return (flags & A_HIGHATOMIC) !== 0 && words[zb + Z.Z_NON_EMPTY + MIGRATE_HIGHATOMIC]! >> order !== 0;
}

/** 6.1: each privilege on its own. 6.12: the quarter is only for those who have the half. */
function reduced(modern: boolean, mark: number, flags: AllocFlags): number {
  let min = mark;
  const high = (flags & A_MIN_RESERVE) !== 0;
  if (high) min -= min >> 1;
  if ((flags & A_NON_BLOCK) !== 0 && (high || !modern)) min -= min >> 2;
  return min;
}

/**
 * Raises all marks of a zone for a while, because a pageblock changes hands: pages freed meanwhile merge into blocks.
 * At most `high x watermark_boost_factor / 10000`, and never less than a pageblock.
 */
export function boostWatermark(m: Memory, zb: ZoneBase): void {
  const { words } = m;
  const factor = words[H_BOOST]!;
  if (factor === 0 || words[zb + Z.Z_MANAGED]! < 4 * PAGEBLOCK_PAGES) return;
  const limit = Math.floor((words[zb + Z.Z_HIGH]! * factor) / 10000);
  if (limit === 0) return;
  words[zb + Z.Z_BOOST] = Math.min(
    words[zb + Z.Z_BOOST]! + PAGEBLOCK_PAGES,
    Math.max(PAGEBLOCK_PAGES, limit),
  );
  setPlenty(m, zb);
  m.reclaimer?.wakeKswapd?.(words[zb + Z.Z_NODE]!, 0, words[zb + Z.Z_TYPE]!, 0);
}

/** Ends a zone's boost. */
export function endBoost(m: Memory, zb: ZoneBase): void {
  m.words[zb + Z.Z_BOOST] = 0;
  setPlenty(m, zb);
}
