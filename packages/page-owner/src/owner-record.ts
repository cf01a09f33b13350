/** One frame's record, copied out of page_ext: what a dump is written from. */
import { MIGRATE_REASON_NEVER } from '@page-owner/kernel-abi';
import type { PageExtTable, Pfn } from '@page-owner/page-ext';
import { FRAME_WORDS, NO_STACK, type StackHandle } from '@page-owner/stackdepot';
import { ALLOCATED, NONE, OWNER, type RecordPlaces } from './record-places.js';
import { COMM_BYTES } from './surroundings.js';

/** Frames kept in page_ext before there was a depot. */
const INLINE_FRAMES = 8;

const TIME_WORDS = 2;

const UTF8 = new TextDecoder();
const toBigInt = (time: Uint32Array): bigint => (BigInt(time[1]!) << 32n) | BigInt(time[0]!);

/**
 * A record as a cursor: made once, filled again and again. A field the kernel does not have stays as it is here.
 */
export class OwnerRecord {
  /** The frame it is of. */
  pfn: Pfn = 0;
  /** The block has 2^order frames. */
  order = 0;
  /** Mask of the allocation, as this kernel numbers the flags. */
  gfp = 0;
  /** Why the page was last migrated; -1 for never. */
  reason = MIGRATE_REASON_NEVER;
  /** Stack of the allocation; 0 for none, and before 4.8, which see {@link frames}. */
  handle: StackHandle = NO_STACK;
  /** Stack of the frame's last free, which may be older than the allocation. */
  freeHandle: StackHandle = NO_STACK;
  pid = 0;
  tgid = 0;
  freePid = 0;
  freeTgid = 0;
  /** Times as words, low and high: of the allocation, and of the frame's last free. */
  readonly time: Uint32Array = new Uint32Array(TIME_WORDS);
  /** When it was freed last, ns in two words, low one first; zeros for never. */
  readonly freeTime: Uint32Array = new Uint32Array(TIME_WORDS);
  /** Some allocation of the frame was recorded. */
  owned = false;
  /** It still stands. Before 5.4 the same as `owned`. */
  allocated = false;
  /** Name of the task: up to 15 bytes, any but NUL, then NULs. */
  readonly comm: Uint8Array = new Uint8Array(COMM_BYTES);
  /** The same bytes, to be copied four at a time. */
  readonly commWords: Uint32Array = new Uint32Array(this.comm.buffer);
  /** Before 4.8: the stack itself, `depth` frames of two words. */
  readonly frames: Uint32Array = new Uint32Array(INLINE_FRAMES * FRAME_WORDS);
  depth = 0;

  /** Nanoseconds since boot. */
  get ts(): bigint {
    return toBigInt(this.time);
  }
  /** `freeTime` as one number. */
  get freeTs(): bigint {
    return toBigInt(this.freeTime);
  }
  /** The task's name as text; bytes that are no UTF-8 become U+FFFD. */
  get commText(): string {
    const end = this.comm.indexOf(0);
    return UTF8.decode(this.comm.subarray(0, end < 0 ? COMM_BYTES : end));
  }
  /** For the tracker: copies the entry at byte `at`. */
  load(table: PageExtTable, at: number, pfn: Pfn, places: RecordPlaces, keepsFreed: boolean): void {
    const { u32, i32 } = table;
    const word = at >>> 2;
    const flags = u32[word]!;
    this.pfn = pfn;
    this.owned = (flags & OWNER) !== 0;
    this.allocated = keepsFreed ? (flags & ALLOCATED) !== 0 : this.owned;
    this.order = orderAt(table, at, places);
    if (places.reasonHalf !== NONE) this.reason = table.i16[(at >>> 1) + places.reasonHalf]!;
    else if (places.reason !== NONE) this.reason = i32[word + places.reason]!;
    this.gfp = u32[word + places.gfp]!;
    if (places.handle !== NONE) this.handle = u32[word + places.handle]!;
    if (places.freeHandle !== NONE) this.freeHandle = u32[word + places.freeHandle]!;
    if (places.ts !== NONE) {
      this.time[0] = u32[word + places.ts]!;
      this.time[1] = u32[word + places.ts + 1]!;
      this.pid = i32[word + places.pid]!;
    }
    if (places.freeTs !== NONE) {
      this.freeTime[0] = u32[word + places.freeTs]!;
      this.freeTime[1] = u32[word + places.freeTs + 1]!;
    }
    if (places.comm !== NONE) {
      for (let i = 0; i < this.commWords.length; i++) this.commWords[i] = u32[word + places.comm + i]!;
      this.tgid = i32[word + places.tgid]!;
    }
    if (places.freePid !== NONE) {
      this.freePid = i32[word + places.freePid]!;
      this.freeTgid = i32[word + places.freeTgid]!;
    }
    if (places.frames !== NONE) {
      this.depth = u32[word + places.depth]!;
      for (let i = 0; i < FRAME_WORDS * this.depth; i++) this.frames[i] = u32[word + places.frames + i]!;
    }
  }
}

/** The order in the entry at byte `at`. */
export const orderAt = (table: PageExtTable, at: number, { orderHalf, order }: RecordPlaces): number =>
  orderHalf === NONE ? table.u32[(at >>> 2) + order]! : table.u16[(at >>> 1) + orderHalf]!;
