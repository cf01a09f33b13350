/** Who moves pages on a machine, and who frees some when there are none: asked by the allocator, counted as events. */
import {
  PAGEBLOCK_ORDER,
  type CompactionRun,
  type PageMover,
  type PageReclaimer,
  type Pfn,
} from '@page-owner/buddy-allocator';
import type { MemoryEvents } from './memory-events.js';
import type { PageNotes } from './page-notes.js';

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

/** Counts direct reclaim. */
export class CountedReclaimer implements PageReclaimer {
  readonly inner: PageReclaimer;
  readonly #stalled: (gfp: number) => void;

  /** @param stalled told of each request that has to reclaim */
  constructor(inner: PageReclaimer, stalled: (gfp: number) => void) {
    this.inner = inner;
    this.#stalled = stalled;
  }

  reclaim(gfp: number, order: number): number {
    this.#stalled(gfp);
    return this.inner.reclaim(gfp, order);
  }
}
