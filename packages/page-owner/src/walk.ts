/** The walk over live owners: which frames a dump shows, and in which order. */
import type { PageExtTable, Pfn } from '@page-owner/page-ext';
import { NO_STACK } from '@page-owner/stackdepot';
import { orderAt, type OwnerRecord } from './owner-record.js';
import { ALLOCATED, OWNER, type RecordPlaces } from './record-places.js';
import type { OwnerStorage } from './owner-storage.js';
import type { FrameView } from './surroundings.js';
import type { TrackerRules } from './tracker-rules.js';

/** The largest block of the page allocator. Whether frames exist is only looked up at multiples of its size. */
const MAX_ORDER = 10;
const MAX_ORDER_PAGES = 1 << MAX_ORDER;

/** Says whether a record, already loaded, is to be shown. */
export interface RecordFilter {
  accepts(record: OwnerRecord): boolean;
}

/** What a walk goes through. */
export interface OwnerSpace {
  readonly frames: FrameView;
  readonly storage: OwnerStorage;
  readonly places: RecordPlaces;
  readonly rules: TrackerRules;
}

/** First frame after `pfn` that begins a block of the largest order. */
export const nextBoundary = (pfn: Pfn): Pfn => pfn - (pfn % MAX_ORDER_PAGES) + MAX_ORDER_PAGES;

/**
 * First frame after the free block that `pfn` heads, `order` being what the frame says without a lock: beyond the
 * largest order it is garbage, and only one frame is passed over.
 */
export function pastBuddy(pfn: Pfn, order: number, clamps: boolean): Pfn {
  if (order > MAX_ORDER) return pfn + 1;
  const end = pfn + 2 ** order;
  return clamps ? Math.min(end, nextBoundary(pfn)) : end;
}

/**
 * Finds the first live owner at or after `start` and copies its record.
 *
 * Passed over are: frames without memory, 1024 at a time; free blocks; frames that have no record, or, since 5.4, whose
 * record is of a freed page; since 5.4, frames that are no multiple of their own order's pages, which makes tails
 * invisible; frames without a stack; what the filter does not accept.
 *
 * @returns false at the end of memory
 */
export function findOwner(
  { frames, storage, places, rules }: OwnerSpace,
  start: Pfn,
  record: OwnerRecord,
  filter: RecordFilter | null,
): boolean {
  const { maxPfn } = frames;
  const { keepsFreed, depot, clampsBuddy } = rules;
  const live = keepsFreed ? OWNER | ALLOCATED : OWNER;
  let table: PageExtTable | null = null;
  let found = false;
  let pfn = start;
  try {
    while (pfn % MAX_ORDER_PAGES !== 0 && !frames.isValid(pfn)) pfn++;
    for (; pfn < maxPfn; pfn++) {
      if (pfn % MAX_ORDER_PAGES === 0 && !frames.isValid(pfn)) {
        pfn += MAX_ORDER_PAGES - 1;
        continue;
      }
      const freeOrder = frames.buddyOrder(pfn);
      if (freeOrder >= 0) {
        pfn = pastBuddy(pfn, freeOrder, clampsBuddy) - 1;
        continue;
      }
      if (table !== null && pfn >= table.endPfn) {
        storage.put(table);
        table = null;
      }
      table ??= storage.get(pfn);
      if (table === null) continue;
      const at = table.entryAt(pfn);
      if ((table.u32[at >>> 2]! & live) !== live) continue;
      if (keepsFreed && pfn % 2 ** orderAt(table, at, places) !== 0) continue;
      if (depot && table.u32[(at >>> 2) + places.handle] === NO_STACK) continue;
      record.load(table, at, pfn, places, keepsFreed);
      found = filter === null || filter.accepts(record);
      if (found) break;
    }
  } finally {
    // The frame view is another's, and may throw.
    if (table !== null) storage.put(table);
  }
  return found;
}
