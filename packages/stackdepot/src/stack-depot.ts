/** The depot: each distinct stack once. */
import {
  handlePool,
  handleUnit,
  NO_STACK,
  withoutExtraBits,
  type DepotLayout,
  type StackHandle,
} from './depot-layout.js';
import {
  DepotMemory,
  FREELIST_SIZE,
  IRQ_RANGES_WORD,
  IRQ_WORD,
  LOCK_WORD,
  PERSISTENT_BYTES,
  PERSISTENT_COUNT,
  POOLS_WORD,
  REFCOUNTED_ALLOCATIONS,
  REFCOUNTED_FREES,
  REFCOUNTED_IN_USE,
  SPARE_WORD,
  TABLE_WORD,
  TURNS_WORD,
  UNIT_WORDS,
  WARNED_WORD,
} from './depot-memory.js';
import {
  checkLockTimeout,
  newMemory,
  type DepotSurroundings,
  type StackDepotOptions,
} from './depot-options.js';
import type { DepotStats } from './depot-stats.js';
import { FRAME_WORDS, requireRoom } from './frames.js';
import { HASH_SEED } from './hash-table.js';
import { filterIrq } from './irq-filter.js';
import { jhash2 } from './jhash2.js';
import { lock, tryLock, unlock } from './lock.js';
import { findStack, holdsStack } from './lookup.js';
import {
  NO_RECORD,
  refOf,
  UNITS_PER_POOL,
  UNLIMITED_POOLS,
  type PoolSource,
  type RecordRef,
} from './pool.js';
import {
  cutRecord,
  evict,
  isFull,
  newRecordBytes,
  openPool,
  popFree,
  publish,
  SPARE_READY,
  SPARE_WANTED,
} from './records.js';
import {
  MISUSE_WARNINGS,
  OK,
  refAdd,
  REFCOUNT_SATURATED,
  refSub,
  REFCOUNT_MAX,
  SATURATES,
  UNDERFLOW,
  type Misuse,
} from './ref-count.js';
import { stackText, stackTextInto } from './stack-text.js';
import type { Symbolizer } from './symbolizer.js';

/** `save` may take a new pool; without it, only what is already at hand is used. */
export const SAVE_CAN_ALLOC = 1;
/** `save` counts a reference, to be returned with `put`. Not in Linux 6.1. */
export const SAVE_GET = 2;
/**
 * `save` neither waits for the lock nor takes a pool: a new stack gets 0 if another thread is storing one. What Linux
 * does in an NMI, and in the development tree of 2026 wherever the gfp mask forbids to spin.
 */
export const SAVE_NO_WAIT = 4;

/** Bit of the header's `warned` word; misuses of a count use the bits above. */
const WARNED_FULL = 1;

/**
 * Stores each distinct stack once and names it by a 32-bit handle, as `lib/stackdepot.c` does.
 *
 * Stacks are frame words (see frames.ts). `save` of a known stack allocates nothing and takes no lock. On a
 * SharedArrayBuffer every method may be called from several threads, each with its own attached StackDepot.
 */
export class StackDepot {
  readonly #memory: DepotMemory;
  readonly #pools: PoolSource;
  readonly #log: (line: string) => void;
  readonly #lockTimeout: number;
  /** For printing; made when first used. */
  #scratch: Uint32Array | undefined;

  private constructor(memory: DepotMemory, { pools, log, lockTimeout }: DepotSurroundings) {
    this.#memory = memory;
    this.#pools = pools ?? UNLIMITED_POOLS;
    this.#log = log ?? (() => {});
    this.#lockTimeout = checkLockTimeout(lockTimeout);
  }

  /**
   * A new, empty depot.
   *
   * @throws RangeError if an option is out of its range
   */
  static create(options: StackDepotOptions = {}): StackDepot {
    return new StackDepot(newMemory(options), options);
  }

  /**
   * A depot on a buffer made elsewhere: {@link buffer} of another thread's shared depot, or a {@link snapshot}.
   *
   * @throws TypeError if it is no depot; RangeError if it is one of another version, cut short, or copied while a thread
   * held its lock
   */
  static attach(buffer: ArrayBuffer | SharedArrayBuffer, surroundings: DepotSurroundings = {}): StackDepot {
    return new StackDepot(DepotMemory.attach(buffer), surroundings);
  }

  /** All of the depot. An ArrayBuffer is replaced when the depot grows. */
  get buffer(): ArrayBuffer | SharedArrayBuffer {
    return this.#memory.buffer;
  }

  /** Whose records and handles it has. */
  get layout(): DepotLayout {
    return this.#memory.layout;
  }

  /** The most frames kept of a stack. */
  get maxFrames(): number {
    return this.#memory.maxFrames;
  }

  /** It was made so: every stack is 0. */
  get disabled(): boolean {
    return this.#memory.maxPools === 0;
  }

  /**
   * Stores the first `depth` frames, after the irq filter, unless they are known.
   *
   * @param flags {@link SAVE_CAN_ALLOC}, {@link SAVE_GET}, {@link SAVE_NO_WAIT}
   * @param gfp handed to the {@link PoolSource}
   * @returns the handle, the same for equal frames; 0 for no frames, or if they are new and there is no room
   * @throws RangeError if `frames` holds fewer frames, TypeError if it holds addresses; Error for SAVE_GET in the layout of
   * Linux 6.1, or if the lock stays held for `lockTimeout`
   */
  save(frames: Uint32Array, depth: number, flags: number = SAVE_CAN_ALLOC, gfp = 0): StackHandle {
    if (depth >>> 0 !== depth || FRAME_WORDS * depth > frames.length) requireRoom(frames, depth);
    const memory = this.#memory;
    const get = (flags & SAVE_GET) !== 0;
    if (get) this.#needCounts();
    const ranges = memory.words[IRQ_RANGES_WORD]!;
    let kept = ranges === 0 ? depth : filterIrq(frames, depth, memory.words, IRQ_WORD, ranges);
    if (kept > memory.maxFrames) kept = memory.maxFrames;
    if (kept === 0 || memory.maxPools === 0) return NO_STACK;

    const hash = jhash2(frames, FRAME_WORDS * kept, HASH_SEED);
    let ref = findStack(memory, frames, kept, hash, get);
    if (get && ref !== NO_RECORD) ref = this.#confirm(ref, frames, kept, hash);
    if (ref === NO_RECORD) ref = this.#insert(frames, kept, hash, flags, gfp);
    if (ref === NO_RECORD) return NO_STACK;
    return memory.words[memory.wordOf(ref) + memory.layout.handleWord]! >>> 0;
  }

  /**
   * Copies a stack's frames.
   *
   * @returns how many there are; 0 for handle 0, or, with a warning, for one that names no stack
   * @throws RangeError if `into` is too small
   */
  fetch(handle: StackHandle, into: Uint32Array): number {
    const record = this.#recordOf(handle, true);
    if (record < 0) return 0;
    const { words, layout } = this.#memory;
    const depth = words[record + layout.sizeWord]!;
    const length = FRAME_WORDS * depth;
    if (length > into.length) throw new RangeError(`${into.length} words cannot hold ${depth} frames`);
    const stored = record + layout.framesWord;
    for (let i = 0; i < length; i++) into[i] = words[stored + i]!;
    return depth;
  }

  /** A stack as text, a line per frame that begins with `1 + spaces` blanks; empty if `fetch` would give 0. */
  print(handle: StackHandle, symbolizer: Symbolizer, spaces = 0): string {
    const frames = this.#scratchFrames();
    return stackText(frames, this.fetch(handle, frames), symbolizer, spaces);
  }

  /**
   * The same into a buffer, cut where it ends, and followed by a NUL byte.
   *
   * @returns bytes the lines written or begun would take; `>= into.length` means that something is missing. It stops
   * after the first line that does not fit. 0 if `fetch` would give 0.
   */
  snprint(handle: StackHandle, into: Uint8Array, symbolizer: Symbolizer, spaces = 0): number {
    const frames = this.#scratchFrames();
    return stackTextInto(into, frames, this.fetch(handle, frames), symbolizer, spaces);
  }

  /**
   * Returns a reference that `save` with {@link SAVE_GET} took. With the last one the stack is evicted, its handle
   * means nothing any more, and its record is reused.
   *
   * @throws Error in the layout of Linux 6.1
   */
  put(handle: StackHandle): void {
    this.#needCounts();
    const record = this.#recordOf(handle, true);
    if (record >= 0) this.#release(this.#refOf(handle), record);
  }

  /**
   * A stack's count, a signed 32-bit number: {@link REFCOUNT_SATURATED} until someone counts; 0 if there is no such
   * stack. page_owner of Linux 6.9 and later keeps 1 + the number of base pages here.
   *
   * @throws Error in the layout of Linux 6.1
   */
  countOf(handle: StackHandle): number {
    const at = this.#countWord(handle);
    return at < 0 ? 0 : Atomics.load(this.#memory.words, at);
  }

  /** Sets a stack's count, as page_owner does with 1 for its own stacks. */
  setCount(handle: StackHandle, count: number): void {
    const at = this.#countWord(handle);
    if (at >= 0) Atomics.store(this.#memory.words, at, count);
  }

  /**
   * Adds to a stack's count; the first time the count starts from 1.
   *
   * @returns true if this was the first time: the caller has met a new stack
   */
  addCount(handle: StackHandle, n: number): boolean {
    const at = this.#countWord(handle);
    if (at < 0) return false;
    const { words, shared } = this.#memory;
    const old = words[at]!;
    if (!shared && old > 0 && old + n <= REFCOUNT_MAX) {
      words[at] = old + n;
      return false;
    }
    const first =
      Atomics.load(words, at) === REFCOUNT_SATURATED &&
      Atomics.compareExchange(words, at, REFCOUNT_SATURATED, 1) === REFCOUNT_SATURATED;
    const misuse = refAdd(words, at, n);
    if (misuse !== OK) this.#warnMisuse(misuse);
    return first;
  }

  /**
   * Subtracts from a stack's count.
   *
   * @returns true if it is now 0, which page_owner warns about: its own 1 is missing
   */
  subCount(handle: StackHandle, n: number): boolean {
    const at = this.#countWord(handle);
    if (at < 0) return false;
    const { words, shared } = this.#memory;
    if (!shared && words[at]! > n) {
      words[at]! -= n;
      return false;
    }
    const old = refSub(words, at, n);
    if (old < n) this.#warnMisuse(UNDERFLOW);
    return old === n;
  }

  /** Every stored stack's handle, in no particular order. What other threads do meanwhile may be seen or not. */
  *handles(): Generator<StackHandle, void, undefined> {
    const memory = this.#memory;
    for (let bucket = 0; bucket <= memory.bucketMask; bucket++) {
      let ref: RecordRef = Atomics.load(memory.words, TABLE_WORD + bucket);
      while (ref !== NO_RECORD) {
        const record = memory.wordOf(ref);
        yield memory.words[record + memory.layout.handleWord]! >>> 0;
        ref = Atomics.load(memory.words, record);
      }
    }
  }

  /** What the depot has done and holds, all of the same moment. */
  stats(): DepotStats {
    this.#lock();
    const { words, counters } = this.#memory;
    const stats = {
      pools: words[POOLS_WORD]!,
      refcountedAllocations: counters[REFCOUNTED_ALLOCATIONS]!,
      refcountedFrees: counters[REFCOUNTED_FREES]!,
      refcountedInUse: counters[REFCOUNTED_IN_USE]!,
      freelistSize: counters[FREELIST_SIZE]!,
      persistentCount: counters[PERSISTENT_COUNT]!,
      persistentBytes: counters[PERSISTENT_BYTES]!,
    };
    this.#unlock();
    return stats;
  }

  /** A copy of what is in use, for a file or another machine; {@link attach} reads it. */
  snapshot(): ArrayBuffer {
    this.#lock();
    const copy = this.#memory.snapshot();
    this.#unlock();
    return copy;
  }

  /** Stores a stack that was not found, unless it appeared meanwhile. */
  #insert(frames: Uint32Array, depth: number, hash: number, flags: number, gfp: number): RecordRef {
    const memory = this.#memory;
    const get = (flags & SAVE_GET) !== 0;
    const mayTake = (flags & (SAVE_CAN_ALLOC | SAVE_NO_WAIT)) === SAVE_CAN_ALLOC;
    // Without the lock: taking a pool may save a stack in turn, which may replace memory.words.
    let taken = mayTake && Atomics.load(memory.words, SPARE_WORD) === SPARE_WANTED && this.#pools.take(gfp);
    let full = false;

    if ((flags & SAVE_NO_WAIT) === 0) this.#lock();
    else if (memory.shared && !tryLock(memory.words, LOCK_WORD, TURNS_WORD)) return NO_RECORD;
    let ref = findStack(memory, frames, depth, hash, get);
    if (ref === NO_RECORD) {
      if (get) ref = popFree(memory);
      if (ref === NO_RECORD) {
        const bytes = newRecordBytes(memory, depth, get);
        ref = cutRecord(memory, bytes);
        full = ref === NO_RECORD && isFull(memory, bytes);
        const hasSpare = memory.words[SPARE_WORD] === SPARE_READY;
        if (ref === NO_RECORD && (hasSpare || taken) && openPool(memory)) {
          taken &&= hasSpare;
          ref = cutRecord(memory, bytes);
        }
      }
      if (ref !== NO_RECORD) publish(memory, ref, frames, depth, hash, get);
    }
    if (taken && memory.words[SPARE_WORD] === SPARE_WANTED) {
      memory.words[SPARE_WORD] = SPARE_READY;
      taken = false;
    }
    this.#unlock();

    if (taken) this.#pools.giveBack();
    if (full) this.#warnOnce(WARNED_FULL, 'Stack depot reached limit capacity');
    return ref;
  }

  /** Looks again at a record found without the lock, now that this thread holds a reference to it. */
  #confirm(ref: RecordRef, frames: Uint32Array, depth: number, hash: number): RecordRef {
    const memory = this.#memory;
    const record = memory.wordOf(ref);
    if (memory.shared && !holdsStack(memory, ref, frames, depth, hash)) {
      this.#release(ref, record);
      return NO_RECORD;
    }
    if (Atomics.load(memory.words, record + memory.layout.countWord) === REFCOUNT_SATURATED) {
      this.#warnMisuse(SATURATES);
    }
    return ref;
  }

  /** Drops one reference. */
  #release(ref: RecordRef, record: number): void {
    const memory = this.#memory;
    const old = refSub(memory.words, record + memory.layout.countWord, 1);
    if (old < 1) this.#warnMisuse(UNDERFLOW);
    if (old !== 1) return;
    this.#lock();
    evict(memory, ref);
    this.#unlock();
  }

  #refOf(handle: StackHandle): RecordRef {
    const { layout } = this.#memory;
    return refOf(handlePool(layout, handle), handleUnit(layout, handle));
  }

  /** First word of the record a handle names; -1, with the kernel's warnings, if there is none. */
  #recordOf(handle: StackHandle, explain: boolean): number {
    const memory = this.#memory;
    const { words, layout } = memory;
    if (handle === NO_STACK || memory.maxPools === 0) return -1;
    const pool = handlePool(layout, handle);
    const pools = Atomics.load(words, POOLS_WORD);
    if (pool < 0 || pool >= pools) {
      const id = (handle >>> 0).toString(16).padStart(8, '0');
      if (layout.name === '6.1') {
        this.#log(`slab index ${pool} out of bounds (${Math.max(pools - 1, 0)}) for stack id ${id}`);
        return -1;
      }
      this.#log(`pool index ${pool} out of bounds (${pools}) for stack id ${id}`);
    } else {
      const record = memory.wordOf(this.#refOf(handle));
      // The kernel trusts that a record lies here; a look at its own handle makes sure.
      const named = words[record + layout.handleWord] === withoutExtraBits(handle);
      if (named && (layout.countWord < 0 || Atomics.load(words, record + layout.countWord) !== 0))
        return record;
    }
    if (explain && layout.name !== '6.1') this.#log('corrupt handle or use after stack_depot_put()');
    return -1;
  }

  /** The word of a stack's count; -1 if there is no such stack. */
  #countWord(handle: StackHandle): number {
    // page_owner asks for every allocation and free, nearly always with a good handle: found without a call.
    const { words, layout, poolsWord } = this.#memory;
    const { poolBits, poolBias, handleWord, countWord } = layout;
    const pool = (handle & ((1 << poolBits) - 1)) - poolBias;
    const unit = (handle >>> poolBits) & (UNITS_PER_POOL - 1);
    const at = poolsWord + (pool * UNITS_PER_POOL + unit) * UNIT_WORDS;
    const good =
      countWord >= 0 && pool >= 0 && pool < words[POOLS_WORD]! && words[at + handleWord] === handle;
    if (good && handle !== NO_STACK && words[at + countWord] !== 0) return at + countWord;
    this.#needCounts();
    const record = this.#recordOf(handle, false);
    return record < 0 ? -1 : record + countWord;
  }

  #needCounts(): void {
    const { name, countWord } = this.#memory.layout;
    if (countWord < 0) throw new Error(`stack records of Linux ${name} have no count`);
  }

  #scratchFrames(): Uint32Array {
    return (this.#scratch ??= new Uint32Array(FRAME_WORDS * this.#memory.maxFrames));
  }

  #lock(): void {
    const { words, shared } = this.#memory;
    if (shared) lock(words, LOCK_WORD, TURNS_WORD, this.#lockTimeout);
  }

  #unlock(): void {
    if (this.#memory.shared) unlock(this.#memory.words, LOCK_WORD);
  }

  #warnMisuse(misuse: Misuse): void {
    this.#warnOnce(WARNED_FULL << misuse, MISUSE_WARNINGS[misuse]!);
  }

  /** Once per depot, whichever thread is first. */
  #warnOnce(bit: number, warning: string): void {
    if ((Atomics.or(this.#memory.words, WARNED_WORD, bit) & bit) === 0) this.#log(warning);
  }
}
