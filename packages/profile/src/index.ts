/** Who holds the memory, what grew, who fragments it. */

// From bytes to tables
export { ProfileBuilder, profileDump, type ProfileOptions } from './reading/profile-builder.js';
export type { ByteSource } from '@page-owner/dump-format';
export { sampleFilter, selectsRecord, type Conditions, type Selection } from './analysis/selection.js';
export type { GfpCondition } from './facts/gfp-condition.js';
export { RecordSelector } from './reading/record-selector.js';
export { latestTime } from './reading/latest-time.js';
export type { DumpReader } from './reading/dump-reader.js';
export type { SortedReader } from './reading/sorted-reader.js';

// The tables
export type { Profile, ProfileSource } from './tables/profile.js';
export { EMPTY_STACK, VMLINUX } from './tables/stack-table.js';
export type { FrameTable, FunctionTable, ModuleTable } from './tables/stack-table.js';
export type { StackTable, StackTables } from './tables/stack-table.js';
export type { CgroupTable, TaskTable } from './tables/name-tables.js';
export { KEY_COLUMNS, NO_TIME } from './tables/sample-table.js';
export type { KeyColumn, SampleKey, SampleTable } from './tables/sample-table.js';
export { UNKNOWN } from './indices.js';
export type { BlockIndex, CgroupIndex, FrameIndex, FunctionIndex } from './indices.js';
export type { ModuleIndex, SampleIndex, StackIndex, TaskIndex } from './indices.js';

// What stacks and pages are
export { exactStackId, stackId } from './facts/stack-id.js';
export { parseFrame, parseFrames, type FrameText } from './facts/frame-text.js';
export { ALLOCATOR_CLASSES, classOfStack, RECLAIMS, reclaimOf } from './facts/allocator-class.js';
export type { AllocatorClass, Reclaim } from './facts/allocator-class.js';
export { MIGRATETYPES, type MigratetypeName } from './facts/page-facts.js';

// Who holds it
export { breakdown, DIMENSIONS, reclaimOfSample } from './analysis/breakdown.js';
export { functionText, ownerTexts, stackTexts } from './analysis/breakdown.js';
export type { BreakdownRow, Dimension, SampleFilter } from './analysis/breakdown.js';
export { tells } from './analysis/told.js';
export { stackTree, type StackNode, type WeightedStack } from './analysis/stack-tree.js';

// What grew, and how old it is
export { growth, type Growth, type GrowthOptions, type GrowthRow } from './analysis/growth.js';
export { GROWTH_CLASSES, growthClass, type GrowthClass } from './analysis/growth-class.js';
export { leakScore, MIN_GROWTH } from './analysis/growth-class.js';
export { pagesOlderThan, type AgeTable } from './tables/age-table.js';

// Who fragments it
export { fragmentation, mixedCounts } from './analysis/fragmentation.js';
export type { BlockedPages, Blocker, Fragmentation } from './analysis/fragmentation.js';
export type { FragmentationOptions, MixedCount } from './analysis/fragmentation.js';
export type { Pageblocks } from './tables/pageblocks.js';
export type { FixedShares } from './tables/fixed-shares.js';
export { fragmentationIndex, unusableIndex } from './analysis/free-areas.js';
export { parseBuddyinfo, parsePagetypeinfo } from './analysis/free-areas.js';
export type { BlockCounts, FreeAreas, Pagetypeinfo } from './analysis/free-areas.js';

// How much of memory that is
export { parseMeminfo, parseVmstat, parseZoneinfo, reconcile } from './analysis/reconcile.js';
export type { Comparison, Counters, KernelCounters } from './analysis/reconcile.js';
export type { Reconciliation, ZoneCounters } from './analysis/reconcile.js';
