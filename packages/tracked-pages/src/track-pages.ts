/** How a thread begins to track. */
import type { PageAllocator } from '@page-owner/buddy-allocator';
import { requireKnownOptions } from '@page-owner/kernel-abi';
import { TrackedPages } from './tracked-pages.js';
import {
  attachedTracker,
  newTracker,
  type ThreadOptions,
  type TrackerImage,
  type TrackOptions,
} from './tracker.js';

/**
 * Tracks who takes the pages of `allocator` from now on; pages in use are found and marked, as in a kernel whose page_owner
 * wakes after its first allocations. Memory that is plugged in later is not tracked. On a shared allocator other threads
 * that allocate or free have to {@link attachTracker}.
 *
 * ```ts
 * const pages = createAllocator({ bytes: memory.buffer.byteLength });
 * const tracked = trackPages(pages, { page_owner: process.env.PAGE_OWNER });
 * ...
 * console.log(tracked.byStack()[0]);
 * ```
 *
 * @throws RangeError if `depth` is out of range; TypeError for an option that there is none of, or a `page_owner` that is no
 *   text; Error if the allocator has hooks already
 */
export const trackPages = (allocator: PageAllocator, options: TrackOptions = {}): TrackedPages =>
  new TrackedPages(allocator, newTracker(allocator, options), options.log);

const THREAD_OPTIONS: Readonly<Record<keyof ThreadOptions, true>> = { task: true, log: true };

/**
 * Joins the tracker that another thread has made with {@link trackPages}: what this thread takes and frees is told to it,
 * too, and this thread can ask it.
 *
 * ```ts
 * // main                                               // worker
 * worker.postMessage({                                  const { buffer, image } = message;
 *   buffer: pages.buffer,                               const pages = attachAllocator(buffer, { cpu: 1 });
 *   image: tracked.image(),                             const tracked = attachTracker(pages, image);
 * });
 * ```
 *
 * @param allocator this thread's, on the same buffer
 * @param image null, as while tracking is off: then this does nothing
 * @throws RangeError if the image is of an allocator of another size or version, Error if the allocator has hooks already
 */
export const attachTracker = (
  allocator: PageAllocator,
  image: TrackerImage | null,
  options: ThreadOptions = {},
): TrackedPages => {
  requireKnownOptions('attachTracker', options, THREAD_OPTIONS);
  const tracker = image === null ? newTracker(allocator, {}) : attachedTracker(allocator, image, options);
  return new TrackedPages(allocator, tracker, options.log);
};
