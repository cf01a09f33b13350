/** Storage beside each page frame for the clients that ask for it; none asks: no memory. */

// The life of page_ext
export { PageExt, type PageExtClient, type PageExtOptions, type PageExtUsage } from './page-ext.js';

// Entries and where they lie
export { PageExtTable } from './page-ext-table.js';
export { PageExtLookup, type PageExtImage } from './page-ext-lookup.js';
export {
  FLAGS_BYTES,
  layoutEntry,
  type EntryClient,
  type EntryLayout,
  type EntryRule,
} from './entry-layout.js';
export { clearFlag, setFlag, testFlag } from './shared-flags.js';
export { PAGE_EXT_IDLE, PAGE_EXT_OWNER, PAGE_EXT_OWNER_ALLOCATED, PAGE_EXT_YOUNG } from './shared-flags.js';

// What it is built on
export { frameMapOf, type FrameMap, type NodeId, type NodeSpan, type Pfn } from './frame-map.js';
export { HEAP_TABLES, SHARED_TABLES, type TableSource } from './table-source.js';
export type { Release } from './release.js';
export { PAGES_PER_SECTION, SECTION_SHIFT, tableTime } from './memory-model.js';
export type { BootConditions, MemoryModel } from './memory-model.js';
