/**
 * The front of an event's line, up to the payload. Tracefs and `trace-cmd report` write
 *
 * ```
 *             bash-1234    (   1230) [001] d.... 12345.678901: mm_page_alloc: page=... pfn=0x1a2b3 order=0 ...
 *   comm, 16 right  pid,7   tgid      cpu  flags  seconds       event          payload
 * ```
 *
 * where tgid (option record-tgid), flags (option irq-info) and, in `trace-cmd report`, both are not always there, and the
 * flags have had four columns, then five. `perf script` writes
 *
 * ```
 *             bash   1230/1234   [001] 12345.678901:      kmem:mm_page_alloc: page=0x1a2b3 pfn=0x1a2b3 order=0 ...
 *            comm   [pid/]tid     cpu  seconds             event               payload
 * ```
 *
 * With the option latency-format, and `trace-cmd report -l`, cpu and flags are one column, the name has at most 8 letters,
 * and tracefs counts microseconds from the beginning of its buffer:
 *
 * ```
 *     bash-1234      1d..2.   12us+: mm_page_alloc: page=... pfn=0x1a2b3 order=0 ...
 * ```
 *
 * A name may hold blanks, dashes and brackets, and even look like the columns behind it. But it has at most 15 bytes, so
 * of the places where the rest of the line can begin, the last one within 17 columns is the right one.
 */
import {
  CLOSING,
  CLOSING_SQUARE,
  COLON,
  digitOf,
  DOT,
  isBlank,
  isDigit,
  MINUS,
  OPENING,
  OPENING_SQUARE,
  PLUS,
  skipBlanks,
  skipDigits,
  SLASH,
  SPACE,
} from '../bytes.js';

/** Who wrote the text: tracefs (`trace`, `trace_pipe`), `trace-cmd report` or `perf script`. */
export type TraceFormat = 'tracefs' | 'trace-cmd' | 'perf';

/** What stands between a task's name and its id: tracefs and trace-cmd write a dash, perf blanks. */
type TaskSeparator = typeof MINUS | typeof SPACE;

/** A name is padded to so many columns; its separator stands behind them. */
const NAME_COLUMNS = 16;
const MICROSECOND_DIGITS = 6;
const NANOSECOND_DIGITS = 9;
/** What page_owner can print, and more than there is: pids go to 2^22, cpus to 8192. */
const MOST_PID = 2 ** 31 - 1;
const MOST_CPU = 0xffff;
const MOST_SECONDS = 2 ** 32 - 1;
const MOST_MICROSECONDS = 1e6 * MOST_SECONDS;
const LETTER_S = 0x73;
const LETTER_U = 0x75;

const NO_FRONT = -1;
/** Longer ones are read anew each time. */
const LONGEST_FRONT = 64;
const FRONTS = 64;
/** Columns that tell one front from another: in pid, cpu and flags. */
const TELLING_COLUMNS = [17, 25, 30] as const;

/**
 * Fronts that were read, by a hash of a few columns, each with what it says. Tasks come in runs, so that most lines begin
 * like one before, and a comparison four bytes at a time is faster than reading.
 */
class FrontCache {
  /** Up to the blank before the time; 0: nothing is kept there. */
  readonly length = new Uint8Array(FRONTS);
  readonly nameStart = new Uint8Array(FRONTS);
  readonly nameEnd = new Uint8Array(FRONTS);
  readonly taskEnd = new Uint8Array(FRONTS);
  readonly pid = new Int32Array(FRONTS);
  readonly tgid = new Int32Array(FRONTS);
  readonly cpu = new Int32Array(FRONTS);
  readonly #text = new DataView(new ArrayBuffer(FRONTS * LONGEST_FRONT));

  /** The front that the line at `start` begins with, which is longer than LONGEST_FRONT. */
  find(view: DataView, start: number): number {
    const front = placeOf(view, start);
    const length = this.length[front] as number;
    if (length === 0) return NO_FRONT;
    const text = this.#text;
    const from = front * LONGEST_FRONT;
    let i = 0;
    for (; i + 4 <= length; i += 4) {
      if (text.getInt32(from + i, true) !== view.getInt32(start + i, true)) return NO_FRONT;
    }
    for (; i < length; i++) if (text.getUint8(from + i) !== view.getUint8(start + i)) return NO_FRONT;
    return isBlank(view.getUint8(start + length)) ? front : NO_FRONT;
  }

  keep(view: DataView, start: number, end: number, line: EventLine): void {
    const length = end - start;
    if (length >= LONGEST_FRONT || start + LONGEST_FRONT > view.byteLength) return;
    const front = placeOf(view, start);
    for (let i = 0; i < length; i++) {
      this.#text.setUint8(front * LONGEST_FRONT + i, view.getUint8(start + i));
    }
    this.length[front] = length;
    this.nameStart[front] = line.nameStart - start;
    this.nameEnd[front] = line.nameEnd - start;
    this.taskEnd[front] = line.taskEnd - start;
    this.pid[front] = line.pid;
    this.tgid[front] = line.tgid;
    this.cpu[front] = line.cpu;
  }
}

function placeOf(view: DataView, start: number): number {
  let hash = 0;
  for (const column of TELLING_COLUMNS)
    hash = Math.imul(hash ^ view.getInt32(start + column, true), 0x9e3779b1);
  return hash >>> 26;
}

/** The line under the reader's hand; the numbers are valid after `read` was true. */
export class EventLine {
  /** The task's name and, behind the separator, its id: bytes[nameStart, nameEnd) and bytes[nameStart, taskEnd). */
  nameStart = 0;
  nameEnd = 0;
  taskEnd = 0;
  pid = 0;
  /** -1 when the line has none. */
  tgid = -1;
  /** 0 when the line has none. */
  cpu = 0;
  /** The time. A clock that counts no seconds (x86-tsc, counter) is read as if it counted nanoseconds. */
  seconds = 0;
  nanoseconds = 0;
  /** Whether the time was written in seconds. */
  inSeconds = true;
  /** The event's name is bytes[eventStart, eventEnd), `<stack trace>` included; what follows it begins at `payload`. */
  eventStart = 0;
  eventEnd = 0;
  payload = 0;

  readonly #fronts = new FrontCache();

  /**
   * Reads the front of the line at `start` when it is one that came before, with a time in microseconds and one blank behind
   * it; the offset of the event's name, or 0. There are LONGEST_FRONT bytes at `start` and some more.
   */
  readUsual(bytes: Uint8Array, view: DataView, start: number): number {
    const known = this.#fronts.find(view, start);
    if (known === NO_FRONT) return 0;
    let at = start + (this.#fronts.length[known] as number);
    while (bytes[at] === SPACE) at++;
    const digits = at;
    let seconds = 0;
    for (let digit; (digit = digitOf(bytes[at])) < 10; at++) seconds = seconds * 10 + digit;
    if (at === digits || bytes[at] !== DOT || seconds > MOST_SECONDS) return 0;
    const fraction = ++at;
    let microseconds = 0;
    for (let digit; (digit = digitOf(bytes[at])) < 10; at++) microseconds = microseconds * 10 + digit;
    if (at - fraction !== MICROSECOND_DIGITS || bytes[at] !== COLON || bytes[at + 1] !== SPACE) return 0;
    this.#takeFront(known, start);
    this.seconds = seconds;
    this.nanoseconds = microseconds * 1000;
    this.inSeconds = true;
    return at + 2;
  }

  #takeFront(known: number, start: number): void {
    const { nameStart, nameEnd, taskEnd, pid, tgid, cpu } = this.#fronts;
    this.nameStart = start + (nameStart[known] as number);
    this.nameEnd = start + (nameEnd[known] as number);
    this.taskEnd = start + (taskEnd[known] as number);
    this.pid = pid[known] as number;
    this.tgid = tgid[known] as number;
    this.cpu = cpu[known] as number;
  }

  /** Reads the line bytes[start, end), which `view` shows as well; false when it is no event's. */
  read(bytes: Uint8Array, view: DataView, start: number, end: number, separator: TaskSeparator): boolean {
    const fronts = this.#fronts;
    const known = end - start > LONGEST_FRONT ? fronts.find(view, start) : NO_FRONT;
    if (known !== NO_FRONT) {
      this.#takeFront(known, start);
      if (this.#readRest(bytes, start + (fronts.length[known] as number), end)) return true;
    }
    for (let at = Math.min(start + NAME_COLUMNS, end - 1); at >= start; at--) {
      if (bytes[at] !== separator) continue;
      const behind = this.#readFront(bytes, start, at, end, separator);
      if (behind < 0 || !this.#readRest(bytes, behind, end)) continue;
      fronts.keep(view, start, behind, this);
      return true;
    }
    return false;
  }

  /** Reads the columns up to the flags, of which the name ends at `name`; the offset behind them, or -1. */
  #readFront(bytes: Uint8Array, start: number, name: number, end: number, separator: TaskSeparator): number {
    let at = separator === SPACE ? skipBlanks(bytes, name, end) : name + 1;
    if (!isDigit(bytes[at])) return -1;
    let pid = 0;
    let tgid = -1;
    for (let digit; (digit = digitOf(bytes[at])) < 10; at++) pid = pid * 10 + digit;
    if (separator === SPACE && bytes[at] === SLASH && isDigit(bytes[at + 1])) {
      tgid = pid;
      pid = 0;
      for (at++; isDigit(bytes[at]); at++) pid = pid * 10 + digitOf(bytes[at]);
    }
    const taskEnd = at;
    if (!isBlank(bytes[at])) return -1;
    at = skipBlanks(bytes, at, end);
    if (separator === MINUS && bytes[at] === OPENING) {
      at = skipBlanks(bytes, at + 1, end);
      if (isDigit(bytes[at])) {
        tgid = 0;
        for (; isDigit(bytes[at]); at++) tgid = tgid * 10 + digitOf(bytes[at]);
      } else while (bytes[at] === MINUS) at++;
      if (bytes[at] !== CLOSING) return -1;
      at = skipBlanks(bytes, at + 1, end);
    }
    let cpu = 0;
    if (bytes[at] === OPENING_SQUARE) {
      const digits = ++at;
      for (; isDigit(bytes[at]); at++) cpu = cpu * 10 + digitOf(bytes[at]);
      if (at === digits || bytes[at] !== CLOSING_SQUARE) return -1;
      at++;
    } else if (separator === MINUS) {
      const digits = at;
      for (; isDigit(bytes[at]); at++) cpu = cpu * 10 + digitOf(bytes[at]);
      // Its flags follow at once; of what has no flags here it is the time.
      if (at === digits || bytes[at] === COLON || isBlank(bytes[at])) return -1;
      for (; at < end && !isBlank(bytes[at]); at++) if (bytes[at] === COLON) return -1;
    }
    if (pid > MOST_PID || tgid > MOST_PID || cpu > MOST_CPU) return -1;
    const flags = skipBlanks(bytes, at, end);
    // No column of flags is a digit first.
    if (separator === MINUS && !isDigit(bytes[flags])) {
      for (at = flags; at < end && !isBlank(bytes[at]);) at++;
    }
    this.nameEnd = name;
    while (separator === SPACE && this.nameEnd > start && bytes[this.nameEnd - 1] === SPACE) this.nameEnd--;
    this.nameStart = start;
    while (this.nameStart < this.nameEnd && bytes[this.nameStart] === SPACE) this.nameStart++;
    this.taskEnd = taskEnd;
    this.pid = pid;
    this.tgid = tgid;
    this.cpu = cpu;
    return at;
  }

  /** Reads time and event behind the columns. */
  #readRest(bytes: Uint8Array, at: number, end: number): boolean {
    const afterTime = this.#readTime(bytes, skipBlanks(bytes, at, end), end);
    if (afterTime < 0) return false;
    at = skipBlanks(bytes, afterTime, end);
    if (bytes[at] === OPENING) at = skipDifference(bytes, at, end);
    this.eventStart = at;
    // The name ends at a colon before a blank; that of `kmem:mm_page_alloc:` is the part behind the system.
    while (at < end && !(bytes[at] === COLON && (at + 1 === end || isBlank(bytes[at + 1])))) at++;
    this.eventEnd = at;
    this.payload = Math.min(at + 1, end);
    return true;
  }

  /** Reads `SECONDS.FRACTION:` or `COUNT:` at `at`; the offset behind it, or -1. */
  #readTime(bytes: Uint8Array, at: number, end: number): number {
    const digits = at;
    let whole = 0;
    for (let digit; (digit = digitOf(bytes[at])) < 10; at++) whole = whole * 10 + digit;
    if (at === digits) return -1;
    if (bytes[at] !== DOT || whole > MOST_SECONDS) return this.#readCount(bytes, digits, at, end);
    const fraction = ++at;
    let part = 0;
    for (let digit; (digit = digitOf(bytes[at])) < 10; at++) part = part * 10 + digit;
    const length = at - fraction;
    if (length === 0 || length > NANOSECOND_DIGITS || bytes[at] !== COLON || at >= end) return -1;
    for (let i = length; i < NANOSECOND_DIGITS; i++) part *= 10;
    this.seconds = whole;
    this.nanoseconds = part;
    this.inSeconds = true;
    return at + 1;
  }
  /**
   * Reads the rest of a time that is a count, whose digits are bytes[digits, at): exactly, as cycles pass 2^53 after a
   * month.
   */
  #readCount(bytes: Uint8Array, digits: number, at: number, end: number): number {
    if (at >= end) return -1;
    if (bytes[at] !== COLON) return this.#readMicroseconds(bytes, numberOf(bytes, digits, at), at, end);
    const billions = Math.max(at - NANOSECOND_DIGITS, digits);
    this.seconds = numberOf(bytes, digits, billions);
    this.nanoseconds = numberOf(bytes, billions, at);
    this.inSeconds = false;
    return this.seconds > MOST_SECONDS ? -1 : at + 1;
  }

  /**
   * `us`, a mark of how long the event before took (`+`, `!`, `#`, ..., or a blank), and the colon: option latency-format.
   */
  #readMicroseconds(bytes: Uint8Array, whole: number, at: number, end: number): number {
    if (at + 3 >= end || bytes[at] !== LETTER_U || bytes[at + 1] !== LETTER_S || bytes[at + 3] !== COLON)
      return -1;
    if (whole > MOST_MICROSECONDS) return -1;
    this.seconds = Math.floor(whole / 1e6);
    this.nanoseconds = (whole % 1e6) * 1e3;
    this.inSeconds = true;
    return at + 4;
  }
}

/** The number that the decimal digits bytes[at, end) are. */
function numberOf(bytes: Uint8Array, at: number, end: number): number {
  let number = 0;
  for (; at < end; at++) number = number * 10 + digitOf(bytes[at]);
  return number;
}

/** The offset behind `(+123)`, the time since the event before, and blanks (`trace-cmd report --ts-diff`). */
function skipDifference(bytes: Uint8Array, at: number, end: number): number {
  const sign = at + 1;
  const behind = skipDigits(bytes, sign + 1, end);
  if (bytes[sign] !== PLUS && bytes[sign] !== MINUS) return at;
  return behind > sign + 1 && bytes[behind] === CLOSING ? skipBlanks(bytes, behind + 1, end) : at;
}
