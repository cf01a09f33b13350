/** Who allocated each page: Linux's page_owner on typed arrays. */

// The tracker
export { PageOwner, type PageOwnerImage, type PageOwnerOptions } from './page-owner.js';
export type { TrackerSurroundings } from './page-owner.js';
export type { PageHooks } from './page-hooks.js';
export { parsePageOwnerParam } from './boot-param.js';

// What it is handed
export { COMM_BYTES, Task, type Clock, type CurrentTask, type FrameView } from './surroundings.js';
export type { OwnStackName, StackSource, ZoneView } from './surroundings.js';
export { AllocatorFrames, type FrameAllocator } from './allocator-frames.js';

// Its files
export { textFormatter, type PageOwnerFile, type RecordFormatter } from './page-owner-file.js';
export { OwnerRecord } from './owner-record.js';
export type { PrintMode } from './file-filter.js';
export type { StackFiles } from './stack-files.js';
export type { DebugfsFile } from './debugfs-files.js';
export type { Errno } from './errno.js';
export type { OwnHandles } from './stack-keeper.js';

// How kernels differ
export { TRACKER_CHANGES, trackerRules, type DumpWording, type TrackerRules } from './tracker-rules.js';
