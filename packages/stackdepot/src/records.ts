/** Making, linking and evicting records. Everything here runs under the lock. */
import { packHandle, recordBytes } from './depot-layout.js';
import {
  FREE_HEAD_WORD,
  FREE_TAIL_WORD,
  FREELIST_SIZE,
  PERSISTENT_BYTES,
  PERSISTENT_COUNT,
  POOL_USED_WORD,
  POOLS_WORD,
  REFCOUNTED_ALLOCATIONS,
  REFCOUNTED_FREES,
  REFCOUNTED_IN_USE,
  SPARE_WORD,
  TABLE_WORD,
  type DepotMemory,
} from './depot-memory.js';
import { FRAME_WORDS } from './frames.js';
import { NO_RECORD, POOL_BYTES, poolOfRef, refOf, UNIT_BYTES, unitOfRef, type RecordRef } from './pool.js';
import { REFCOUNT_SATURATED } from './ref-count.js';

/** No pool is kept ready; the next save that may allocate takes one. */
export const SPARE_WANTED = 0;
/** A pool is kept ready for when the newest is full. */
export const SPARE_READY = 1;
/** The last pool is open: no further one will be needed. */
const SPARE_NEEDLESS = 2;

/** True once the newest pool has no room for a record of `bytes` bytes and no pool may follow it. */
export const isFull = (memory: DepotMemory, bytes: number): boolean =>
  memory.words[POOL_USED_WORD]! + bytes > POOL_BYTES && memory.words[POOLS_WORD]! >= memory.maxPools;

/** Bytes a new record takes: a counted one has room for any stack, so that any stack can reuse it. */
export const newRecordBytes = (memory: DepotMemory, depth: number, counted: boolean): number =>
  recordBytes(memory.layout, counted ? memory.maxFrames : depth);

/** Opens the next pool, whose pages the caller has; false if there may be no more, or no memory for it. */
export function openPool(memory: DepotMemory): boolean {
  const pools = memory.words[POOLS_WORD]!;
  if (pools >= memory.maxPools || !memory.reserve(pools + 1)) return false;
  const { words, layout } = memory;
  // Linux 6.12 means not to keep a spare after the last pool, but tests the old number of pools, and keeps one.
  const last = layout.name === '6.1' && pools + 1 === memory.maxPools;
  words[SPARE_WORD] = last ? SPARE_NEEDLESS : SPARE_WANTED;
  Atomics.store(words, POOLS_WORD, pools + 1);
  words[POOL_USED_WORD] = 0;
  return true;
}

/** Cuts a record of `bytes` off the newest pool, and names it; {@link NO_RECORD} if it does not fit. */
export function cutRecord(memory: DepotMemory, bytes: number): RecordRef {
  const { words, layout } = memory;
  const used = words[POOL_USED_WORD]!;
  if (used + bytes > POOL_BYTES) return NO_RECORD;
  words[POOL_USED_WORD] = used + bytes;
  const ref = refOf(words[POOLS_WORD]! - 1, used / UNIT_BYTES);
  words[memory.wordOf(ref) + layout.handleWord] = packHandle(layout, poolOfRef(ref), unitOfRef(ref));
  return ref;
}

/** Takes the record that was evicted first, if any was. */
export function popFree(memory: DepotMemory): RecordRef {
  const { words, layout, counters } = memory;
  const ref = words[FREE_HEAD_WORD]!;
  if (ref === NO_RECORD) return NO_RECORD;
  const next = words[memory.wordOf(ref) + layout.framesWord]!;
  words[FREE_HEAD_WORD] = next;
  if (next === NO_RECORD) words[FREE_TAIL_WORD] = NO_RECORD;
  counters[FREELIST_SIZE]! -= 1;
  return ref;
}

/** Fills a record and links it at the head of its bucket, where lookups find it from now on. */
export function publish(
  memory: DepotMemory,
  ref: RecordRef,
  frames: Uint32Array,
  depth: number,
  hash: number,
  counted: boolean,
): void {
  const { words, layout, counters } = memory;
  const record = memory.wordOf(ref);
  words[record + layout.hashWord] = hash;
  words[record + layout.sizeWord] = depth;
  const stored = record + layout.framesWord;
  for (let i = 0; i < FRAME_WORDS * depth; i++) words[stored + i] = frames[i]!;
  if (counted) {
    counters[REFCOUNTED_ALLOCATIONS]! += 1;
    counters[REFCOUNTED_IN_USE]! += 1;
  } else {
    counters[PERSISTENT_COUNT]! += 1;
    counters[PERSISTENT_BYTES]! += recordBytes(layout, depth);
  }

  const bucket = TABLE_WORD + (hash & memory.bucketMask);
  const next = words[bucket]!;
  words[record] = next;
  if (layout.prevWord >= 0) {
    words[record + layout.prevWord] = NO_RECORD;
    if (next !== NO_RECORD) words[memory.wordOf(next) + layout.prevWord] = ref;
  }
  if (layout.countWord >= 0) {
    Atomics.store(words, record + layout.countWord, counted ? 1 : REFCOUNT_SATURATED);
  }
  Atomics.store(words, bucket, ref);
}

/** Takes a record whose count is 0 out of its bucket and puts it at the end of the free list. */
export function evict(memory: DepotMemory, ref: RecordRef): void {
  const { words, layout, counters } = memory;
  const record = memory.wordOf(ref);
  const next = words[record]!;
  const prev = words[record + layout.prevWord]!;
  const bucket = TABLE_WORD + (words[record + layout.hashWord]! & memory.bucketMask);
  Atomics.store(words, prev === NO_RECORD ? bucket : memory.wordOf(prev), next);
  if (next !== NO_RECORD) words[memory.wordOf(next) + layout.prevWord] = prev;

  words[record + layout.framesWord] = NO_RECORD;
  const tail = words[FREE_TAIL_WORD]!;
  words[tail === NO_RECORD ? FREE_HEAD_WORD : memory.wordOf(tail) + layout.framesWord] = ref;
  words[FREE_TAIL_WORD] = ref;
  counters[FREELIST_SIZE]! += 1;
  counters[REFCOUNTED_FREES]! += 1;
  counters[REFCOUNTED_IN_USE]! -= 1;
}
