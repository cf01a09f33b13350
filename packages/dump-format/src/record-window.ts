import { KERNEL_WASM_BASE64 } from './generated/kernel.js';

/** The number of a distinct header line, counted from 0 in order of first appearance. */
export type LineId = number;
/** The number of a distinct stack text, counted from 0 in order of first appearance. */
export type StackId = number;
/** The number of a distinct page text ({@link cutPage}), counted from 0 in order of first appearance. */
export type PageTextId = number;

/**
 * A row of `RecordWindow.rows`: one record, as the fast path (assembly/index.ts) saw it. Offsets are indices into
 * `RecordWindow.bytes`; 64-bit values are two words, low first.
 *
 *   word  0       1     2      3       4  5  6     7   8      9     10           11     12    13  14  15
 *       +-------+-----+------+-------+-----+---------+------+-----+------------+------+---------+------+
 *       | start | end | line | stack | ts  | free_ts | bits | pfn | stackStart | page | pagePfn | block|
 *       +-------+-----+------+-------+-----+---------+------+-----+------------+------+---------+------+
 *
 * `pfn` is where the PFN line begins; the words from 11 on hold something only in a window that reads pages.
 */
export const ROW_WORDS = 16;
/** Word: offset of the record's first byte in the window. */
export const ROW_START = 0;
/** Word: offset of the byte behind it. */
export const ROW_END = 1;
/** Word: id of its header line. */
export const ROW_LINE = 2;
/** Word: id of its stack text. */
export const ROW_STACK = 3;
/** Two words, low one first: time of the allocation, ns. */
export const ROW_TS = 4;
/** Two words, low one first: time of the free before it, ns. */
export const ROW_FREE_TS = 6;
/** Word: BIT_CMA and those beside it. */
export const ROW_BITS = 8;
/** Word: offset of the PFN line in the window. */
export const ROW_PFN = 9;
/** Word: offset of the stack text in the window. */
export const ROW_STACK_START = 10;
/** Word: id of the PFN line without its numbers; only where pages are read. */
export const ROW_PAGE = 11;
/** Two words: the page frame number; only where pages are read. */
export const ROW_PAGE_PFN = 12;
/** Two words: the number of the pageblock; only where pages are read. */
export const ROW_BLOCK = 14;

/** Bit of `ROW_BITS`: the PFN line says `CMA`. */
export const BIT_CMA = 1;
/** Bit of `ROW_BITS`: the PFN line says `slab`. */
export const BIT_SLAB = 2;
/** Bit of `ROW_BITS`: the header has `ts`. */
export const BIT_TS = 4;
/** Bit of `ROW_BITS`: the header has `free_ts`. */
export const BIT_FREE_TS = 8;
/** Bit of `ROW_BITS`: a time has more than 19 digits, or a leading zero: its two words do not tell its text. */
export const BIT_WIDE = 16;

/** Nothing is cut out of the header lines before they are told apart. */
export const CUT_NOTHING = 0;
/** Bit: the digits of `ts` are cut out. */
export const CUT_TS = 1;
/** Bit: the digits of `free_ts` are cut out. */
export const CUT_FREE_TS = 2;

/** Why the fast path stopped: all rows are taken. */
export const STOP_FULL = 0;
/** Why the fast path stopped: the bytes end within a record, or at its end. */
export const STOP_MORE = 1;
/** Why the fast path stopped: what follows has not the one shape that it knows. */
export const STOP_ODD = 2;

const WINDOW_BYTES = 4 << 20;
/** The longest text that can be interned from outside. */
const TRANSFER_BYTES = (1 << 20) + 4096;
const ROWS = 4096;
const NEWLINE = 10;

interface Kernel {
  memory: WebAssembly.Memory;
  setUp(
    windowBytes: number,
    transferBytes: number,
    rows: number,
    cut: number,
    withPages: boolean,
    seedLow: number,
    seedHigh: number,
  ): void;
  getWindow(): number;
  getTransfer(): number;
  getRows(): number;
  getStop(): number;
  getStopReason(): number;
  getTextBytes(): number;
  forget(): void;
  scan(from: number, to: number): number;
  lineCount(): number;
  lineText(id: LineId): number;
  lineLength(id: LineId): number;
  internLine(text: number, length: number): LineId;
  stackCount(): number;
  stackText(id: StackId): number;
  stackLength(id: StackId): number;
  internStack(text: number, length: number): StackId;
  pageCount(): number;
  pageText(id: PageTextId): number;
  pageLength(id: PageTextId): number;
  internPage(text: number, length: number): PageTextId;
}

let compiled: Promise<WebAssembly.Module> | undefined;

function compileKernel(): Promise<WebAssembly.Module> {
  return (compiled ??= WebAssembly.compile(
    Uint8Array.from(atob(KERNEL_WASM_BASE64), (c) => c.charCodeAt(0)),
  ));
}

/**
 * A window on the bytes of a dump, in the memory of the WebAssembly kernel that reads records out of it: fill the
 * `space()`, say how much with `filled()`, `scan()`, read `rows`, and step over what the kernel does not know with
 * `position`. Most callers want `DumpScanner`, which does all this.
 */
export class RecordWindow {
  /** The kernel's memory. It moves when it grows: read it anew after every `scan`, `internLine`, `internStack`. */
  bytes: Uint8Array;
  /** Rows of ROW_WORDS words, one a record. */
  rows: Uint32Array;
  /** Where the next `scan` begins; move it to step over bytes. An index into `bytes`, as is `limit`. */
  position: number;
  /** The end of the bytes that are there. */
  limit: number;

  readonly #kernel: Kernel;
  readonly #start: number;
  /** The input's offset of `bytes[0]`, were the window not to begin there. */
  #base: number;

  private constructor(kernel: Kernel, offset: number) {
    this.#kernel = kernel;
    this.#start = kernel.getWindow();
    this.bytes = new Uint8Array(kernel.memory.buffer);
    this.rows = new Uint32Array(kernel.memory.buffer, kernel.getRows(), ROWS * ROW_WORDS);
    this.position = this.#start;
    this.limit = this.#start;
    this.#base = offset - this.#start;
  }

  /**
   * `cut` is what is cut out of header lines; `offset` is the offset of the first byte that will come; `pages`: whether
   * PFN lines are read and interned as well.
   */
  static async create(cut: number = CUT_TS | CUT_FREE_TS, offset = 0, pages = false): Promise<RecordWindow> {
    const instance = await WebAssembly.instantiate(await compileKernel(), {
      env: {
        abort: () => {
          throw new Error('the scanner ran out of memory');
        },
      },
    });
    const kernel = instance.exports as unknown as Kernel;
    const seed = () => Math.floor(Math.random() * 2 ** 32);
    kernel.setUp(WINDOW_BYTES, TRANSFER_BYTES, ROWS, cut, pages, seed(), seed());
    return new RecordWindow(kernel, offset);
  }

  /** The bytes between position and limit. */
  get pending(): number {
    return this.limit - this.position;
  }

  /** Free room for at least `wanted` bytes (at most 1 MiB), to be written to; what it held is moved, not lost. */
  space(wanted = 1 << 20): Uint8Array {
    const end = this.#start + WINDOW_BYTES;
    if (end - this.limit < wanted && this.position > this.#start) {
      this.bytes.copyWithin(this.#start, this.position, this.limit);
      this.#base += this.position - this.#start;
      this.limit -= this.position - this.#start;
      this.position = this.#start;
    }
    return this.bytes.subarray(this.limit, Math.min(end, this.limit + wanted));
  }

  /** Says that the first `count` bytes of `space()` have been written. */
  filled(count: number): void {
    this.limit += count;
  }

  /** The offset in the input of an index into `bytes`. */
  offsetOf(index: number): number {
    return this.#base + index;
  }

  /** Reads records from `position` on into `rows`; returns how many, and moves `position` behind the last. */
  scan(): number {
    const count = this.#kernel.scan(this.position, this.limit);
    this.position = this.#kernel.getStop() >>> 0;
    this.#refresh();
    return count;
  }

  /**
   * Reads a record from outside the window, its lines without the empty line that ends it, into the first row; false, and
   * there is no row, when it has not the shape that `scan` knows. The offsets in the row hold until the next call.
   */
  scanText(text: Uint8Array): boolean {
    const at = this.#transfer(text, 1);
    const end = at + text.length + 1;
    this.bytes[end - 1] = NEWLINE;
    const count = this.#kernel.scan(at, end);
    this.#refresh();
    return count > 0 && this.rows[ROW_END] === end;
  }

  /** Why the last `scan` stopped: STOP_FULL, STOP_MORE or STOP_ODD. */
  get stopReason(): number {
    return this.#kernel.getStopReason();
  }

  /** Distinct header lines so far. */
  get lineCount(): number {
    return this.#kernel.lineCount();
  }

  /** Distinct stack texts so far. */
  get stackCount(): number {
    return this.#kernel.stackCount();
  }

  /** The bytes of a header line with its newline; a view that holds until the memory grows. */
  line(id: LineId): Uint8Array {
    const at = this.#kernel.lineText(id) >>> 0;
    return this.bytes.subarray(at, at + this.#kernel.lineLength(id));
  }

  /** The bytes of a stack text with the empty line that ends it; a view that holds until the memory grows. */
  stack(id: StackId): Uint8Array {
    const at = this.#kernel.stackText(id) >>> 0;
    return this.bytes.subarray(at, at + this.#kernel.stackLength(id));
  }

  /** Distinct PFN lines, without their numbers, so far. */
  get pageCount(): number {
    return this.#kernel.pageCount();
  }

  /** The bytes of a page text; a view that holds until the memory grows. */
  page(id: PageTextId): Uint8Array {
    const at = this.#kernel.pageText(id) >>> 0;
    return this.bytes.subarray(at, at + this.#kernel.pageLength(id));
  }

  /** The id of a header line that was read elsewhere. */
  internLine(text: Uint8Array): LineId {
    return this.#intern(text, this.#kernel.internLine);
  }

  /** The id of a stack text that was read elsewhere. */
  internStack(text: Uint8Array): StackId {
    return this.#intern(text, this.#kernel.internStack);
  }

  /** The id of a PFN line, without its numbers, that was read elsewhere. */
  internPage(text: Uint8Array): PageTextId {
    return this.#intern(text, this.#kernel.internPage);
  }

  /** Bytes that the interned texts and their tables take. */
  get textBytes(): number {
    return this.#kernel.getTextBytes() >>> 0;
  }

  /** Forgets all interned texts; ids begin at 0 again. The window's bytes stay. */
  forget(): void {
    this.#kernel.forget();
  }

  #intern(text: Uint8Array, intern: (at: number, length: number) => number): number {
    const id = intern(this.#transfer(text), text.length);
    this.#refresh();
    return id;
  }

  /** Puts a text where the kernel reads it. */
  #transfer(text: Uint8Array, more = 0): number {
    if (text.length + more > TRANSFER_BYTES)
      throw new RangeError(`a text of ${text.length} bytes is too long`);
    const at = this.#kernel.getTransfer();
    this.bytes.set(text, at);
    return at;
  }

  #refresh(): void {
    if (this.bytes.length) return;
    const { buffer } = this.#kernel.memory;
    this.bytes = new Uint8Array(buffer);
    this.rows = new Uint32Array(buffer, this.#kernel.getRows(), ROWS * ROW_WORDS);
  }
}
