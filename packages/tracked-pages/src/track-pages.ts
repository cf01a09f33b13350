/** The composition: an allocator of the program's own memory, page_ext, a stack depot, and page_owner on its hooks. */
import type { PageAllocator, Pfn } from '@page-owner/buddy-allocator';
import { formatRecord, type PageOwnerRecord } from '@page-owner/dump-format';
import { PageExt, frameMapOf } from '@page-owner/page-ext';
import {
  AllocatorFrames,
  OwnerRecord,
  PageOwner,
  parsePageOwnerParam,
  type PageHooks,
} from '@page-owner/page-owner';
import { FRAME_WORDS, StackDepot, type StackHandle } from '@page-owner/stackdepot';
import { CallStacks } from './call-stacks.js';
import type { Entry } from './running-stack.js';
import { ProgramClock } from './program-clock.js';
import { ProgramTasks } from './program-tasks.js';
import { toRecord } from './to-record.js';

export interface TrackOptions {
  /**
   * As on a kernel's command line: `on`, `1`, `y` or `t` tracks; only the first letters count, in either case. With anything else, and with nothing, the allocator stays as
   * it is: no hook, and no byte beside it.
   */
  readonly page_owner?: string | undefined;
  /** Frames of a stack that are kept, 1 to 16. Default 16, as in Linux. Fewer are faster. */
  readonly depth?: number | undefined;
  /**
   * Who runs, asked at each allocation and each free; 15 bytes of it are kept. Default: always `main`, and that is whoever
   * runs while it returns undefined, throws, or takes pages itself.
   */
  readonly task?: () => string | undefined;
}

/** What one call stack holds. */
export interface StackPages {
  readonly pages: number;
  /** Innermost frame first, the caller of the allocator: `Atlas.grow+0x42/0x7 [src/atlas.js]` is in line 42, column 7. */
  readonly stack: readonly string[];
}

/** Bytes beside the allocator's own state; all 0 while off. */
export interface TrackUsage {
  /** 72 for each page. */
  readonly records: number;
  /** The stack depot: a hash table, and pools that grow with distinct stacks. */
  readonly stacks: number;
}

/** The kernel whose page_owner this is: one that counts pages by stack. */
const KERNEL = '6.12';

/** PAGE_OWNER_STACK_DEPTH. */
const MAX_DEPTH = 16;

/** Distinct stacks there is room for at first. */
const LIST_CAPACITY = 1024;

const CHUNK_LETTERS = 1 << 16;

/** Who took the pages of an allocator. Made by {@link trackPages}. */
export class TrackedPages {
  /** Whether `page_owner` said so. */
  readonly enabled: boolean;
  readonly #allocator: PageAllocator;
  readonly #stacks: CallStacks;
  readonly #depot: StackDepot;
  readonly #owner: PageOwner;
  readonly #ext: PageExt;
  readonly #texts = new Map<StackHandle, readonly string[]>();

  /** Use {@link trackPages}. */
  constructor(allocator: PageAllocator, { page_owner, task, depth = MAX_DEPTH }: TrackOptions) {
    if (!(Number.isInteger(depth) && depth >= 1 && depth <= MAX_DEPTH)) {
      throw new RangeError(`a stack has 1 to ${MAX_DEPTH} frames, got ${depth}`);
    }
    this.#stacks = new CallStacks(depth);
    this.enabled = parsePageOwnerParam(page_owner ?? null, KERNEL) === true;
    if (this.enabled && allocator.hooks !== null) throw new Error('the allocator has hooks already');
    // What waits on per-cpu lists is in nobody's hands, and not to be marked as allocated early.
    if (this.enabled) allocator.drainPcp();
    const frames = new AllocatorFrames(allocator);
    const { zones } = frames;
    const memoryPages = zones.reduce((pages, { startPfn, endPfn }) => pages + endPfn - startPfn, 0);
    this.#allocator = allocator;
    this.#depot = StackDepot.create({ memoryPages, disabled: !this.enabled });
    this.#owner = new PageOwner({
      ...{ kernel: KERNEL, parameter: page_owner, depot: this.#depot, stacks: this.#stacks, frames },
      ...{ clock: new ProgramClock(), current: new ProgramTasks(task), listCapacity: LIST_CAPACITY },
    });
    this.#ext = new PageExt({
      clients: [this.#owner.client],
      model: 'flatmem',
      frames: frameMapOf(zones.map(({ node, startPfn, endPfn }) => ({ node, startPfn, endPfn }))),
    });
    this.#ext.boot();
    if (this.#owner.hooks !== null) allocator.hooks = this.#fromEntries(this.#owner.hooks);
  }

  /** Stacks that hold pages, those with the most first. */
  byStack(): StackPages[] {
    const { stacks } = this.#owner;
    if (stacks === null || !this.enabled) return [];
    return [...stacks.handles()]
      .map((handle) => ({ pages: stacks.pagesOf(handle), stack: this.#stackOf(handle) }))
      .filter(({ pages }) => pages > 0)
      .sort((a, b) => b.pages - a.pages);
  }

  /** Who took the block that this page is part of; undefined while the page is free, or nothing is tracked. */
  ownerOf(pfn: Pfn): PageOwnerRecord | undefined {
    const record = new OwnerRecord();
    if (!this.#owner.recordAt(pfn, record) || !record.allocated) return undefined;
    return this.#recordOf(record);
  }

  /** Records of all blocks in use, as in a dump. Pages that were taken before tracking began have one each. */
  *records(): Generator<PageOwnerRecord> {
    if (!this.enabled) return;
    const file = this.#owner.open();
    while (file.next()) yield this.#recordOf(file.record);
  }

  /** The dump, as /sys/kernel/debug/page_owner of Linux 6.12 prints it, in pieces. */
  *chunks(): Generator<string> {
    let text = '';
    for (const record of this.records()) {
      text += formatRecord(record, 'V7');
      if (text.length < CHUNK_LETTERS) continue;
      yield text;
      text = '';
    }
    if (text !== '') yield text;
  }

  /** The dump as one text. */
  dump(): string {
    return [...this.chunks()].join('');
  }

  /** What the kernel logs of a bad page: who took it, and who freed it last. */
  dumpPage(pfn: Pfn): string {
    return this.#owner.dumpPage(pfn, this.#stacks);
  }

  memoryUsage(): TrackUsage {
    if (!this.enabled) return { records: 0, stacks: 0 };
    return { records: this.#ext.memoryUsage().tableBytes, stacks: this.#depot.buffer.byteLength };
  }

  /** Each hook says by what functions it is reached, so that a stack begins at their caller. */
  #fromEntries(hooks: PageHooks): PageHooks {
    const stacks = this.#stacks;
    const { allocPages, allocPagesBulk, allocPagesExact, allocAt, allocRange } = this.#allocator;
    const { freePages, freeBatch, freePagesExact, freeRange, splitPage, splitFolio } = this.#allocator;
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

  #recordOf(record: OwnerRecord): PageOwnerRecord {
    const pageblockType = this.#allocator.pageblockType(record.pfn);
    return toRecord(record, this.#owner.era, pageblockType, this.#stackOf(record.handle));
  }

  #stackOf(handle: StackHandle): readonly string[] {
    let stack = this.#texts.get(handle);
    if (stack === undefined) {
      const frames = new Uint32Array(FRAME_WORDS * MAX_DEPTH);
      const depth = this.#depot.fetch(handle, frames);
      stack = Array.from({ length: depth }, (_, i) => this.#stacks.symbolize(frames[FRAME_WORDS * i]!));
      this.#texts.set(handle, stack);
    }
    return stack;
  }
}

/** At the end of the program's stack a page without a record is better than one that nobody has. */
function passUnlessOverflow(error: unknown): void {
  const { name } = error as Error;
  if (name !== 'RangeError' && name !== 'InternalError') throw error;
}

/**
 * Tracks who takes the pages of `allocator` from now on; pages in use are found and marked, as in a kernel whose page_owner
 * wakes after its first allocations. Memory that is plugged in later is not tracked.
 *
 * ```ts
 * const pages = createAllocator({ bytes: memory.buffer.byteLength });
 * const tracked = trackPages(pages, { page_owner: process.env.PAGE_OWNER });
 * ...
 * console.log(tracked.byStack()[0]);
 * ```
 *
 * @throws RangeError if `depth` is out of range, Error if the allocator has hooks already
 */
export const trackPages = (allocator: PageAllocator, options: TrackOptions = {}): TrackedPages =>
  new TrackedPages(allocator, options);
