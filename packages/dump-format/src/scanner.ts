import { CR, LF, ascii, startsWith } from './bytes.js';
import { skipConsolePrefix } from './console-prefix.js';
import { findHeader, HEADER_START_BYTES } from './header-line.js';
import { cutTimes, fillTimes } from './header-times.js';
import { parseHeader, parseRecord } from './parse-record.js';
import type { PageOwnerRecord, RecordHeader } from './record.js';
import { cutPage } from './page-text.js';
import { emptyPiece, cutPiece } from './record-cutter.js';
import * as w from './record-window.js';
import { RecordWindow } from './record-window.js';
import type { LineId, PageTextId, StackId } from './record-window.js';

/** A stretch of the input that is no part of any record. */
export interface GarbagePiece {
  /** Byte offset in the input. */
  readonly offset: number;
  /** Number of the line it begins on, from 1 where the scan began. */
  readonly line: number;
  /** How many. */
  readonly bytes: number;
  /** Its first bytes, at most 80. They are untrusted: escape them before they reach a terminal. */
  readonly sample: Uint8Array;
}

/** What a scan has read so far. */
export interface ScanReport {
  /** Records read. */
  records: number;
  /** Bytes read, records and all else. */
  bytes: number;
  /** Newlines read. */
  lines: number;
  /** Stretches of the input that are no part of any record; all of them, also those not in `garbage`. */
  garbagePieces: number;
  /** Bytes in these. */
  garbageBytes: number;
  /** The first few pieces of garbage. */
  readonly garbage: GarbagePiece[];
  /** Records that ended at another record or at the end of the input, not at an empty line. */
  truncatedRecords: number;
  /** Kernel messages found between the lines of a record in a console log, and left out. */
  droppedLines: number;
}

/** How header lines are compared, and where the input begins. */
export interface ScanOptions {
  /** What is cut out of header lines before they are told apart; the default is CUT_TS | CUT_FREE_TS. */
  readonly cut?: number | undefined;
  /** Offset in the input of the first byte that will come; the default is 0. */
  readonly offset?: number | undefined;
  /** How many pieces of garbage the report keeps; the default is 5. */
  readonly keepGarbage?: number | undefined;
  /** Whether to read what PFN lines say into `ScannedRecord`'s `page`, `pfn` and `block`; the default is false. */
  readonly pages?: boolean | undefined;
}

/** Receives what the scanner finds. */
export interface RecordSink {
  /** `record` is the same object each time. */
  record(record: ScannedRecord): void;
  /** No record is under way: the only moment in which `forgetTexts()` may be called. */
  pause?(): void;
}

/**
 * The record under the scanner's hand, in numbers only, so that none costs an object. Header line and stack text are
 * ids of distinct texts; a time is two u32 words.
 */
export class ScannedRecord {
  /** Id of its header line. */
  line: LineId = 0;
  /** Id of its stack text. */
  stack: StackId = 0;
  /** Low word of the time of the allocation, ns since boot. */
  tsLow = 0;
  /** High word of that. */
  tsHigh = 0;
  /** Low word of the time of the free before it. */
  freeTsLow = 0;
  /** High word of that. */
  freeTsHigh = 0;
  /** BIT_CMA, BIT_SLAB: what the PFN line says; BIT_TS, BIT_FREE_TS: which times the header has. */
  bits = 0;
  /**
   * Page text, page frame number and pageblock number of the PFN line, when the scanner reads pages. A number is -1 when
   * it is not there or above 2^53; without a PFN line the page text is empty.
   */
  page: PageTextId = 0;
  pfn = -1;
  block = -1;
  /** Byte offset of the record in the input. */
  offset = 0;
  /** The record's clean text, without its empty line, is bytes[start, end), until the next record. */
  bytes: Uint8Array = new Uint8Array();
  start = 0;
  end = 0;
  /**
   * Where in `bytes` the PFN line and the stack text begin, which ends at bytes[end] with its empty line, when the record
   * has the shape that kernels write; else -1.
   */
  pageStart = -1;
  stackStart = -1;

  /** The whole record, for the few that are to be looked at closely. */
  parse(): PageOwnerRecord | undefined {
    return parseRecord(this.bytes.subarray(this.start, this.end));
  }
}

/** What is known of a distinct text: nothing yet; the fast path is right about it; the slow path has to look. */
const UNKNOWN = 0;
const FAST = 1;
const SLOW = 2;

/** How far `#takeRows` came: through all rows; off the rows, so that they have to be read anew; short of bytes. */
const DONE = 0;
const OFF_ROWS = 1;
const STARVED = 2;

const MANY_TEXT_BYTES = 24 << 20;
const SAMPLE_BYTES = 80;
const PFN = ascii('PFN');
/** A name that is ended on its line by `), ts N ns` ends there. The N may be missing: then the name may go on. */
const SURE_NAME_BYTES = '), ts  ns'.length + 2;

/**
 * Finds the records of a page_owner dump in a stream of bytes, however it is cut into chunks, and hands each to the
 * sink. Distinct header lines and stack texts are kept once, so memory grows with them and not with the records.
 *
 * Records in the shape that kernels write are read by a WebAssembly kernel; all else (CRLF, console prefixes, newlines
 * in task names, records cut off, garbage) by `cutPiece`, with the same result for what both can read.
 */
export class DumpScanner {
  /** Counts up to here; complete after `finish`. */
  readonly report: ScanReport = {
    records: 0,
    bytes: 0,
    lines: 0,
    garbagePieces: 0,
    garbageBytes: 0,
    garbage: [],
    truncatedRecords: 0,
    droppedLines: 0,
  };
  readonly #window: RecordWindow;
  readonly #sink: RecordSink;
  readonly #cut: number;
  readonly #pages: boolean;
  readonly #keepGarbage: number;
  readonly #firstOffset: number;
  readonly #record = new ScannedRecord();
  readonly #piece = emptyPiece();
  #headers: (RecordHeader | undefined)[] = [];
  #lineState: Uint8Array = new Uint8Array(1024);
  #stackState: Uint8Array = new Uint8Array(1024);
  #stackLines = new Uint32Array(1024);

  private constructor(window: RecordWindow, sink: RecordSink, options: ScanOptions) {
    this.#window = window;
    this.#sink = sink;
    this.#cut = options.cut ?? w.CUT_TS | w.CUT_FREE_TS;
    this.#pages = options.pages ?? false;
    this.#keepGarbage = options.keepGarbage ?? 5;
    this.#firstOffset = options.offset ?? 0;
  }

  static async create(sink: RecordSink, options: ScanOptions = {}): Promise<DumpScanner> {
    return new DumpScanner(
      await RecordWindow.create(options.cut, options.offset, options.pages),
      sink,
      options,
    );
  }

  /** Room for the next bytes of the input (about 1 MiB): write them there and say `filled`; it saves `push` a copy. */
  space(): Uint8Array {
    return this.#window.space();
  }

  /** Says that the first `count` bytes of `space()` are there, and reads the records that are complete. */
  filled(count: number): void {
    this.#window.filled(count);
    this.#drain(false);
  }

  /** Takes the next bytes of the input, any number of them. */
  push(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      const space = this.#window.space();
      const count = Math.min(space.length, bytes.length - from);
      space.set(bytes.subarray(from, from + count));
      this.filled(count);
      from += count;
    }
  }

  /** Says that the input has ended; a last record without an empty line counts. */
  finish(): ScanReport {
    this.#drain(true);
    return this.report;
  }

  /** How many distinct header lines there are; ids are below it. */
  get lineCount(): number {
    return this.#window.lineCount;
  }

  /** How many distinct stack texts there are; ids are below it. */
  get stackCount(): number {
    return this.#window.stackCount;
  }

  /** A distinct header line with its newline, the times cut out as asked. A view: copy what is to last. */
  lineText(id: LineId): Uint8Array {
    return this.#window.line(id);
  }

  /** A distinct stack text: the frames and what follows them, and the empty line. A view: copy what is to last. */
  stackText(id: StackId): Uint8Array {
    return this.#window.stack(id);
  }

  /** How many distinct page texts there are; ids are below it. */
  get pageCount(): number {
    return this.#window.pageCount;
  }

  /** A distinct page text: a PFN line without the digits that {@link cutPage} names. A view: copy what is to last. */
  pageText(id: PageTextId): Uint8Array {
    return this.#window.page(id);
  }

  /** What a distinct header line says; times that are cut out read as 0. */
  header(id: LineId): RecordHeader {
    const known = id < this.lineCount;
    const header = known && (this.#headers[id] ??= parseHeader(fillTimes(this.#window.line(id))));
    if (!header) throw new RangeError(`no header line has the id ${id}`);
    return header;
  }

  /** Bytes that the distinct texts and their tables take. */
  get textBytes(): number {
    return this.#window.textBytes;
  }

  /** The distinct texts take so much memory that a reader who has no other bound should forget them: 24 MiB. */
  get hasManyTexts(): boolean {
    return this.textBytes >= MANY_TEXT_BYTES;
  }

  /** Forgets the distinct texts; ids begin at 0 again. Only within the sink's `pause`. */
  forgetTexts(): void {
    this.#window.forget();
    this.#headers = [];
    this.#lineState.fill(UNKNOWN);
    this.#stackState.fill(UNKNOWN);
  }

  #drain(final: boolean): void {
    const window = this.#window;
    for (let more = true; more;) {
      if (this.#piece.insideLine) {
        more = this.#takePiece(final);
        continue;
      }
      const count = window.scan();
      const { stopReason } = window;
      const how = this.#takeRows(count, final);
      this.#sink.pause?.();
      if (how === STARVED) break;
      if (how === OFF_ROWS || stopReason === w.STOP_FULL) continue;
      if (stopReason === w.STOP_MORE && !final) break;
      more = window.pending > 0 && this.#takePiece(final);
      this.#sink.pause?.();
    }
    this.report.bytes = window.offsetOf(window.position) - this.#firstOffset;
  }

  /** Hands the first `count` rows of the window to the sink. */
  #takeRows(count: number, final: boolean): number {
    const window = this.#window;
    const { report } = this;
    const record = this.#record;
    const sink = this.#sink;
    const behind = window.position;
    this.#makeRoom();
    const lineState = this.#lineState;
    const stackState = this.#stackState;
    const stackLines = this.#stackLines;
    let rows = window.rows;
    record.bytes = window.bytes;
    for (let at = 0; at < count * w.ROW_WORDS; at += w.ROW_WORDS) {
      const line = rows[at + w.ROW_LINE]!;
      const stack = rows[at + w.ROW_STACK]!;
      const bits = rows[at + w.ROW_BITS]!;
      if (lineState[line] !== FAST || stackState[stack] !== FAST || bits & w.BIT_WIDE) {
        if (lineState[line] === UNKNOWN) lineState[line] = this.#judgeLine(line);
        if (stackState[stack] === UNKNOWN) stackState[stack] = this.#judgeStack(stack);
        if (lineState[line] === SLOW || stackState[stack] === SLOW || bits & w.BIT_WIDE) {
          const rowEnd = rows[at + w.ROW_END]!;
          window.position = rows[at + w.ROW_START]!;
          while (window.position < rowEnd) if (!this.#takePiece(final)) return STARVED;
          if (window.position > rowEnd) return OFF_ROWS;
          rows = window.rows;
          record.bytes = window.bytes;
          continue;
        }
      }
      fillRecord(record, rows, at, this.#pages);
      record.offset = window.offsetOf(record.start);
      report.records++;
      report.lines += 2 + stackLines[stack]!;
      sink.record(record);
    }
    window.position = behind;
    return DONE;
  }

  /** Takes one piece by the slow path; false when more bytes are needed for it. */
  #takePiece(final: boolean): boolean {
    const window = this.#window;
    const { report } = this;
    const piece = this.#piece;
    const start = window.position;
    if (!cutPiece(window.bytes, start, window.limit, final, piece)) return false;
    window.position = piece.end;
    const line = report.lines + 1;
    report.lines += piece.lines;
    report.droppedLines += piece.droppedLines;
    if (piece.kind === 'record') {
      if (piece.truncated) report.truncatedRecords++;
      report.records++;
      this.#takeRecord(piece.text.slice(), piece.headerEnd, window.offsetOf(start));
    } else if (piece.kind === 'garbage') {
      report.garbagePieces++;
      report.garbageBytes += piece.end - start;
      if (report.garbage.length < this.#keepGarbage) {
        const sample = window.bytes.slice(start, Math.min(piece.end, start + SAMPLE_BYTES));
        report.garbage.push({ offset: window.offsetOf(start), line, bytes: piece.end - start, sample });
      }
    }
    return true;
  }

  /** Hands a record of the slow path to the sink; once it is clean, most have the shape that kernels write. */
  #takeRecord(text: Uint8Array, headerEnd: number, offset: number): void {
    const record = this.#record;
    record.offset = offset;
    if (this.#isPlain(text, headerEnd)) {
      fillRecord(record, this.#window.rows, 0, this.#pages);
      record.bytes = this.#window.bytes;
    } else {
      this.#fillOdd(text, headerEnd);
    }
    this.#sink.record(record);
  }

  /** Whether the fast path is right about a clean record, which then is the first row. */
  #isPlain(text: Uint8Array, headerEnd: number): boolean {
    const window = this.#window;
    if (!window.scanText(text)) return false;
    this.#makeRoom();
    const { rows } = window;
    const stack = rows[w.ROW_STACK]!;
    if (this.#stackState[stack] === UNKNOWN) this.#stackState[stack] = this.#judgeStack(stack);
    return (
      rows[w.ROW_PFN]! - rows[w.ROW_START]! === headerEnd &&
      this.#stackState[stack] === FAST &&
      !(rows[w.ROW_BITS]! & w.BIT_WIDE)
    );
  }

  /** Fills the record with what the fast path does not know. */
  #fillOdd(text: Uint8Array, headerEnd: number): void {
    const record = this.#record;
    const times = cutTimes(text.subarray(0, headerEnd), this.#cut);
    const { stack, pfnLine } = splitBody(text, headerEnd);
    record.line = this.#window.internLine(times.line);
    record.stack = this.#window.internStack(stack);
    record.tsLow = Number(times.ts & 0xffff_ffffn);
    record.tsHigh = Number(times.ts >> 32n);
    record.freeTsLow = Number(times.freeTs & 0xffff_ffffn);
    record.freeTsHigh = Number(times.freeTs >> 32n);
    record.bits =
      times.bits | (includes(pfnLine, 'CMA') ? w.BIT_CMA : 0) | (includes(pfnLine, 'slab') ? w.BIT_SLAB : 0);
    if (this.#pages) {
      const page = cutPage(pfnLine);
      record.page = this.#window.internPage(page.text);
      record.pfn = numberOf(Number(page.pfn & 0xffff_ffffn), Number(page.pfn >> 32n));
      record.block = numberOf(Number(page.block & 0xffff_ffffn), Number(page.block >> 32n));
    }
    record.bytes = text;
    record.start = 0;
    record.end = text.length;
    record.pageStart = -1;
    record.stackStart = -1;
  }

  #makeRoom(): void {
    const { lineCount, stackCount } = this.#window;
    if (lineCount > this.#lineState.length) this.#lineState = grown(this.#lineState, lineCount);
    if (stackCount > this.#stackState.length) {
      this.#stackState = grown(this.#stackState, stackCount);
      const lines = new Uint32Array(this.#stackState.length);
      lines.set(this.#stackLines);
      this.#stackLines = lines;
    }
  }

  /** A header that is unreadable, or whose task name may go on in the next line, is a matter for the slow path. */
  #judgeLine(id: LineId): number {
    const line = fillTimes(this.#window.line(id));
    const span = { end: 0, commStart: -1, commEnd: -1 };
    const newline = line.length - 1;
    if (findHeader(line, 0, newline, line.length, false, true, span) !== 'readable') return SLOW;
    return span.commStart >= 0 && newline - span.commStart < SURE_NAME_BYTES ? SLOW : FAST;
  }

  /**
   * A stack text is a matter for the slow path when a line in it begins like a PFN line or, be it after a console
   * prefix, like a header, or is empty but for a prefix or a CR.
   */
  #judgeStack(id: StackId): number {
    const text = this.#window.stack(id);
    let lines = 0;
    let state = FAST;
    for (let start = 0; start < text.length;) {
      const newline = text.indexOf(LF, start);
      const end = newline > start && text[newline - 1] === CR ? newline - 1 : newline;
      const content = skipConsolePrefix(text, start, end);
      if (startsWith(text, PFN, start, end) || startsWith(text, HEADER_START_BYTES, content, end))
        state = SLOW;
      if (content === end && newline > start) state = SLOW;
      lines++;
      start = newline + 1;
    }
    this.#stackLines[id] = lines;
    return state;
  }
}

/** What a row says. */
function fillRecord(record: ScannedRecord, rows: Uint32Array, at: number, pages: boolean): void {
  record.line = rows[at + w.ROW_LINE]!;
  record.stack = rows[at + w.ROW_STACK]!;
  record.tsLow = rows[at + w.ROW_TS]!;
  record.tsHigh = rows[at + w.ROW_TS + 1]!;
  record.freeTsLow = rows[at + w.ROW_FREE_TS]!;
  record.freeTsHigh = rows[at + w.ROW_FREE_TS + 1]!;
  record.bits = rows[at + w.ROW_BITS]!;
  if (pages) {
    record.page = rows[at + w.ROW_PAGE]!;
    record.pfn = numberOf(rows[at + w.ROW_PAGE_PFN]!, rows[at + w.ROW_PAGE_PFN + 1]!);
    record.block = numberOf(rows[at + w.ROW_BLOCK]!, rows[at + w.ROW_BLOCK + 1]!);
  }
  record.start = rows[at + w.ROW_START]!;
  record.end = rows[at + w.ROW_END]! - 1;
  record.pageStart = rows[at + w.ROW_PFN]!;
  record.stackStart = rows[at + w.ROW_STACK_START]!;
}

/**
 * The text after the header, without the lines that begin with PFN and with an empty line at the end; the last of those
 * lines.
 */
function splitBody(text: Uint8Array, from: number): { stack: Uint8Array; pfnLine: Uint8Array } {
  const stack: Uint8Array = new Uint8Array(text.length - from + 1);
  let length = 0;
  let pfnLine: Uint8Array = new Uint8Array();
  for (let start = from; start < text.length;) {
    const newline = text.indexOf(LF, start);
    const end = newline < 0 ? text.length : newline + 1;
    const line = text.subarray(start, end);
    if (startsWith(line, PFN, 0, line.length)) {
      pfnLine = line;
    } else {
      stack.set(line, length);
      length += line.length;
    }
    start = end;
  }
  stack[length++] = LF;
  return { stack: stack.subarray(0, length), pfnLine };
}

/** A u64 of two words as a number, -1 when a number does not hold it. */
function numberOf(low: number, high: number): number {
  if (high === 0) return low;
  return high < 2 ** 21 ? high * 2 ** 32 + low : -1;
}

function includes(text: Uint8Array, word: string): boolean {
  return String.fromCharCode(...text.subarray(0, 4096)).includes(word);
}

function grown(states: Uint8Array, atLeast: number): Uint8Array {
  const larger = new Uint8Array(Math.max(2 * states.length, atLeast));
  larger.set(states);
  return larger;
}
