/** All numbers of one zone, copied out of the buffer. The texts are written from these. */
import { ORDERS, PAGEBLOCK_PAGES, type Pfn } from '../limits.js';
import { freeListHead } from '../zones/free-area.js';
import { blockType, pcpBase, zoneBase, zoneNameOf, zoneNumberOf, type Memory } from '../memory.js';
import { MIGRATE_TYPES } from '../layout/migratetypes.js';
import * as P from '../layout/pcp-layout.js';
import * as Z from '../layout/zone-layout.js';

/** One cpu's lists in one zone. */
export interface PagesetReport {
  /** Pages on its lists. */
  readonly count: number;
  /** So many pages may be on them before some go back. */
  readonly high: number;
  /** Pages that go to the lists or back at a time. */
  readonly batch: number;
}

/** A zone at one moment. Counts are pages unless they say otherwise. */
export interface ZoneReport {
  /** NUMA node. */
  readonly node: number;
  /** Name: `DMA32`. */
  readonly zone: string;
  /** First frame. */
  readonly startPfn: Pfn;
  /** From the first frame to the last, holes included. */
  readonly spanned: number;
  /** Without the holes. */
  readonly present: number;
  /** Those that are the allocator's: present and not reserved. */
  readonly managed: number;
  /** Pages in free areas; the ones on per-cpu lists and in isolated pageblocks do not count. */
  readonly free: number;
  /** Of `free`, those in CMA pageblocks. */
  readonly freeCma: number;
  /** In CMA pageblocks. */
  readonly cma: number;
  /** By how much the watermarks are raised at the moment. */
  readonly boost: number;
  /** Watermark, boost included, as are the next three: below it only some requests get pages. */
  readonly min: number;
  /** Watermark: below it kswapd is woken. */
  readonly low: number;
  /** Watermark: here kswapd stops. */
  readonly high: number;
  /** Watermark of memory tiers. */
  readonly promo: number;
  /** lowmem_reserve against each zone type. */
  readonly protection: readonly number[];
  /** Free blocks of each order. */
  readonly freeCounts: readonly number[];
  /** The same by migratetype: `freeByType[type][order]`. */
  readonly freeByType: readonly (readonly number[])[];
  /** Pageblocks of each migratetype. */
  readonly pageblocks: readonly number[];
  /** By cpu. */
  readonly pagesets: readonly PagesetReport[];
}

/** Reports of all zones, nodes ascending, zones ascending. */
export function zoneReports(m: Memory): ZoneReport[] {
  return Array.from({ length: m.layout.zones }, (_, zone) => zoneReport(m, zone));
}

function zoneReport(m: Memory, zone: number): ZoneReport {
  const { words, layout } = m;
  const zb = zoneBase(m, zone);
  const at = (word: number): number => words[zb + word]!;
  return {
    node: at(Z.Z_NODE),
    zone: zoneNameOf(m, zb),
    startPfn: at(Z.Z_START),
    spanned: at(Z.Z_SPANNED),
    present: at(Z.Z_PRESENT),
    managed: at(Z.Z_MANAGED),
    free: at(Z.Z_FREE_PAGES),
    freeCma: at(Z.Z_FREE_CMA),
    cma: at(Z.Z_CMA_PAGES),
    boost: at(Z.Z_BOOST),
    min: at(Z.Z_MIN) + at(Z.Z_BOOST),
    low: at(Z.Z_LOW) + at(Z.Z_BOOST),
    high: at(Z.Z_HIGH) + at(Z.Z_BOOST),
    promo: at(Z.Z_PROMO) + at(Z.Z_BOOST),
    protection: Array.from({ length: layout.zoneTypes }, (_, type) => at(Z.Z_PROTECTION + type)),
    freeCounts: Array.from({ length: ORDERS }, (_, order) => at(Z.Z_NR_FREE + order)),
    freeByType: Array.from({ length: MIGRATE_TYPES }, (_, type) =>
      Array.from({ length: ORDERS }, (_, order) => listLength(m, freeListHead(zb, order, type))),
    ),
    pageblocks: countPageblocks(m, zone, at(Z.Z_START), at(Z.Z_START) + at(Z.Z_SPANNED)),
    pagesets: Array.from({ length: layout.cpus }, (_, cpu) => {
      const pcp = pcpBase(m, zb, cpu);
      return { count: words[pcp + P.P_COUNT]!, high: words[pcp + P.P_HIGH]!, batch: words[pcp + P.P_BATCH]! };
    }),
  };
}

/** Free pages of all zones, in free areas or on per-cpu lists; not those in isolated pageblocks. */
export function countFree(m: Memory): number {
  const { words, layout } = m;
  let pages = 0;
  for (let zone = 0; zone < layout.zones; zone++) {
    const zb = zoneBase(m, zone);
    pages += words[zb + Z.Z_FREE_PAGES]!;
    for (let cpu = 0; cpu < layout.cpus; cpu++) pages += words[pcpBase(m, zb, cpu) + P.P_COUNT]!;
  }
  return pages;
}

function listLength({ words }: Memory, head: number): number {
  let length = 0;
  for (let at = words[head]!; at !== head; at = words[at]!) length++;
  return length;
}

/** One look every 512 frames from the zone's start, which need not be the start of a pageblock. */
function countPageblocks(m: Memory, zone: number, start: Pfn, end: Pfn): number[] {
  const counts = new Array<number>(MIGRATE_TYPES).fill(0);
  for (let pfn = start; pfn < end; pfn += PAGEBLOCK_PAGES) {
    if (zoneNumberOf(m, pfn) === zone) counts[blockType(m, pfn)]!++;
  }
  return counts;
}
