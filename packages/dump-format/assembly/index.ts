/**
 * The fast path of the scanner: finds the records of a page_owner dump in a window of bytes and turns each into a row
 * of numbers. It knows one shape, the one that kernels 3.19 to the newest write:
 *
 *   Page allocated via order ...[, ts N ns[, free_ts N ns]]\n     the header line
 *   PFN ...\n                                                     the PFN line
 *   ...\n                                                         the stack text: frames and what follows them
 *   \n                                                            the empty line
 *
 * and stops at anything else, which the slow path in src/ then takes. It judges nothing: the header line and the stack
 * text are interned, and their meaning is worked out once for each distinct text by its caller.
 */
import { allocate, mark, release, SLACK } from './memory';
import { copyLoose, equal, findEmptyLine, findNewline, NEWLINE } from './bytes';
import { Interner } from './interner';

/** A row: 16 u32. Offsets count from the start of the memory. */
const ROW: u32 = 64;
const ROW_START: u32 = 0; // the record's first byte
const ROW_END: u32 = 4; // after its empty line
const ROW_LINE: u32 = 8; // id of the header line, times cut out as asked
const ROW_STACK: u32 = 12; // id of the stack text, with the empty line
const ROW_TS: u32 = 16; // u64
const ROW_FREE_TS: u32 = 24; // u64
const ROW_BITS: u32 = 32;
const ROW_PFN: u32 = 36; // the PFN line's first byte
const ROW_STACK_START: u32 = 40; // the byte after the PFN line
const ROW_PAGE: u32 = 44; // id of the page text; this and the next two only when pages are read
const ROW_PAGE_PFN: u32 = 48; // u64
const ROW_BLOCK: u32 = 56; // u64

const BIT_CMA: u32 = 1; // the PFN line says CMA
const BIT_SLAB: u32 = 2; // the PFN line says slab
const BIT_TS: u32 = 4; // the header has ts
const BIT_FREE_TS: u32 = 8; // the header has free_ts
const BIT_WIDE: u32 = 16; // a time of more than 19 digits, or with a leading 0: its u64 does not tell its text

/** Why `scan` stopped. */
const STOP_FULL: u32 = 0;
const STOP_MORE: u32 = 1;
const STOP_ODD: u32 = 2;

/** What is cut out of the interned header line. */
const CUT_TS: u32 = 1;
const CUT_FREE_TS: u32 = 2;

/** A header or PFN line, or a stack text, longer than these is left to the slow path. */
const LONGEST_LINE: u32 = 4096;
const LONGEST_STACK: u32 = 65536;

/** What a page number reads as that is not there, or has more digits than a u64 holds for sure. */
const NO_NUMBER: u64 = 0xffff_ffff_ffff_ffff;

const PREFIX_LENGTH: u32 = 25; // "Page allocated via order "

let windowAt: u32 = 0;
let rowsAt: u32 = 0;
let rowCapacity: u32 = 0;
let transferAt: u32 = 0;
let scratch: u32 = 0;
let firstFree: u32 = 0;
let seed: u64 = 0;
let cuts: u32 = 0;
let readsPages: bool = false;
let stoppedAt: u32 = 0;
let stopReason: u32 = 0;

const lines = changetype<Interner>(memory.data(offsetof<Interner>()));
const stacks = changetype<Interner>(memory.data(offsetof<Interner>()));
const pages = changetype<Interner>(memory.data(offsetof<Interner>()));

/** Lays out the memory. To be called once, before all else. */
export function setUp(
  windowBytes: u32,
  transferBytes: u32,
  rows: u32,
  cut: u32,
  withPages: bool,
  seedLow: u32,
  seedHigh: u32,
): void {
  windowAt = allocate(windowBytes + SLACK);
  transferAt = allocate(transferBytes + SLACK);
  rowCapacity = rows;
  rowsAt = allocate(rows * ROW);
  scratch = allocate(LONGEST_LINE + 3 * SLACK);
  cuts = cut;
  readsPages = withPages;
  seed = <u64>seedLow | ((<u64>seedHigh) << 32);
  firstFree = mark();
  lines.reset();
  stacks.reset();
  pages.reset();
}

export function getWindow(): u32 {
  return windowAt;
}

/** Where a caller puts a text that it wants interned. */
export function getTransfer(): u32 {
  return transferAt;
}

export function getRows(): u32 {
  return rowsAt;
}

/** Where the last `scan` stopped: the start of a record it did not take. */
export function getStop(): u32 {
  return stoppedAt;
}

/** Why it stopped there: 0 the rows are full, 1 more bytes are needed, 2 not the shape it knows. */
export function getStopReason(): u32 {
  return stopReason;
}

/** Bytes in use by interned texts and their tables. */
export function getTextBytes(): u32 {
  return mark() - firstFree;
}

/** Forgets all header lines and stack texts; ids begin at 0 again. */
export function forget(): void {
  release(firstFree);
  lines.reset();
  stacks.reset();
  pages.reset();
}

export function lineCount(): u32 {
  return lines.count;
}

export function lineText(id: u32): u32 {
  return lines.textOf(id);
}

export function lineLength(id: u32): u32 {
  return lines.lengthOf(id);
}

export function internLine(text: u32, length: u32): u32 {
  return lines.intern(text, length, seed);
}

export function stackCount(): u32 {
  return stacks.count;
}

export function stackText(id: u32): u32 {
  return stacks.textOf(id);
}

export function stackLength(id: u32): u32 {
  return stacks.lengthOf(id);
}

export function internStack(text: u32, length: u32): u32 {
  return stacks.intern(text, length, seed);
}

export function pageCount(): u32 {
  return pages.count;
}

export function pageText(id: u32): u32 {
  return pages.textOf(id);
}

export function pageLength(id: u32): u32 {
  return pages.lengthOf(id);
}

export function internPage(text: u32, length: u32): u32 {
  return pages.intern(text, length, seed);
}

/** Reads records from [from, to) into rows until a reason to stop. Returns the number of rows. */
export function scan(from: u32, to: u32): u32 {
  const prefixHead = i8x16(80, 97, 103, 101, 32, 97, 108, 108, 111, 99, 97, 116, 101, 100, 32, 118); // Page allocated v
  const prefixTail = i8x16(99, 97, 116, 101, 100, 32, 118, 105, 97, 32, 111, 114, 100, 101, 114, 32); // cated via order_
  const lastRow = rowsAt + rowCapacity * ROW;
  let row = rowsAt;
  let p = from;
  stopReason = STOP_FULL;
  while (row < lastRow) {
    if (p + PREFIX_LENGTH > to) {
      stopReason = STOP_MORE;
      break;
    }
    const mismatch = v128.or(
      v128.xor(v128.load(p), prefixHead),
      v128.xor(v128.load(p + (PREFIX_LENGTH - 16)), prefixTail),
    );
    if (v128.any_true(mismatch)) {
      stopReason = STOP_ODD;
      break;
    }
    const headerEnd = findNewline(p + PREFIX_LENGTH, min(to, p + LONGEST_LINE));
    if (headerEnd + 6 > to) {
      stopReason = to - p > LONGEST_LINE ? STOP_ODD : STOP_MORE;
      break;
    }
    const pfn = headerEnd + 1;
    // The digit matters: a task name may hold a newline and "PFN ", but has no room for a digit more.
    if (
      load<u8>(headerEnd) != NEWLINE ||
      load<u8>(headerEnd - 1) == 13 /* CRLF */ ||
      load<u32>(pfn) != 0x204e4650 /* "PFN " */ ||
      <u32>load<u8>(pfn, 4) - 48 > 9
    ) {
      stopReason = STOP_ODD;
      break;
    }
    const pfnEnd = findNewline(pfn, min(to, pfn + LONGEST_LINE));
    if (pfnEnd == to) {
      stopReason = STOP_MORE;
      break;
    }
    if (load<u8>(pfnEnd) != NEWLINE) {
      stopReason = STOP_ODD;
      break;
    }

    const stackStart = pfnEnd + 1;
    let end: u32 = 0;
    let stack = stacks.guess();
    if (stack >= 0) {
      const length = stacks.lengthOf(stack);
      if (stackStart + length <= to && equal(stackStart, stacks.textOf(stack), length)) end = stackStart + length;
    }
    if (!end) {
      const emptyLine = findEmptyLine(stackStart, min(to, stackStart + LONGEST_STACK));
      if (emptyLine == to) {
        stopReason = STOP_MORE;
        break;
      }
      if (emptyLine == stackStart + LONGEST_STACK) {
        stopReason = STOP_ODD;
        break;
      }
      end = emptyLine + 1;
      stack = stacks.intern(stackStart, end - stackStart, seed);
    }
    stacks.saw(stack);

    store<u32>(row, p, ROW_START);
    store<u32>(row, end, ROW_END);
    store<u32>(row, stack, ROW_STACK);
    store<u32>(row, pfn, ROW_PFN);
    store<u32>(row, stackStart, ROW_STACK_START);
    const bits = readHeader(row, p, headerEnd) | readPfnLine(pfn, pfnEnd);
    store<u32>(row, bits, ROW_BITS);
    if (readsPages) readPage(row, pfn, pfnEnd);
    row += ROW;
    p = end;
  }
  stoppedAt = p;
  return (row - rowsAt) / ROW;
}

let number: u64 = 0;
let digits: u32 = 0;

/** Reads the decimal number that ends at `end` backwards, not below `start`; returns where it begins. */
function numberBefore(end: u32, start: u32): u32 {
  let p = end;
  let value: u64 = 0;
  let scale: u64 = 1;
  while (p > start) {
    const digit = <u32>load<u8>(p - 1) - 48;
    if (digit > 9) break;
    value += scale * digit;
    scale *= 10;
    p--;
  }
  number = value;
  digits = end - p;
  return p;
}

/** Whether the number just read, whose digits begin at `p`, fits a u64 for sure and is written without leading zeros. */
@inline
function isPlain(p: u32): bool {
  return digits <= 19 && (digits == 1 || load<u8>(p) != 48);
}

/** Reads the times at the end of a header line, interns the line without them, returns the row's bits. */
function readHeader(row: u32, start: u32, newline: u32): u32 {
  let bits: u32 = 0;
  let ts: u64 = 0;
  let freeTs: u64 = 0;
  let cut1: u32 = 0; // [cut1, cut1End) and [cut2, cut2End) are left out
  let cut1End: u32 = 0;
  let cut2: u32 = 0;
  let cut2End: u32 = 0;
  const first = start + PREFIX_LENGTH;
  if (load<u8>(newline - 1) == 115 /* s */ && load<u16>(newline - 3) == 0x6e20 /* " n" */) {
    let end = newline - 3;
    let p = numberBefore(end, first);
    // "free_ts " before the number, read as one word
    if (digits && load<u64>(p - 8) == 0x2073745f65657266 && load<u16>(p - 10) == 0x202c /* ", " */) {
      if (load<u8>(p - 11) == 115 && load<u16>(p - 13) == 0x6e20) {
        freeTs = number;
        bits |= BIT_FREE_TS | (isPlain(p) ? 0 : BIT_WIDE);
        if (cuts & CUT_FREE_TS) {
          cut2 = p;
          cut2End = end;
        }
        end = p - 13;
        p = numberBefore(end, first);
      }
    }
    // ", ts " before the number
    if (digits && load<u32>(p - 4) == 0x20737420 /* " ts " */ && load<u8>(p - 5) == 44 /* , */) {
      ts = number;
      bits |= BIT_TS | (isPlain(p) ? 0 : BIT_WIDE);
      if (cuts & CUT_TS) {
        cut1 = p;
        cut1End = end;
      }
    }
  }

  let text = start;
  let length = newline + 1 - start;
  if (cut1 | cut2) {
    // cut1 lies before cut2 when both are there
    let from = start;
    let to = scratch;
    if (cut1) {
      copyLoose(to, from, cut1 - from);
      to += cut1 - from;
      from = cut1End;
    }
    if (cut2) {
      copyLoose(to, from, cut2 - from);
      to += cut2 - from;
      from = cut2End;
    }
    copyLoose(to, from, newline + 1 - from);
    to += newline + 1 - from;
    text = scratch;
    length = to - scratch;
  }
  let line = lines.last;
  if (line < 0 || lines.lengthOf(line) != length || !equal(lines.textOf(line), text, length)) {
    line = lines.guess();
    if (line < 0 || lines.lengthOf(line) != length || !equal(lines.textOf(line), text, length)) {
      line = lines.intern(text, length, seed);
    }
    lines.saw(line);
  }
  store<u32>(row, line, ROW_LINE);
  store<u64>(row, ts, ROW_TS);
  store<u64>(row, freeTs, ROW_FREE_TS);
  return bits;
}

/** Whether the PFN line [p, end) says CMA or slab. */
function readPfnLine(p: u32, end: u32): u32 {
  const c = i8x16.splat(67); // C
  const s = i8x16.splat(115); // s
  const l = i8x16.splat(108); // l
  let hits = i8x16.splat(0);
  for (let q = p; q < end; q += 16) {
    const v = v128.load(q);
    hits = v128.or(hits, i8x16.eq(v, c));
    hits = v128.or(hits, v128.and(i8x16.eq(v, s), i8x16.eq(v128.load(q, 1), l)));
  }
  if (!v128.any_true(hits)) return 0;
  let bits: u32 = 0;
  for (let q = p; q + 2 < end; q++) {
    const four = load<u32>(q);
    if ((four & 0xffffff) == 0x414d43 /* CMA */) bits |= BIT_CMA;
    if (four == 0x62616c73 /* slab */ && q + 3 < end) bits |= BIT_SLAB;
  }
  return bits;
}

/**
 * Reads the page frame number and the block of the PFN line [start, newline), interns the line without their digits and
 * without those of the flags word and of lastcpupid. The slow path does the same: src/page-text.ts.
 */
function readPage(row: u32, start: u32, newline: u32): void {
  let pfn: u64 = NO_NUMBER;
  let block: u64 = NO_NUMBER;
  let from = start; // what lies before it is in scratch, or left out
  let to = scratch;
  let p = start + 4; // "PFN "
  if (load<u16>(p) == 0x7830 /* 0x */) {
    p += 2;
    const end = skipHex(p, newline);
    if (end > p && end - p <= 16) {
      pfn = 0;
      for (let q = p; q < end; q++) {
        const byte = <u32>load<u8>(q);
        pfn = (pfn << 4) | (byte > 57 ? byte - 87 : byte - 48);
      }
      copyLoose(to, from, p - from);
      to += p - from;
      from = end;
    }
    p = end;
  } else {
    const end = skipDecimal(p, newline);
    if (end > p && end - p <= 19) {
      pfn = number;
      copyLoose(to, from, p - from);
      to += p - from;
      from = end;
    }
    p = end;
  }

  let q = findWord(p, newline, 66 /* B */, 0x20_6b63_6f6c_4220 /* " Block " */, 0xff_ffff_ffff_ffff);
  if (q) {
    q += 7;
    const end = skipDecimal(q, newline);
    if (end > q && end - q <= 19) {
      block = number;
      copyLoose(to, from, q - from);
      to += q - from;
      from = end;
    }
    q = end;
    q = findWord(q, newline, 70 /* F */, 0x3020_7367_616c_4620 /* " Flags 0" */, -1);
    while (q && load<u8>(q, 8) != 120 /* x */) q = findWord(q + 1, newline, 70, 0x3020_7367_616c_4620, -1);
    if (q) {
      q += 9;
      const flagsEnd = skipHex(q, newline);
      copyLoose(to, from, q - from);
      to += q - from;
      from = flagsEnd;
      // The last "lastcpupid=0x": "lastcpup" and "pupid=0x" overlap.
      let last = newline - 13;
      while (last >= flagsEnd && (load<u64>(last) != 0x7075_7063_7473_616c || load<u64>(last, 5) != 0x7830_3d64_6970_7570)) last--;
      if (last >= flagsEnd) {
        last += 13;
        copyLoose(to, from, last - from);
        to += last - from;
        from = skipHex(last, newline);
      }
    }
  }
  copyLoose(to, from, newline + 1 - from);
  to += newline + 1 - from;

  const length = to - scratch;
  let page = pages.last;
  if (page < 0 || pages.lengthOf(page) != length || !equal(pages.textOf(page), scratch, length)) {
    page = pages.guess();
    if (page < 0 || pages.lengthOf(page) != length || !equal(pages.textOf(page), scratch, length)) {
      page = pages.intern(scratch, length, seed);
    }
    pages.saw(page);
  }
  store<u32>(row, page, ROW_PAGE);
  store<u64>(row, pfn, ROW_PAGE_PFN);
  store<u64>(row, block, ROW_BLOCK);
}

/**
 * The first place in [from, to) of a word of up to 8 bytes, given by its second byte and by all of them as a number
 * under a mask; 0 when there is none. `to` is a newline, which the word does not hold.
 */
function findWord(from: u32, to: u32, second: u8, word: u64, mask: u64): u32 {
  const seconds = i8x16.splat(second);
  for (let p = from + 1; p < to; p += 16) {
    for (let hits = i8x16.bitmask(i8x16.eq(v128.load(p), seconds)) & 0xffff; hits; hits &= hits - 1) {
      const at = p - 1 + <u32>ctz(hits);
      if (at >= to) return 0;
      if ((load<u64>(at) & mask) == word) return at;
    }
  }
  return 0;
}

/** The byte after the decimal digits at `p`, at most at `end`; their number goes to `number`. */
function skipDecimal(p: u32, end: u32): u32 {
  let value: u64 = 0;
  for (; p < end; p++) {
    const digit = <u32>load<u8>(p) - 48;
    if (digit > 9) break;
    value = value * 10 + digit;
  }
  number = value;
  return p;
}

/** The byte after the hexadecimal digits (small letters) at `p`, at most at `end`. */
function skipHex(p: u32, end: u32): u32 {
  for (; p < end; p += 16) {
    const v = v128.load(p);
    const decimal = i8x16.lt_u(i8x16.sub(v, i8x16.splat(48)), i8x16.splat(10));
    const letter = i8x16.lt_u(i8x16.sub(v, i8x16.splat(97)), i8x16.splat(6));
    const others = i8x16.bitmask(v128.not(v128.or(decimal, letter))) & 0xffff;
    if (others) return min(p + <u32>ctz(others), end);
  }
  return end;
}
