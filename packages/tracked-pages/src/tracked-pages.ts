/** What can be asked about owners. */
import type { PageAllocator, Pfn } from '@page-owner/buddy-allocator';
import { formatRecord, type PageOwnerRecord } from '@page-owner/dump-format';
import { OwnerRecord } from '@page-owner/page-owner';
import { FRAME_WORDS, type StackHandle } from '@page-owner/stackdepot';
import { toRecord } from './to-record.js';
import { MAX_DEPTH, type Tracker, type TrackerImage } from './tracker.js';

/** What one call stack holds. */
export interface StackPages {
  /** Pages that it holds. */
  readonly pages: number;
  /** Innermost frame first, the caller of the allocator: `Atlas.grow+0x42/0x7 [src/atlas.js]` is in line 42, column 7. */
  readonly stack: readonly string[];
}

/** Bytes beside the allocator's own state; all 0 while off. */
export interface TrackUsage {
  /** 72 for each page. */
  readonly records: number;
  /**
   * The stack depot and the texts of frames, which grow with distinct stacks. What threads share is as large as it may get,
   * and the system backs what is touched.
   */
  readonly stacks: number;
}

const CHUNK_LETTERS = 1 << 16;

/** Who took the pages of an allocator. Made by `trackPages` and `attachTracker`. */
export class TrackedPages {
  /** Whether `page_owner` said so. */
  readonly enabled: boolean;
  readonly #allocator: PageAllocator;
  readonly #tracker: Tracker;
  readonly #log: ((line: string) => void) | undefined;
  readonly #texts = new Map<StackHandle, readonly string[]>();
  #warned = false;

  /** @internal Use `trackPages`, in another thread `attachTracker`. */
  constructor(allocator: PageAllocator, tracker: Tracker, log?: (line: string) => void) {
    this.enabled = tracker.owner.enabled;
    this.#allocator = allocator;
    this.#tracker = tracker;
    this.#log = log;
  }

  /**
   * The tracker for another thread, to be posted to it; see `attachTracker`. Null while off.
   *
   * @throws Error if the allocator is not shared
   */
  image(): TrackerImage | null {
    if (!this.enabled) return null;
    const image = this.#tracker.image();
    if (Object.prototype.toString.call(image.depot) !== '[object SharedArrayBuffer]')
      throw new Error(
        'a tracker goes to other threads if its allocator does: createAllocator({ shared: true })',
      );
    return image;
  }

  /**
   * How often threads without a tracker have taken, freed, split or moved a block of a shared allocator. While it is 0,
   * answers are complete. Else they leave out what such threads hold, and the rest is checked against the allocator.
   */
  get unhooked(): number {
    return this.enabled ? this.#allocator.unhooked - this.#tracker.unhooked : 0;
  }

  /**
   * Stacks that hold pages, those with the most first. Pages that were taken before tracking began are of no stack: like the
   * kernel's show_stacks this leaves them out, and only {@link records} and what is made of them has them.
   */
  byStack(): StackPages[] {
    const { owner } = this.#tracker;
    if (owner.stacks === null || !this.enabled) return [];
    const { stacks } = owner;
    const counted = this.#isComplete()
      ? [...stacks.handles()].map((handle) => [handle, stacks.pagesOf(handle)] as const)
      : [...this.#countRecords()];
    return counted
      .filter(([, pages]) => pages > 0)
      .map(([handle, pages]) => ({ pages, stack: this.#stackOf(handle) }))
      .sort((a, b) => b.pages - a.pages);
  }

  /**
   * Who took the block that this page is part of; undefined while the page is free, if a thread without a tracker has taken
   * it, or nothing is tracked.
   */
  ownerOf(pfn: Pfn): PageOwnerRecord | undefined {
    return this.#allocator.locked(() => {
      const record = new OwnerRecord();
      if (!this.#tracker.owner.recordAt(pfn, record) || !record.allocated) return undefined;
      return this.#isComplete() || this.#isHeld(pfn) ? this.#recordOf(record) : undefined;
    });
  }

  /**
   * Records of all blocks in use, as in a dump. Pages that were taken before tracking began have one each. What threads do
   * meanwhile may be seen or not.
   */
  *records(): Generator<PageOwnerRecord> {
    if (!this.enabled) return;
    const next = this.#heldRecords();
    for (let record = next(); record !== undefined; record = next()) yield this.#recordOf(record);
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
    return this.#allocator.locked(() => {
      const { owner, texts } = this.#tracker;
      const text = owner.dumpPage(pfn, texts);
      const record = new OwnerRecord();
      const allocated = owner.recordAt(pfn, record) && record.allocated;
      if (!allocated || this.#isComplete() || this.#isHeld(pfn)) return text;
      return `pfn ${pfn} was taken or freed by a thread without a tracker; this is from before:\n${text}`;
    });
  }

  /** What tracking takes, in bytes; zeros while it is off. */
  memoryUsage(): TrackUsage {
    if (!this.enabled) return { records: 0, stacks: 0 };
    const { owner, depot, texts } = this.#tracker.image();
    return {
      records: owner.pageExt.tables.reduce((bytes, table) => bytes + (table?.byteLength ?? 0), 0),
      stacks: depot.byteLength + texts.byteLength,
    };
  }

  /** Whether all threads have told what they did; the log is told once if not. */
  #isComplete(): boolean {
    const { unhooked } = this;
    if (unhooked !== 0 && !this.#warned) {
      this.#warned = true;
      this.#log?.(`page_owner: threads without a tracker took, freed, split or moved ${unhooked} blocks`);
    }
    return unhooked === 0;
  }

  /** Whether the allocator agrees that somebody of whom we know has this page. */
  #isHeld(pfn: Pfn): boolean {
    return this.#allocator.blockAt(pfn).kind === 'allocated' && !this.#allocator.isUnhooked(pfn);
  }

  /** Gives one after the other, each as it was between two changes. */
  #heldRecords(): () => OwnerRecord | undefined {
    const file = this.#tracker.owner.open();
    const isNext = (): boolean => {
      while (file.next()) if (this.#isComplete() || this.#isHeld(file.record.pfn)) return true;
      return false;
    };
    return () => (this.#allocator.locked(isNext) ? file.record : undefined);
  }

  /** Pages by stack where the depot's counts are not to be trusted: what others freed is still in them. */
  #countRecords(): Map<StackHandle, number> {
    const { early } = this.#tracker.owner.ownHandles;
    const pages = new Map<StackHandle, number>();
    const next = this.#heldRecords();
    for (let record = next(); record !== undefined; record = next()) {
      const { handle, order } = record;
      if (handle !== early) pages.set(handle, (pages.get(handle) ?? 0) + 2 ** order);
    }
    return pages;
  }

  #recordOf(record: OwnerRecord): PageOwnerRecord {
    const pageblockType = this.#allocator.pageblockType(record.pfn);
    return toRecord(record, this.#tracker.owner.era, pageblockType, this.#stackOf(record.handle));
  }

  #stackOf(handle: StackHandle): readonly string[] {
    let stack = this.#texts.get(handle);
    if (stack === undefined) {
      const { depot, texts } = this.#tracker;
      const frames = new Uint32Array(FRAME_WORDS * MAX_DEPTH);
      const depth = depot.fetch(handle, frames);
      stack = Array.from({ length: depth }, (_, i) => texts.symbolize(frames[FRAME_WORDS * i]!));
      this.#texts.set(handle, stack);
    }
    return stack;
  }
}
