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
  skipBlanks,
  SLASH,
  SPACE,
} from './bytes.js';

/** What stands between a task's name and its id: tracefs and trace-cmd write a dash, perf blanks. */
export type TaskSeparator = typeof MINUS | typeof SPACE;

/** A name is padded to so many columns; its separator stands behind them. */
const NAME_COLUMNS = 16;
const NANOSECOND_DIGITS = 9;

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

  /** Reads the line bytes[start, end); false when it is no event's. */
  read(bytes: Uint8Array, start: number, end: number, separator: TaskSeparator): boolean {
    for (let at = Math.min(start + NAME_COLUMNS, end - 1); at >= start; at--) {
      if (bytes[at] === separator && this.#readBehind(bytes, start, at, end, separator)) return true;
    }
    return false;
  }

  #readBehind(
    bytes: Uint8Array,
    start: number,
    name: number,
    end: number,
    separator: TaskSeparator,
  ): boolean {
    let at = separator === SPACE ? skipBlanks(bytes, name, end) : name + 1;
    if (!isDigit(bytes[at])) return false;
    let pid = 0;
    let tgid = -1;
    for (let digit; (digit = digitOf(bytes[at])) < 10; at++) pid = pid * 10 + digit;
    if (separator === SPACE && bytes[at] === SLASH && isDigit(bytes[at + 1])) {
      tgid = pid;
      pid = 0;
      for (at++; isDigit(bytes[at]); at++) pid = pid * 10 + digitOf(bytes[at]);
    }
    const taskEnd = at;
    if (!isBlank(bytes[at])) return false;
    at = skipBlanks(bytes, at, end);
    if (separator === MINUS && bytes[at] === OPENING) {
      at = skipBlanks(bytes, at + 1, end);
      if (isDigit(bytes[at])) {
        tgid = 0;
        for (; isDigit(bytes[at]); at++) tgid = tgid * 10 + digitOf(bytes[at]);
      } else while (bytes[at] === MINUS) at++;
      if (bytes[at] !== CLOSING) return false;
      at = skipBlanks(bytes, at + 1, end);
    }
    let cpu = 0;
    if (bytes[at] === OPENING_SQUARE) {
      const digits = ++at;
      for (; isDigit(bytes[at]); at++) cpu = cpu * 10 + digitOf(bytes[at]);
      if (at === digits || bytes[at] !== CLOSING_SQUARE) return false;
      at = skipBlanks(bytes, at + 1, end);
    } else if (separator === MINUS) return false;
    let afterTime = this.#readTime(bytes, at, end);
    if (afterTime < 0 && separator === MINUS) {
      while (at < end && !isBlank(bytes[at])) at++;
      afterTime = this.#readTime(bytes, skipBlanks(bytes, at, end), end);
    }
    if (afterTime < 0) return false;
    at = skipBlanks(bytes, afterTime, end);
    const eventStart = at;
    // The name ends at a colon before a blank; that of `kmem:mm_page_alloc:` is the part behind the system.
    while (at < end && !(bytes[at] === COLON && (at + 1 === end || isBlank(bytes[at + 1])))) at++;
    this.eventStart = eventStart;
    this.eventEnd = at;
    this.payload = Math.min(at + 1, end);
    this.nameEnd = name;
    while (separator === SPACE && this.nameEnd > start && bytes[this.nameEnd - 1] === SPACE) this.nameEnd--;
    this.nameStart = start;
    while (this.nameStart < this.nameEnd && bytes[this.nameStart] === SPACE) this.nameStart++;
    this.taskEnd = taskEnd;
    this.pid = pid;
    this.tgid = tgid;
    this.cpu = cpu;
    return true;
  }

  /** Reads `SECONDS.FRACTION:` or `COUNT:` at `at`; the offset behind it, or -1. */
  #readTime(bytes: Uint8Array, at: number, end: number): number {
    const digits = at;
    let whole = 0;
    for (let digit; (digit = digitOf(bytes[at])) < 10; at++) whole = whole * 10 + digit;
    if (at === digits) return -1;
    if (bytes[at] === COLON && at < end) {
      this.seconds = Math.floor(whole / 1e9);
      this.nanoseconds = whole % 1e9;
      this.inSeconds = false;
      return at + 1;
    }
    if (bytes[at] !== DOT) return -1;
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
}
