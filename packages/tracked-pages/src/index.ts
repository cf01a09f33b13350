/** Pages of a program's own memory, and the JavaScript call stacks of who took them. */
export { attachTracker, trackPages } from './track-pages.js';
export { TrackedPages, type StackPages, type TrackUsage } from './tracked-pages.js';
export type { ThreadOptions, TrackerImage, TrackOptions } from './tracker.js';
