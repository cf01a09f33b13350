/** Who moves pages on a machine, and who frees some when there are none: asked by the allocator, counted as events. */
import {
  PAGEBLOCK_ORDER,
  type CompactionRun,
  type PageMover,
  type PageReclaimer,
  type Pfn,
} from '@page-owner/buddy-allocator';
import type { MemoryEvents } from './memory-events.js';
import type { PageNotes } from '../pages/page-notes.js';

/** Counts moves; what is noted of a page moves with it. */
export class CountedMover implements PageMover {
  readonly inner: PageMover;
  readonly #notes: PageNotes;
  readonly #events: MemoryEvents;

  constructor(inner: PageMover, notes: PageNotes, events: MemoryEvents) {
    this.inner = inner;
    this.#notes = notes;
    this.#events = events;
  }

  move(oldPfn: Pfn, newPfn: Pfn, order: number): boolean {
    const moved = this.inner.move(oldPfn, newPfn, order);
    const outcome = moved ? 'success' : 'fail';
    this.#events.add(`pgmigrate_${outcome}`, 2 ** order);
    if (order === PAGEBLOCK_ORDER) this.#events.add(`thp_migration_${outcome}`);
    if (!moved) return false;
    this.#notes.setBlock(newPfn, order, this.#notes.at(oldPfn));
    this.#notes.setBlock(oldPfn, order, 0);
    return true;
  }

  compacted(run: CompactionRun): void {
    this.#events.compacted(run);
    this.inner.compacted?.(run);
  }

  compactionStalled(success: boolean): void {
    this.#events.add('compact_stall');
    this.#events.add(success ? 'compact_success' : 'compact_fail');
    this.inner.compactionStalled?.(success);
  }
}

/** Who frees pages of a machine when memory is short. */
export interface MachineReclaimer {
  /**
   * Frees what it can through the machine, and returns how many pages that were; 0 says that there is nothing left.
   *
   * @param gfp mask of the request that waits for it
   * @param kswapd the node whose kswapd asks, and wants pages of that node; a request that waits unless given
   */
  reclaim(gfp: number, order: number, kswapd?: number): number;
  /** Frees all clean page cache, or all slabs that can be reclaimed, as writing to drop_caches asks for. */
  drop?(kind: 'pagecache' | 'slab'): void;
}

interface ReclaimWatcher {
  /** A request has to reclaim. */
  readonly stalled: (gfp: number) => void;
  /** It got something. */
  readonly progress: () => void;
  readonly wakeKswapd: NonNullable<PageReclaimer['wakeKswapd']>;
}

/** Counts direct reclaim, and passes on who wakes kswapd. */
export class CountedReclaimer implements PageReclaimer {
  inner: MachineReclaimer | null = null;
  readonly wakeKswapd: NonNullable<PageReclaimer['wakeKswapd']>;
  readonly #watcher: ReclaimWatcher;

  constructor(watcher: ReclaimWatcher) {
    this.#watcher = watcher;
    this.wakeKswapd = watcher.wakeKswapd;
  }

  reclaim(gfp: number, order: number): number {
    this.#watcher.stalled(gfp);
    const freed = this.inner?.reclaim(gfp, order) ?? 0;
    if (freed > 0) this.#watcher.progress();
    return freed;
  }
}
