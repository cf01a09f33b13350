/** Frames no record tells of, where blocks can be that are to be migrated. */
import type { PageAllocator } from '@page-owner/buddy-allocator';
import type { Recording } from './recording.js';

export class ScratchFrames {
  readonly #allocator: PageAllocator;
  /** 1 for each frame of a record. */
  readonly #taken: Uint8Array;
  readonly #blocks = new Map<number, number>();

  constructor(allocator: PageAllocator, { early, later }: Recording) {
    this.#allocator = allocator;
    this.#taken = new Uint8Array(allocator.frames);
    for (const { pfn, order } of [...early, ...later]) this.#taken.fill(1, pfn, pfn + 2 ** order);
  }

  /** The first frame of a free block of 2^`order` frames, always the same one; -1 if there is none. */
  blockOf(order: number): number {
    let block = this.#blocks.get(order);
    if (block === undefined) {
      block = this.#find(2 ** order);
      this.#blocks.set(order, block);
    }
    return block;
  }

  #find(pages: number): number {
    for (let start = 0; start + pages <= this.#taken.length; start += pages) {
      let pfn = start;
      while (pfn < start + pages && this.#taken[pfn] === 0 && this.#allocator.isFree(pfn)) pfn++;
      if (pfn === start + pages) return start;
    }
    return -1;
  }
}
