/** Between a page allocator and a tracker; neither imports the other. */
import type { Pfn } from '@page-owner/page-ext';

/** What a page allocator calls. */
export interface PageHooks {
  /** A block was allocated. */
  allocated(pfn: Pfn, order: number, gfp: number): void;
  /** A block is about to be free. */
  freed(pfn: Pfn, order: number): void;
  /** A block is now several of `newOrder`. */
  split(pfn: Pfn, oldOrder: number, newOrder: number): void;
  /** The content of `oldPfn` moved to `newPfn`, allocated for it; `oldPfn` is freed next. */
  migrated(newPfn: Pfn, oldPfn: Pfn, order: number, reason: number): void;
}
