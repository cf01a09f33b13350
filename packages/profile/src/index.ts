/** Who holds the memory, what grew, who fragments it. */

// From bytes to tables
export { ProfileBuilder, profileDump, type ProfileOptions } from './profile-builder.js';
export type { ByteSource } from '@page-owner/dump-format';
export { sampleFilter, selectsRecord, type Conditions, type Selection } from './selection.js';
export type { GfpCondition } from './gfp-condition.js';
export { RecordSelector } from './record-selector.js';
export { latestTime } from './latest-time.js';
export type { DumpReader } from './dump-reader.js';
export type { SortedReader } from './sorted-reader.js';

// The tables
export type { Profile, ProfileSource } from './profile.js';
export { EMPTY_STACK, VMLINUX } from './stack-table.js';
export type { FrameTable, FunctionTable, ModuleTable, StackTable, StackTables } from './stack-table.js';
export type { CgroupTable, TaskTable } from './name-tables.js';
export { KEY_COLUMNS, NO_TIME } from './sample-table.js';
export type { KeyColumn, SampleKey, SampleTable } from './sample-table.js';
export { UNKNOWN } from './indices.js';
export type { BlockIndex, CgroupIndex, FrameIndex, FunctionIndex } from './indices.js';
export type { ModuleIndex, SampleIndex, StackIndex, TaskIndex } from './indices.js';

// What stacks and pages are
export { exactStackId, stackId } from './stack-id.js';
export { parseFrame, parseFrames, type FrameText } from './frame-text.js';
export { ALLOCATOR_CLASSES, classOfStack, RECLAIMS, reclaimOf } from './allocator-class.js';
export type { AllocatorClass, Reclaim } from './allocator-class.js';
export { MIGRATETYPES, type Migratetype } from './page-facts.js';

// Who holds it
export { breakdown, DIMENSIONS, functionText, ownerTexts, reclaimOfSample, stackTexts } from './breakdown.js';
export type { BreakdownRow, Dimension, SampleFilter } from './breakdown.js';
export { tells } from './told.js';
export { stackTree, type StackNode, type WeightedStack } from './stack-tree.js';

// What grew, and how old it is
export { growth, type Growth, type GrowthOptions, type GrowthRow } from './growth.js';
export { GROWTH_CLASSES, growthClass, leakScore, MIN_GROWTH, type GrowthClass } from './growth-class.js';
export { pagesOlderThan, type AgeTable } from './age-table.js';

// Who fragments it
export { fragmentation, mixedCounts } from './fragmentation.js';
export type { BlockedPages, Blocker, Fragmentation } from './fragmentation.js';
export type { FragmentationOptions, MixedCount } from './fragmentation.js';
export type { Pageblocks } from './pageblocks.js';
export type { FixedShares } from './fixed-shares.js';
export { fragmentationIndex, parseBuddyinfo, parsePagetypeinfo, unusableIndex } from './free-areas.js';
export type { BlockCounts, FreeAreas, Pagetypeinfo } from './free-areas.js';

// How much of memory that is
export { parseMeminfo, parseVmstat, parseZoneinfo, reconcile } from './reconcile.js';
export type { Comparison, Counters, KernelCounters, Reconciliation, ZoneCounters } from './reconcile.js';
