/**
 * The one buffer that holds a depot: header, hash table, pools. It can be saved, sent, and attached again; a
 * SharedArrayBuffer can be attached by several threads at once.
 *
 * ```
 *   0             256                 256 + 4 * buckets
 *   +-------------+-------------------+--------+--------+--
 *   | header      | buckets           | pool 0 | pool 1 | ...
 *   +-------------+-------------------+--------+--------+--
 *                   RecordRef, 4 each   16384    16384
 *
 *   header
 *         +0              +4              +8              +12
 *     0  +---------------+---------------+---------------+---------------+
 *        | magic         | version       | layout        | bucket order  |  never change
 *    16  +---------------+---------------+---------------+---------------+
 *        | max pools     | max frames    | irq ranges    | lock          |
 *    32  +---------------+---------------+---------------+---------------+
 *        | pools         | pool used     | spare         | warned        |  change under the lock,
 *    48  +---------------+---------------+---------------+---------------+  warned by Atomics
 *        | free head     | free tail     | turns         | 0             |
 *    64  +---------------+---------------+---------------+---------------+
 *        | refcounted allocations        | refcounted frees              |  doubles
 *    80  +-------------------------------+-------------------------------+
 *        | refcounted in use             | records in the free list      |
 *    96  +-------------------------------+-------------------------------+
 *        | persistent records            | persistent bytes              |
 *   112  +---------------+---------------+---------------+---------------+
 *        | start lo      | start hi      | end lo        | end hi        |  irq range 0
 *   128  +---------------+---------------+---------------+---------------+
 *        | start lo      | start hi      | end lo        | end hi        |  irq range 1
 *   144  +---------------+---------------+---------------+---------------+
 *        | 0 ...                                                         |
 *   256  +---------------------------------------------------------------+
 * ```
 *
 * pools: how many are open. pool used: bytes used in the newest. free head, tail: evicted records, oldest first.
 * turns: how often the lock was taken.
 *
 * An ArrayBuffer grows by doubling (the old one is left behind). A SharedArrayBuffer cannot, and is as large as its
 * pools may ever get; the operating system backs only what is touched.
 */
import { depotLayout, type DepotLayout, type DepotLayoutName } from './depot-layout.js';
import { MAX_IRQ_RANGES, RANGE_WORDS } from './irq-filter.js';
import { POOL_BYTES, UNIT_BYTES, type RecordRef } from './pool.js';

const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT;
const DOUBLE_BYTES = Float64Array.BYTES_PER_ELEMENT;

/** The letters `STKD`. */
const MAGIC = 0x444b5453;
/** Version of the buffer's format, not of the package. */
const VERSION = 1;

const LAYOUT_NUMBERS: readonly DepotLayoutName[] = ['6.1', '6.12'];

// Words of the header.
const MAGIC_WORD = 0;
const VERSION_WORD = MAGIC_WORD + 1;
const LAYOUT_WORD = VERSION_WORD + 1;
const BUCKET_ORDER_WORD = LAYOUT_WORD + 1;
const MAX_POOLS_WORD = BUCKET_ORDER_WORD + 1;
const MAX_FRAMES_WORD = MAX_POOLS_WORD + 1;
export const IRQ_RANGES_WORD = MAX_FRAMES_WORD + 1;
export const LOCK_WORD = IRQ_RANGES_WORD + 1;
export const POOLS_WORD = LOCK_WORD + 1;
export const POOL_USED_WORD = POOLS_WORD + 1;
export const SPARE_WORD = POOL_USED_WORD + 1;
export const WARNED_WORD = SPARE_WORD + 1;
export const FREE_HEAD_WORD = WARNED_WORD + 1;
export const FREE_TAIL_WORD = FREE_HEAD_WORD + 1;
export const TURNS_WORD = FREE_TAIL_WORD + 1;
const COUNTERS_BYTE = WORD_BYTES * (TURNS_WORD + 2);

// Doubles, counted from the first counter.
export const REFCOUNTED_ALLOCATIONS = 0;
export const REFCOUNTED_FREES = REFCOUNTED_ALLOCATIONS + 1;
export const REFCOUNTED_IN_USE = REFCOUNTED_FREES + 1;
export const FREELIST_SIZE = REFCOUNTED_IN_USE + 1;
export const PERSISTENT_COUNT = FREELIST_SIZE + 1;
export const PERSISTENT_BYTES = PERSISTENT_COUNT + 1;
const COUNTERS = PERSISTENT_BYTES + 1;

export const IRQ_WORD = (COUNTERS_BYTE + COUNTERS * DOUBLE_BYTES) / WORD_BYTES;
const IRQ_END_WORD = IRQ_WORD + MAX_IRQ_RANGES * RANGE_WORDS;

const HEADER_BYTES = 256;
export const TABLE_WORD = HEADER_BYTES / WORD_BYTES;
export const UNIT_WORDS = UNIT_BYTES / WORD_BYTES;

/** Pools an ArrayBuffer has room for at first. */
const INITIAL_POOLS = 4;

/** What a new buffer needs to know. */
interface DepotShape {
  readonly layout: DepotLayout;
  readonly bucketOrder: number;
  readonly maxPools: number;
  readonly maxFrames: number;
  readonly shared: boolean;
}

/** Views of a depot's buffer. All but `words` and `counters`, which `reserve` replaces, stays as it is. */
export class DepotMemory {
  readonly layout: DepotLayout;
  readonly bucketMask: number;
  readonly maxPools: number;
  readonly maxFrames: number;
  readonly shared: boolean;
  /** First word of pool 0. */
  readonly poolsWord: number;
  words: Int32Array;
  counters: Float64Array;

  private constructor(buffer: ArrayBuffer | SharedArrayBuffer) {
    const words = new Int32Array(buffer);
    this.layout = depotLayout(LAYOUT_NUMBERS[words[LAYOUT_WORD]!]!);
    const buckets = 2 ** words[BUCKET_ORDER_WORD]!;
    this.bucketMask = buckets - 1;
    this.poolsWord = TABLE_WORD + buckets;
    this.shared = isShared(buffer);
    const room = Math.floor((words.length - this.poolsWord) / (POOL_BYTES / WORD_BYTES));
    this.maxPools = this.shared ? Math.min(room, words[MAX_POOLS_WORD]!) : words[MAX_POOLS_WORD]!;
    this.maxFrames = words[MAX_FRAMES_WORD]!;
    this.words = words;
    this.counters = countersOf(buffer);
  }

  /** A new, empty buffer. */
  static create({ layout, bucketOrder, maxPools, maxFrames, shared }: DepotShape): DepotMemory {
    const pools = shared ? maxPools : Math.min(INITIAL_POOLS, maxPools);
    const bytes = HEADER_BYTES + WORD_BYTES * 2 ** bucketOrder + POOL_BYTES * pools;
    const buffer = shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
    const words = new Int32Array(buffer);
    words[MAGIC_WORD] = MAGIC;
    words[VERSION_WORD] = VERSION;
    words[LAYOUT_WORD] = LAYOUT_NUMBERS.indexOf(layout.name);
    words[BUCKET_ORDER_WORD] = bucketOrder;
    words[MAX_POOLS_WORD] = maxPools;
    words[MAX_FRAMES_WORD] = maxFrames;
    words[POOL_USED_WORD] = POOL_BYTES;
    return new DepotMemory(buffer);
  }

  /**
   * Views of a buffer that `create` made, here or elsewhere.
   *
   * @throws TypeError if it is no depot; RangeError if it is one of another version, cut short, or copied while a thread
   * held its lock
   */
  static attach(buffer: ArrayBuffer | SharedArrayBuffer): DepotMemory {
    if (ArrayBuffer.isView(buffer))
      throw new TypeError('attach to a buffer, not to a view of one; of bytes: new Uint8Array(bytes).buffer');
    const bytes = buffer?.byteLength;
    if (bytes === undefined)
      throw new TypeError(`not a stack depot: a buffer is expected, got ${String(buffer)}`);
    const words = new Int32Array(buffer, 0, bytes < HEADER_BYTES ? 0 : IRQ_END_WORD);
    const magic = (words[MAGIC_WORD] ?? 0) >>> 0;
    if (magic !== MAGIC) {
      throw new TypeError(`not a stack depot: ${bytes} bytes that begin with 0x${magic.toString(16)}`);
    }
    const version = words[VERSION_WORD]!;
    if (version !== VERSION) {
      throw new RangeError(`stack depot has format version ${version}, this code reads version ${VERSION}`);
    }
    const needed =
      HEADER_BYTES + WORD_BYTES * 2 ** words[BUCKET_ORDER_WORD]! + POOL_BYTES * words[POOLS_WORD]!;
    if (bytes < needed) throw new RangeError(`stack depot of ${needed} bytes is cut short to ${bytes}`);
    if (!isShared(buffer) && words[LOCK_WORD] !== 0)
      throw new RangeError(
        'a thread was changing this stack depot while it was copied: copy it with snapshot()',
      );
    return new DepotMemory(buffer);
  }

  get buffer(): ArrayBuffer | SharedArrayBuffer {
    return this.words.buffer as ArrayBuffer | SharedArrayBuffer;
  }

  /** First word of a record. */
  wordOf(ref: RecordRef): number {
    return this.poolsWord + (ref - 1) * UNIT_WORDS;
  }

  /** Bytes up to the end of the newest open pool: all that has to be kept. */
  usedBytes(): number {
    return WORD_BYTES * this.poolsWord + POOL_BYTES * this.words[POOLS_WORD]!;
  }

  /** Makes room for `pools` pools; an ArrayBuffer may be replaced by a larger one. False if memory is short. */
  reserve(pools: number): boolean {
    const tableEnd = WORD_BYTES * this.poolsWord;
    const room = Math.floor((this.words.byteLength - tableEnd) / POOL_BYTES);
    if (pools <= room) return true;
    const wanted = Math.min(Math.max(pools, 2 * room), this.maxPools);
    let words: Int32Array<ArrayBuffer>;
    try {
      words = new Int32Array((tableEnd + POOL_BYTES * wanted) / WORD_BYTES);
    } catch {
      return false;
    }
    words.set(this.words.subarray(0, this.usedBytes() / WORD_BYTES));
    this.words = words;
    this.counters = countersOf(words.buffer);
    return true;
  }

  /** A copy of what is used, with the lock free. */
  snapshot(): ArrayBuffer {
    const copy = new Int32Array(this.words.subarray(0, this.usedBytes() / WORD_BYTES));
    copy[LOCK_WORD] = 0;
    copy[TURNS_WORD] = 0;
    return copy.buffer;
  }
}

/** `instanceof` would fail for a buffer of another realm, and throw where SharedArrayBuffer is missing. */
const isShared = (buffer: object): boolean =>
  Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]';

const countersOf = (buffer: ArrayBuffer | SharedArrayBuffer): Float64Array =>
  new Float64Array(buffer, COUNTERS_BYTE, COUNTERS);
