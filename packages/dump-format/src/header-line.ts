import {
  CLOSING_PARENTHESIS,
  COMMA,
  CR,
  LF,
  MINUS,
  OPENING_PARENTHESIS,
  SPACE,
  ascii,
  indexOfByte,
  indexOfLiteral,
  skipDigits,
  skipHexDigits,
  startsWith,
} from './bytes.js';
import { skipConsolePrefix } from './console-prefix.js';

/*
 * Where the header of a record ends. It is the first line, and yet may hold newlines: a task can put any byte but NUL
 * into its name.
 *
 *   Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 5 (a), ts 5 ns), ts 124743631035 ns, free_ts 0 ns
 *                            |       |                                 \___ COMM __/\____ closing ____/
 *                          order    mask                               at most 15 bytes
 */

/** Every record, of every kernel, begins with this text. */
export const HEADER_START = 'Page allocated via order ';
export const HEADER_START_BYTES: Uint8Array = ascii(HEADER_START);

/** A task name is at most 15 bytes: TASK_COMM_LEN is 16 with its NUL, in every kernel that prints it (5.18 on). */
export const LONGEST_TASK_NAME = 15;

/** The allocation order is a u16 in the tracker's record since 4.8. */
const HIGHEST_ORDER = 0xffff;
/** A gfp_t is 32 bits wide. */
const MOST_MASK_DIGITS = 8;

const MASK = ascii(', mask 0x');
const TGID = ascii(', tgid ');
const CLOSING_TS = ascii('), ts ');
const NS = ascii(' ns');

/** What {@link findHeader} found; reused from call to call. */
export interface HeaderSpan {
  /** Offset just after the newline that ends the header. */
  end: number;
  /** Offsets of the task name [start, end), or -1 and -1 when the header has none. */
  commStart: number;
  commEnd: number;
}

/** `incomplete`: more bytes are needed to tell. */
type HeaderVerdict = 'readable' | 'unreadable' | 'incomplete';

/**
 * Finds the end of the header that begins at `at`, whose first line ends with the newline at `lineEnd`.
 *
 * A header is readable when order and mask are there (the mask may miss from a header that ends after the order, as
 * in the first kernels of 2005), every parenthesis it opens is closed and its last line has its newline.
 *
 * The task name ends at the last `), ts N ns` that begins within 15 bytes of its first one and is followed by a comma
 * or the end of the line, be there newlines before it or not. No name of 15 bytes can hold a later one, and nothing
 * that the kernel prints after the name can follow that soon, so for text of a kernel this is exact. Longer names (no
 * kernel prints them) end at the last such place of the line, and where there is no ts at the line's last `)`.
 *
 * @param prefixed the header's line has a console prefix; then the lines its task name is spread over have one too
 * @param to bytes are there up to here
 * @param atEnd no byte after `to` will ever be
 */
export function findHeader(
  bytes: Uint8Array,
  at: number,
  lineEnd: number,
  to: number,
  prefixed: boolean,
  atEnd: boolean,
  span: HeaderSpan,
): HeaderVerdict {
  span.end = lineEnd + 1;
  span.commStart = -1;
  span.commEnd = -1;
  if (!startsWith(bytes, HEADER_START_BYTES, at, lineEnd)) return 'unreadable';
  const textEnd = bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;

  const order = at + HEADER_START.length;
  const orderEnd = skipDigits(bytes, order, textEnd);
  if (orderEnd === order || decimal(bytes, order, orderEnd) > HIGHEST_ORDER) return 'unreadable';
  if (orderEnd === textEnd) return 'readable';

  const maskStart = indexOfLiteral(bytes, MASK, orderEnd, textEnd);
  if (maskStart < 0) return 'unreadable';
  const mask = maskStart + MASK.length;
  const maskEnd = skipHexDigits(bytes, mask, textEnd);
  if (maskEnd === mask || maskEnd - mask > MOST_MASK_DIGITS) return 'unreadable';
  let afterMask = maskEnd;
  if (maskEnd < textEnd && bytes[maskEnd] === OPENING_PARENTHESIS) {
    afterMask = indexOfByte(bytes, CLOSING_PARENTHESIS, maskEnd, textEnd);
    if (afterMask < 0) return 'unreadable';
  }

  const name = findTaskName(bytes, afterMask, textEnd);
  if (name < 0) return 'readable';
  span.commStart = name;
  return findTaskNameEnd(bytes, textEnd, to, prefixed, atEnd, span);
}

/** The offset after the first `, tgid N (` in [at, end), where a task name begins, or -1. */
function findTaskName(bytes: Uint8Array, at: number, end: number): number {
  for (;;) {
    const found = indexOfLiteral(bytes, TGID, at, end);
    if (found < 0) return -1;
    const digits = found + TGID.length + (bytes[found + TGID.length] === MINUS ? 1 : 0);
    const digitsEnd = skipDigits(bytes, digits, end);
    const open = digitsEnd > digits && digitsEnd + 1 < end && bytes[digitsEnd] === SPACE;
    if (open && bytes[digitsEnd + 1] === OPENING_PARENTHESIS) return digitsEnd + 2;
    at = found + 1;
  }
}

/** Sets `span.commEnd`, and moves `span.end` when the name holds newlines. */
function findTaskNameEnd(
  bytes: Uint8Array,
  textEnd: number,
  to: number,
  prefixed: boolean,
  atEnd: boolean,
  span: HeaderSpan,
): HeaderVerdict {
  const start = span.commStart;
  let currentLineEnd = span.end - 1;
  let length = 0;
  for (let p = start; ;) {
    if (bytes[p] === CLOSING_PARENTHESIS && isClosing(bytes, p, currentLineEnd)) {
      span.commEnd = p;
      span.end = currentLineEnd + 1;
    }
    if (length === LONGEST_TASK_NAME) break;
    if (p === currentLineEnd) {
      currentLineEnd = indexOfByte(bytes, LF, p + 1, to);
      if (currentLineEnd < 0) {
        if (atEnd) break;
        return 'incomplete';
      }
      p = prefixed ? skipConsolePrefix(bytes, p + 1, currentLineEnd) : p + 1;
      length++;
    } else {
      // The CR of a CRLF is not the task's: some program added it to every line.
      if (bytes[p] !== CR || p + 1 !== currentLineEnd) length++;
      p++;
    }
  }
  if (span.commEnd >= 0) return 'readable';

  let lastParenthesis = -1;
  for (let p = textEnd - 1; p >= start && span.commEnd < 0; p--) {
    if (bytes[p] !== CLOSING_PARENTHESIS) continue;
    if (lastParenthesis < 0) lastParenthesis = p;
    if (isClosing(bytes, p, textEnd)) span.commEnd = p;
  }
  if (span.commEnd < 0) span.commEnd = lastParenthesis;
  return span.commEnd < 0 ? 'unreadable' : 'readable';
}

/** Whether `), ts N ns` stands at `at`, and then a comma or the end of the line (without its newline). */
function isClosing(bytes: Uint8Array, at: number, lineEnd: number): boolean {
  if (!startsWith(bytes, CLOSING_TS, at, lineEnd)) return false;
  const digits = at + CLOSING_TS.length;
  const digitsEnd = skipDigits(bytes, digits, lineEnd);
  if (digitsEnd === digits || !startsWith(bytes, NS, digitsEnd, lineEnd)) return false;
  const after = digitsEnd + NS.length;
  return after === lineEnd || bytes[after] === COMMA || (bytes[after] === CR && after + 1 === lineEnd);
}

function decimal(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let p = at; p < end; p++) value = value * 10 + (bytes[p] as number) - 0x30;
  return value;
}
