/** Pages of a program's own memory, and the JavaScript call stacks of who took them. */
export { trackPages, TrackedPages } from './track-pages.js';
export type { StackPages, TrackOptions, TrackUsage } from './track-pages.js';
