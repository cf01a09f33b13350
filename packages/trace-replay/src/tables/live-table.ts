import type { StackId } from './stack-table.js';
import type { TaskId } from './task-table.js';
import type { TextId } from './text-table.js';

/** Number of a live allocation's row; given again when it is freed. */
export type Slot = number;
export const NO_SLOT: Slot = -1;

/** What is known of an allocation besides where it lies. */
export interface Allocation {
  gfp: TextId;
  task: TaskId;
  stack: StackId;
  migratetype: number;
  seconds: number;
  nanoseconds: number;
  /**
   * The number of the allocation; pieces of it share it. Those of the baseline have the least ones, those of the trace
   * follow in order.
   */
  serial: number;
  /** Row of the baseline's record, when it is the baseline's. */
  record: number;
  /** The text of its page flags as an event of page_ref gave them last; NO_FLAGS: none did. */
  flags: TextId;
  /** Why it was moved last, by {@link Moves}' numbers; 0: it was not. */
  reason: number;
}

export const NO_FLAGS: TextId = -1;

/** No block is larger: a huge page of 1 GiB, which Linux 6.12 and later free as a whole. */
export const MOST_ORDER = 18;
/** No kernel allocates larger blocks (MAX_PAGE_ORDER): 10, but 13 with pages of 64 KiB on arm64. */
export const MOST_ALLOCATED = 13;
const FIRST_SLOTS = 1 << 4;
const EMPTY = -1;
const TWO_32 = 2 ** 32;
/** Pages whose rows are looked for side by side. */
const GROUP = 16;
/** Pages of a bucket, and of a chunk, which are counted apart for as many as these. */
const BUCKET = 64;
const BUCKETS = 1 << 15;
const CHUNK_ORDER = 10;
const CHUNK = 1 << CHUNK_ORDER;
const CHUNKS = 1 << 12;

/**
 * The live allocations by page frame number: a row of columns each, and a hash table from the number of its first page to
 * the row. Its memory goes with the live allocations, some 65 bytes each.
 *
 * ```
 *   index   [ -1 | 4 | -1 | 0 | 7 | ... ]   hash of pfn -> slot, open addressing
 *   slot      pfn  order  gfp  task  stack  seconds  nanoseconds  ...
 * ```
 *
 * An allocation of order k begins at a multiple of 2^k, so the one that holds a page begins at the page's number with its
 * low k bits cleared, for some k: at most one look for each order that is alive. Counts by place say where none is needed.
 *
 * A row can stand for an allocation that was split, of 2^order pages in pieces of 2^piece. A free of one of them cuts the
 * row in halves until the piece is one by itself, so that no event makes more than MOST_ORDER rows.
 */
export class LiveTable {
  /** Live allocations. */
  size = 0;
  /** Live allocations by order. */
  readonly ofOrder: Uint32Array = new Uint32Array(MOST_ORDER + 1);
  pfn: Float64Array = new Float64Array(FIRST_SLOTS);
  order: Uint8Array = new Uint8Array(FIRST_SLOTS);
  /** log2 of the pages of each record in the row; `order` unless it was split. */
  piece: Uint8Array = new Uint8Array(FIRST_SLOTS);
  gfp: Uint32Array = new Uint32Array(FIRST_SLOTS);
  task: Uint32Array = new Uint32Array(FIRST_SLOTS);
  stack: Uint32Array = new Uint32Array(FIRST_SLOTS);
  migratetype: Int8Array = new Int8Array(FIRST_SLOTS);
  seconds: Uint32Array = new Uint32Array(FIRST_SLOTS);
  nanoseconds: Uint32Array = new Uint32Array(FIRST_SLOTS);
  serial: Float64Array = new Float64Array(FIRST_SLOTS);
  record: Int32Array = new Int32Array(FIRST_SLOTS);
  flags: Int32Array = new Int32Array(FIRST_SLOTS);
  reason: Uint8Array = new Uint8Array(FIRST_SLOTS);
  #index = new Int32Array(2 * FIRST_SLOTS).fill(EMPTY);
  /** Rows that begin in a bucket; those of more than one page that begin in a chunk. Places far apart share them. */
  readonly #begin = new Uint32Array(BUCKETS);
  readonly #large = new Uint32Array(CHUNKS);
  /** Rows that were given up, and the number of rows ever given. */
  #free: Slot[] = [];
  #rows = 0;
  /** The highest order there has been. */
  #highest = 0;

  /** The allocation that begins at `pfn`. */
  at(pfn: number): Slot {
    const index = this.#index;
    const mask = index.length - 1;
    for (let i = hashOf(pfn) & mask; ; i = (i + 1) & mask) {
      const slot = index[i] as number;
      if (slot === EMPTY || this.pfn[slot] === pfn) return slot;
    }
  }

  /** The allocation of more than 2^`order` pages that holds `pfn` and does not begin there. */
  around(pfn: number, order: number): Slot {
    const none = this.#large[(pfn / CHUNK) & (CHUNKS - 1)] === 0;
    for (let k = none ? Math.max(order, CHUNK_ORDER) + 1 : order + 1; k <= this.#highest; k++) {
      if (this.ofOrder[k] === 0) continue;
      const head = pfn - (pfn & ((1 << k) - 1));
      if (head === pfn) continue;
      const slot = this.at(head);
      if (slot !== NO_SLOT && (this.order[slot] as number) >= k) return slot;
    }
    return NO_SLOT;
  }

  /** The first page from `pfn` on, before `end`, with which an allocation begins; `end` when there is none. */
  next(pfn: number, end: number): number {
    while (pfn < end) {
      const behind = Math.min(end, pfn - (pfn % BUCKET) + BUCKET);
      if (this.#begin[(pfn / BUCKET) & (BUCKETS - 1)] === 0) pfn = behind;
      else for (; pfn < behind; pfn++) if (this.at(pfn) !== NO_SLOT) return pfn;
    }
    return end;
  }

  /** Adds the allocation of 2^`order` pages at `pfn`, where none may begin. */
  add(pfn: number, order: number, what: Allocation): Slot {
    const slot = this.#free.pop() ?? this.#rows++;
    if (order > this.#highest) this.#highest = order;
    if (slot === this.pfn.length) this.#grow();
    this.pfn[slot] = pfn;
    this.order[slot] = order;
    this.piece[slot] = order;
    this.gfp[slot] = what.gfp;
    this.task[slot] = what.task;
    this.stack[slot] = what.stack;
    this.migratetype[slot] = what.migratetype;
    this.seconds[slot] = what.seconds;
    this.nanoseconds[slot] = what.nanoseconds;
    this.serial[slot] = what.serial;
    this.record[slot] = what.record;
    this.flags[slot] = what.flags;
    this.reason[slot] = what.reason;
    this.size++;
    this.#count(pfn, order, 1);
    this.#enter(slot);
    if (2 * this.size > this.#index.length) this.#rehash();
    return slot;
  }

  remove(slot: Slot): void {
    const index = this.#index;
    const mask = index.length - 1;
    let hole = hashOf(this.pfn[slot] as number) & mask;
    while (index[hole] !== slot) hole = (hole + 1) & mask;
    // Whoever stands behind the hole and could stand in it moves up, so that no search stops short.
    for (let i = (hole + 1) & mask; index[i] !== EMPTY; i = (i + 1) & mask) {
      const home = hashOf(this.pfn[index[i] as number] as number) & mask;
      if (((i - home) & mask) < ((i - hole) & mask)) continue;
      index[hole] = index[i] as number;
      hole = i;
    }
    index[hole] = EMPTY;
    this.size--;
    this.#count(this.pfn[slot] as number, this.order[slot] as number, -1);
    this.pfn[slot] = -1;
    this.#free.push(slot);
  }

  /** Makes the 2^`order` pages at `pfn`, a piece or some pieces of a larger row, a row by themselves. */
  cut(slot: Slot, pfn: number, order: number): Slot {
    const piece = this.piece[slot] as number;
    let first = this.pfn[slot] as number;
    let pages = 1 << (this.order[slot] as number);
    if (pages === 1 << order) return slot;
    const what = this.#what(slot);
    this.remove(slot);
    for (let half = (this.order[slot] as number) - 1; half >= order; half--) {
      pages /= 2;
      const isUpper = pfn >= first + pages;
      const other = this.add(isUpper ? first : first + pages, half, what);
      this.piece[other] = piece;
      if (isUpper) first += pages;
    }
    const own = this.add(pfn, order, what);
    this.piece[own] = piece;
    return own;
  }

  /** Cuts a row of one record in halves until one begins at `pfn`: each is a record from now on. */
  split(slot: Slot, pfn: number): Slot {
    const what = this.#what(slot);
    let first = this.pfn[slot] as number;
    let order = this.order[slot] as number;
    this.remove(slot);
    while (first < pfn) {
      const middle = first + (1 << --order);
      if (pfn >= middle) {
        this.add(first, order, what);
        first = middle;
      } else this.add(middle, order, what);
    }
    return this.add(first, order, what);
  }

  /** What a row stands for is now at `pfn`, where none may begin. */
  move(slot: Slot, pfn: number): Slot {
    const what = this.#what(slot);
    const order = this.order[slot] as number;
    this.remove(slot);
    return this.add(pfn, order, what);
  }

  #what(slot: Slot): Allocation {
    return {
      gfp: this.gfp[slot] as number,
      task: this.task[slot] as number,
      stack: this.stack[slot] as number,
      migratetype: this.migratetype[slot] as number,
      seconds: this.seconds[slot] as number,
      nanoseconds: this.nanoseconds[slot] as number,
      serial: this.serial[slot] as number,
      record: this.record[slot] as number,
      flags: this.flags[slot] as number,
      reason: this.reason[slot] as number,
    };
  }

  /** The rows of all live allocations. */
  *slots(): Generator<Slot> {
    for (let slot = 0; slot < this.#rows; slot++) if ((this.pfn[slot] as number) >= 0) yield slot;
  }

  /** The same, by page frame number. */
  sorted(): Slot[] {
    return [...this.slots()].sort((a, b) => (this.pfn[a] as number) - (this.pfn[b] as number));
  }

  #count(pfn: number, order: number, by: number): void {
    (this.ofOrder[order] as number) += by;
    (this.#begin[(pfn / BUCKET) & (BUCKETS - 1)] as number) += by;
    if (order > 0) (this.#large[(pfn / CHUNK) & (CHUNKS - 1)] as number) += by;
  }

  #enter(slot: Slot): void {
    const index = this.#index;
    const mask = index.length - 1;
    let i = hashOf(this.pfn[slot] as number) & mask;
    while (index[i] !== EMPTY) i = (i + 1) & mask;
    index[i] = slot;
  }

  #rehash(): void {
    this.#index = new Int32Array(2 * this.#index.length).fill(EMPTY);
    for (let slot = 0; slot < this.#rows; slot++) if ((this.pfn[slot] as number) >= 0) this.#enter(slot);
  }

  #grow(): void {
    const length = 2 * this.pfn.length;
    this.pfn = grown(this.pfn, new Float64Array(length));
    this.order = grown(this.order, new Uint8Array(length));
    this.piece = grown(this.piece, new Uint8Array(length));
    this.gfp = grown(this.gfp, new Uint32Array(length));
    this.task = grown(this.task, new Uint32Array(length));
    this.stack = grown(this.stack, new Uint32Array(length));
    this.migratetype = grown(this.migratetype, new Int8Array(length));
    this.seconds = grown(this.seconds, new Uint32Array(length));
    this.nanoseconds = grown(this.nanoseconds, new Uint32Array(length));
    this.serial = grown(this.serial, new Float64Array(length));
    this.record = grown(this.record, new Int32Array(length));
    this.flags = grown(this.flags, new Int32Array(length));
    this.reason = grown(this.reason, new Uint8Array(length));
  }
}

/** Where the row of `pfn` is looked for. Neighbours are together, as they are allocated one after the other. */
function hashOf(pfn: number): number {
  const group = pfn / GROUP;
  const mixed = Math.imul((group ^ (group / TWO_32)) | 0, 0x9e3779b1);
  return ((mixed ^ (mixed >>> 15)) * GROUP) | (pfn & (GROUP - 1));
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
