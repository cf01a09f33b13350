/**
 * The directory: which tables there are, and who reads them. One buffer; shared between threads if the tables are.
 *
 * ```
 *         +0              +4              +8              +12
 *     0  +---------------+---------------+---------------+---------------+
 *        | magic         | version       | entry bytes   | slots         |
 *    16  +---------------+---------------+---------------+---------------+
 *        | state         | start pfn     | end pfn       | node          |  slot 0
 *    32  +---------------+---------------+---------------+---------------+
 *        | state         | start pfn     | end pfn       | node          |  slot 1
 *        +---------------+---------------+---------------+---------------+
 *          ...
 *
 *   state
 *    31                            2    1         0
 *   +-------------------------------+---------+---------+
 *   | readers                       | invalid | present |
 *   +-------------------------------+---------+---------+
 * ```
 *
 * A slot is a section of 128 MiB (SPARSEMEM) or a node (FLATMEM). The kernel keeps the invalid bit in the pointer to
 * the table, and lets RCU know the readers.
 */
import type { NodeId, Pfn } from './frame-map.js';

const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT;

/** The letters `PGEX`. */
const MAGIC = 0x58454750;
/** Version of the directory's format, not of the package. */
const VERSION = 1;

const MAGIC_WORD = 0;
const VERSION_WORD = MAGIC_WORD + 1;
const ENTRY_BYTES_WORD = VERSION_WORD + 1;
const SLOTS_WORD = ENTRY_BYTES_WORD + 1;
const HEADER_WORDS = SLOTS_WORD + 1;

// Words of a slot.
const STATE = 0;
const START_PFN = STATE + 1;
const END_PFN = START_PFN + 1;
const NODE = END_PFN + 1;
const SLOT_WORDS = NODE + 1;

const PRESENT = 1 << 0;
const INVALID = 1 << 1;
const READER = 1 << 2;
const STATUS = PRESENT | INVALID;

/** Frames a slot's table covers, and their node. */
interface SlotSpan {
  readonly node: NodeId;
  readonly startPfn: Pfn;
  readonly endPfn: Pfn;
}

export class Directory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  readonly entryBytes: number;
  readonly slots: number;
  readonly #words: Int32Array;
  readonly #shared: boolean;

  /**
   * @throws TypeError if `buffer` is no directory; RangeError if it is one of another version
   */
  constructor(buffer: ArrayBuffer | SharedArrayBuffer) {
    const words = new Int32Array(buffer);
    const magic = (words[MAGIC_WORD] ?? 0) >>> 0;
    if (magic !== MAGIC) {
      throw new TypeError(
        `not a page_ext directory: ${buffer.byteLength} bytes that begin with 0x${magic.toString(16)}`,
      );
    }
    if (words[VERSION_WORD] !== VERSION) {
      throw new RangeError(
        `page_ext directory has format version ${words[VERSION_WORD]}, this code reads version ${VERSION}`,
      );
    }
    this.buffer = buffer;
    this.entryBytes = words[ENTRY_BYTES_WORD]!;
    this.slots = words[SLOTS_WORD]!;
    this.#words = words;
    this.#shared = Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]';
  }

  /** A new one without tables. */
  static create(entryBytes: number, slots: number, shared: boolean): Directory {
    const bytes = WORD_BYTES * (HEADER_WORDS + SLOT_WORDS * slots);
    const buffer = shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
    new Int32Array(buffer).set([MAGIC, VERSION, entryBytes, slots]);
    return new Directory(buffer);
  }

  /** The span of a table that is there and valid, or undefined. */
  spanOf(slot: number): SlotSpan | undefined {
    const word = HEADER_WORDS + SLOT_WORDS * slot;
    const words = this.#words;
    if ((Atomics.load(words, word) & STATUS) !== PRESENT) return undefined;
    return {
      node: words[word + NODE]!,
      startPfn: words[word + START_PFN]! >>> 0,
      endPfn: words[word + END_PFN]! >>> 0,
    };
  }

  /** True if the slot has a table, valid or not. */
  isTaken(slot: number): boolean {
    return (Atomics.load(this.#words, HEADER_WORDS + SLOT_WORDS * slot) & PRESENT) !== 0;
  }

  /** From now on readers find the slot's table. */
  publish(slot: number, { node, startPfn, endPfn }: SlotSpan): void {
    const word = HEADER_WORDS + SLOT_WORDS * slot;
    this.#words[word + START_PFN] = startPfn;
    this.#words[word + END_PFN] = endPfn;
    this.#words[word + NODE] = node;
    Atomics.or(this.#words, word, PRESENT);
  }

  /** From now on no new reader finds the slot's table. */
  invalidate(slot: number): void {
    Atomics.or(this.#words, HEADER_WORDS + SLOT_WORDS * slot, INVALID);
  }

  /** Empties an invalid slot; false while somebody still reads it, or if it is not invalid. */
  tryClear(slot: number): boolean {
    return Atomics.compareExchange(this.#words, HEADER_WORDS + SLOT_WORDS * slot, STATUS, 0) === STATUS;
  }

  /** One reader more; false, and no reader more, if there is no valid table. */
  enter(slot: number): boolean {
    const word = HEADER_WORDS + SLOT_WORDS * slot;
    if ((this.#add(word, READER) & STATUS) === PRESENT) return true;
    this.#add(word, -READER);
    return false;
  }

  /**
   * One reader less.
   *
   * @returns true if that was the last reader of an invalid table
   * @throws Error if there is no reader
   */
  leave(slot: number): boolean {
    const word = HEADER_WORDS + SLOT_WORDS * slot;
    const old = this.#add(word, -READER);
    if (old < READER) {
      this.#add(word, READER);
      throw new Error(`page_ext put without get: slot ${slot} has no reader`);
    }
    return old === (READER | STATUS);
  }

  /** Adds to a state, and returns the old one; what no other thread can see needs no atomic operation. */
  #add(word: number, n: number): number {
    const words = this.#words;
    if (this.#shared) return Atomics.add(words, word, n);
    const old = words[word]!;
    words[word] = old + n;
    return old;
  }
}
