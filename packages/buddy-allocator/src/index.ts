/** Linux's zoned buddy page allocator over one ArrayBuffer or SharedArrayBuffer. */

export { attachAllocator, createAllocator, type AttachOptions, type PageAllocator } from './allocator.js';
export type { AllocatorOptions, AllocatorSettings, AllocatorSize } from './create.js';
export type { FrameRange, NodeOptions, ZoneLimit } from './layout/memory-map.js';
export { FRAMES_LIMIT, X86_64_ZONE_LIMITS } from './layout/memory-map.js';
export type { AllocatorKernel } from './memory.js';
export { LAYOUT_VERSION, layoutOf, type Layout, type Shape } from './layout/header-layout.js';

// Sizes and numbers
export { MAX_ORDER, NO_PAGE, ORDERS, PAGE_SHIFT, PAGE_SIZE, type Pfn } from './limits.js';
export { COSTLY_ORDER, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES, SECTION_PAGES } from './limits.js';
export { MIGRATE_CMA, MIGRATE_HIGHATOMIC, MIGRATE_ISOLATE } from './layout/migratetypes.js';
export {
  MIGRATE_MOVABLE,
  MIGRATE_RECLAIMABLE,
  MIGRATE_UNMOVABLE,
  type Migratetype,
} from './layout/migratetypes.js';

// Who is told, who is asked
export type { CompactionRun, PageHooks, PageMover, PageReclaimer, PageTracer } from './hooks.js';
export { MR_COMPACTION, MR_CONTIG_RANGE, MR_MEMORY_HOTPLUG } from './hooks.js';
export {
  traceHeader,
  traceLines,
  traceText,
  type TraceLine,
  type TraceTextOptions,
} from './reports/tracepoints.js';

// Reports
export type { Block, FrameKind, FrameZone } from './zones/frames.js';
export { fragmentationPercent, type FreeCounts } from './reports/extfrag.js';
export { buddyinfoText, extfragIndexText, pagetypeinfoText, unusableIndexText } from './reports/proc-text.js';
export type { MixedBlocks } from './reports/proc-text.js';
export type { PagesetReport, ZoneReport } from './reports/zone-report.js';
export {
  NODE_STATS,
  NUMA_STATS,
  ZONE_STATS,
  zoneinfoText,
  type Stats,
  type ZoneinfoOptions,
} from './reports/zoneinfo-text.js';
export { minFreeKbytes } from './zones/watermarks.js';
