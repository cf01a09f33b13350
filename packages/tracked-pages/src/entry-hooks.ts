/** Between the allocator and page_owner: by what functions the program has come here. */
import type { PageAllocator } from '@page-owner/buddy-allocator';
import type { PageHooks } from '@page-owner/page-owner';
import type { CallStacks } from './call-stacks.js';
import type { Entry } from './running-stack.js';

/** Each hook says by what functions it is reached, so that a stack begins at their caller. */
export function entryHooks(allocator: PageAllocator, hooks: PageHooks, stacks: CallStacks): PageHooks {
  const { allocPages, allocPagesBulk, allocPagesExact, allocAt, allocRange } = allocator;
  const { freePages, freeBatch, freePagesExact, freeRange, splitPage, splitFolio } = allocator;
  const allocating: Entry[] = [allocPages, allocPagesBulk, allocPagesExact, allocAt, allocRange];
  const freeing: Entry[] = [freePages, freeBatch, freePagesExact, freeRange, allocPagesExact];
  const splitting: Entry[] = [splitPage, splitFolio, allocPagesExact];
  return {
    allocated: (pfn, order, gfp) => {
      stacks.entries = allocating;
      try {
        hooks.allocated(pfn, order, gfp);
      } catch (error) {
        passUnlessOverflow(error);
      }
    },
    freed: (pfn, order) => {
      // Its record, if it has one, is of an owner before, who has been told of as freed or never will be.
      if (allocator.unhooked !== 0 && allocator.isUnhooked(pfn)) return;
      stacks.entries = freeing;
      try {
        hooks.freed(pfn, order);
      } catch (error) {
        passUnlessOverflow(error);
      }
    },
    split: (pfn, oldOrder, newOrder) => {
      stacks.entries = splitting;
      try {
        hooks.split(pfn, oldOrder, newOrder);
      } catch (error) {
        passUnlessOverflow(error);
      }
    },
    migrated: (newPfn, oldPfn, order, reason) => hooks.migrated(newPfn, oldPfn, order, reason),
  };
}

/** At the end of the program's stack a page without a record is better than one that nobody has. */
function passUnlessOverflow(error: unknown): void {
  const { name } = error as Error;
  if (name !== 'RangeError' && name !== 'InternalError') throw error;
}
