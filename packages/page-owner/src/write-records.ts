/** Writing a run of equal records: the inner loops of the hooks. */
import type { PageExtTable } from '@page-owner/page-ext';
import { FRAME_WORDS } from '@page-owner/stackdepot';
import type { OwnerRecord } from './owner-record.js';
import { ALLOCATED, NONE, OWNER, type RecordPlaces } from './record-places.js';
import type { Clock } from './surroundings.js';

/**
 * Records an allocation in `frames` entries of a table; what was known of the free stays.
 *
 * @param at first byte of the first entry
 * @param clock asked again for each frame, if given
 */
export function writeAllocation(
  table: PageExtTable,
  at: number,
  frames: number,
  places: RecordPlaces,
  record: OwnerRecord,
  clock: Clock | null,
): void {
  const { u16, i16, u32 } = table;
  const { order, gfp, reason, handle, pid, tgid, commWords, time } = record;
  const step = table.entryBytes >>> 2;
  let word = at >>> 2;
  for (let left = frames; left > 0; left--, word += step) {
    if (places.orderHalf !== NONE) {
      u16[2 * word + places.orderHalf] = order;
      i16[2 * word + places.reasonHalf] = reason;
    } else {
      u32[word + places.order] = order;
      if (places.reason !== NONE) u32[word + places.reason] = reason;
    }
    u32[word + places.gfp] = gfp;
    if (places.handle !== NONE) u32[word + places.handle] = handle;
    if (places.ts !== NONE) {
      if (clock !== null) clock.read(time);
      u32[word + places.ts] = time[0]!;
      u32[word + places.ts + 1] = time[1]!;
      u32[word + places.pid] = pid;
    }
    if (places.comm !== NONE) {
      const name = word + places.comm;
      u32[name] = commWords[0]!;
      u32[name + 1] = commWords[1]!;
      u32[name + 2] = commWords[2]!;
      u32[name + 3] = commWords[3]!;
      u32[word + places.tgid] = tgid;
    }
    // ALLOCATED means nothing before 5.4, and does no harm.
    u32[word]! |= OWNER | ALLOCATED;
  }
}

/**
 * Records time and task of a free in `frames` entries; what is known of the allocation stays.
 *
 * @param ends the pages are free now, and the stack of the free is recorded, too
 */
export function writeFree(
  table: PageExtTable,
  at: number,
  frames: number,
  places: RecordPlaces,
  record: OwnerRecord,
  ends: boolean,
): void {
  const { u32 } = table;
  const { freeHandle, freePid, freeTgid, freeTime } = record;
  const step = table.entryBytes >>> 2;
  let word = at >>> 2;
  for (let left = frames; left > 0; left--, word += step) {
    if (ends) {
      u32[word]! &= ~ALLOCATED;
      u32[word + places.freeHandle] = freeHandle;
    }
    if (places.freeTs !== NONE) {
      u32[word + places.freeTs] = freeTime[0]!;
      u32[word + places.freeTs + 1] = freeTime[1]!;
    }
    if (places.freePid !== NONE) {
      u32[word + places.freePid] = freePid;
      u32[word + places.freeTgid] = freeTgid;
    }
  }
}

/** Kernels without a depot: puts a stack into an entry. */
export function writeFrames(
  table: PageExtTable,
  at: number,
  places: RecordPlaces,
  frames: Uint32Array,
  depth: number,
): void {
  const word = at >>> 2;
  table.u32[word + places.depth] = depth;
  for (let i = 0; i < FRAME_WORDS * depth; i++) table.u32[word + places.frames + i] = frames[i]!;
}

/** Forgets owners: until 5.3 that is all a free does. */
export function clearOwner(table: PageExtTable, at: number, frames: number): void {
  const { u32 } = table;
  const step = table.entryBytes >>> 2;
  for (let word = at >>> 2, left = frames; left > 0; left--, word += step) u32[word]! &= ~OWNER;
}

/** Changes orders. */
export function writeOrder(
  table: PageExtTable,
  at: number,
  frames: number,
  places: RecordPlaces,
  order: number,
): void {
  const { u16, u32 } = table;
  const step = table.entryBytes >>> 2;
  for (let word = at >>> 2, left = frames; left > 0; left--, word += step) {
    if (places.orderHalf !== NONE) u16[2 * word + places.orderHalf] = order;
    else u32[word + places.order] = order;
  }
}
