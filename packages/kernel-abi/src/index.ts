/** The Linux page allocator's names, numbers and record layouts that differ by kernel: text and bits, both ways. */

export { ERAS, eraOf, type Era, type Release } from './era.js';
export { DEFAULT_CONFIG, type KernelConfig } from './kernel-config.js';
export { requireKnownOptions } from './option-names.js';

// What a request asks for
export { gfpTable, type GfpName, type GfpTable } from './gfp-flags.js';
export { formatGfp, parseGfp } from './gfp-text.js';
export { GFP_ZONE_MASK, gfpZone, gfpZoneTable } from './gfp-zone.js';

// Where pages lie, and why they moved
export { zoneIndex, zoneName, X86_32_ZONES, X86_64_ZONES, type ZoneList, type ZoneName } from './zones.js';
export { X86_64_DMA_END_PFN, X86_64_DMA32_END_PFN } from './zones.js';
export { gfpMigratetype, migratetypeName, migratetypeNumber, migratetypeTable } from './migratetype.js';
export { MIGRATE_PCPTYPES, type MigratetypeName, type MigratetypeTable } from './migratetype.js';
export { migrateReasonName, migrateReasonNumber, migrateReasonTable } from './migrate-reason.js';
export { MIGRATE_REASON_NEVER, type MigrateReasonTable } from './migrate-reason.js';

// The flags word of a page
export { pageFlagsTable, type PageFlag, type PageFlagsTable } from './page-flags.js';
export { formatPageFlags, pageFlagsWord, parsePageFlags, type PageFlagsFormat } from './page-flags-text.js';
export { formatPageFlagColumns, parsePageFlagColumns } from './page-flag-columns.js';
export { getPageFlagsField, pageFlagsShift, setPageFlagsField } from './page-flags-layout.js';
export { PAGE_FLAGS_FIELDS, pageFlagsLayout, X86_64_LAYOUT } from './page-flags-layout.js';
export type { PageFlagsBuild, PageFlagsField, PageFlagsLayout } from './page-flags-layout.js';

// What page_owner keeps per page
export { pageExtLayout, pageExtPages } from './page-ext-layout.js';
export type { PageExtField, PageExtLayout, PageExtType } from './page-ext-layout.js';
