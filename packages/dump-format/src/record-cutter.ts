import { CR, LF, startsWith } from './bytes.js';
import { skipConsolePrefix } from './console-prefix.js';
import { HEADER_START_BYTES, findHeader } from './header-line.js';
import type { HeaderSpan } from './header-line.js';
import { isRecordLine } from './record-line.js';

/** No piece is longer: a longer record is cut at the last line that fits, longer garbage comes in several pieces. */
export const LONGEST_PIECE: number = 1 << 20;

/** One piece of a dump, see {@link cutPiece}. Pieces follow each other without a gap and without overlap. */
export interface Piece {
  /** `blank`: one empty line outside a record. `garbage`: whatever is neither. */
  kind: 'record' | 'garbage' | 'blank';
  /** Offset after the piece in the bytes that it was cut from. */
  end: number;
  /**
   * Of a record: its lines, each with its `\n`, without the empty line that ends it, and without console prefixes,
   * the CRs of a CRLF text and the lines counted in `droppedLines`; a view of the input when nothing had to go.
   * Of the others: the bytes themselves.
   */
  text: Uint8Array;
  /** Of a record: offset in `text` after its header line. The header may hold newlines, in the name of the task. */
  headerEnd: number;
  /** Of a record: no empty line ends it; the input, the next header, or {@link LONGEST_PIECE} did. */
  truncated: boolean;
  /** Newlines in the piece, before any was removed. */
  lines: number;
  /** Of a record with console prefixes: lines of other messages that stood between its own. */
  droppedLines: number;
  /**
   * The piece ends inside a line, one that is longer than {@link LONGEST_PIECE}. The next call reads it: the rest of
   * that line is garbage, even if it looks like a header.
   */
  insideLine: boolean;
}

/** A piece to be filled by {@link cutPiece}, for text that begins at the start of a line. */
export function emptyPiece(): Piece {
  return {
    kind: 'blank',
    end: 0,
    text: new Uint8Array(0),
    headerEnd: 0,
    truncated: false,
    lines: 0,
    droppedLines: 0,
    insideLine: false,
  };
}

interface Line {
  /** After the console prefix. */
  start: number;
  /** Before the newline and the CR before that. */
  end: number;
  /** After the newline. */
  next: number;
  prefixed: boolean;
}

/** The bytes a piece may be cut from. */
interface Window {
  from: number;
  end: number;
  /** Nothing after `end` can change the piece: the input ends there, or the longest piece does. */
  closed: boolean;
  /** `end` is the end of the input. */
  endsInput: boolean;
}

// Cutting calls nothing that cuts, so one of each is enough.
const line: Line = { start: 0, end: 0, next: 0, prefixed: false };
const header: HeaderSpan = { end: 0, commStart: -1, commEnd: -1 };
/** The clean lines of the record under way. */
let clean = new Uint8Array(4096);
let cleanLength = 0;

/**
 * Cuts the next piece off `bytes` at `from`, which is the end of the piece before, or the start of a line. Fills `piece`
 * and returns true, or returns false when more bytes are needed (never with `final`, unless nothing is left; never with
 * more than {@link LONGEST_PIECE} bytes). How the input is chunked never changes the pieces.
 *
 * A record begins at a line that is, after an optional console prefix, a readable header ({@link findHeader}). It ends
 * with its first empty line, or before the next line that begins like a header, or with the input. Cutting from any
 * line with a readable header gives the same pieces from there on as cutting from the start of the text, because
 * nothing inside a record can look like one: a task name is too short, a control group name has no newline.
 *
 * @param final the input ends at `to`
 */
export function cutPiece(bytes: Uint8Array, from: number, to: number, final: boolean, piece: Piece): boolean {
  if (from >= to) return false;
  const capped = to - from > LONGEST_PIECE;
  const window = {
    from,
    end: capped ? from + LONGEST_PIECE : to,
    closed: capped || final,
    endsInput: final && !capped,
  };
  // Its `indexOf` is three times as fast as a loop, and looks no further than the window.
  bytes = bytes.subarray(0, window.end);
  if (piece.insideLine) return cutGarbage(bytes, window, piece);

  if (!readLine(bytes, from)) {
    if (!window.closed) return false;
    if (!window.endsInput) return cutGarbage(bytes, window, piece);
    readLastLine(bytes, from, window);
    if (line.start < line.end) return cutGarbage(bytes, window, piece);
  }
  if (line.start === line.end)
    return fill(piece, 'blank', bytes, from, line.next, countNewlines(bytes, from, line.next));

  const verdict = findHeader(
    bytes,
    line.start,
    line.next - 1,
    window.end,
    line.prefixed,
    window.closed,
    header,
  );
  if (verdict === 'incomplete') return false;
  if (verdict === 'unreadable') return cutGarbage(bytes, window, piece);
  return cutRecord(bytes, window, line.prefixed, piece);
}

function cutRecord(bytes: Uint8Array, window: Window, prefixed: boolean, piece: Piece): boolean {
  const headerEnd = header.end;
  // No kernel ends its header with a CR: one there means that some program gave every line one.
  const crlf = bytes[headerEnd - 2] === CR;
  const odd = prefixed || crlf;
  let lines = 0;
  cleanLength = 0;
  for (let at = window.from; at < headerEnd; lines++) {
    const newline = bytes.indexOf(LF, at);
    if (odd) addClean(bytes, prefixed ? skipConsolePrefix(bytes, at, newline) : at, newline, crlf);
    at = newline + 1;
  }
  const cleanHeaderEnd = cleanLength;

  let droppedLines = 0;
  let truncated = true;
  let textEnd = headerEnd;
  let pieceEnd = headerEnd;
  for (let unended = false; !unended;) {
    if (textEnd === window.end || !readLine(bytes, textEnd)) {
      if (!window.closed) return false;
      if (textEnd === window.end || !window.endsInput) break;
      readLastLine(bytes, textEnd, window);
      unended = true;
    }
    pieceEnd = line.next;
    if (line.start === line.end) {
      truncated = false;
      if (!unended) lines++;
      break;
    }
    if (beginsHeader(bytes)) {
      pieceEnd = textEnd;
      break;
    }
    if (odd) {
      const newline = unended ? line.next : line.next - 1;
      if (prefixed && !isRecordLine(bytes, line.start, crlf ? line.end : newline)) droppedLines++;
      else addClean(bytes, prefixed ? line.start : textEnd, newline, crlf);
    }
    if (!unended) lines++;
    textEnd = line.next;
  }

  fill(piece, 'record', bytes, window.from, pieceEnd, lines);
  piece.truncated = truncated;
  piece.droppedLines = droppedLines;
  if (!odd && bytes[textEnd - 1] === LF) {
    piece.text = bytes.subarray(window.from, textEnd);
    piece.headerEnd = headerEnd - window.from;
  } else {
    if (!odd) addClean(bytes, window.from, textEnd, false);
    piece.text = clean.slice(0, cleanLength);
    piece.headerEnd = odd ? cleanHeaderEnd : headerEnd - window.from;
  }
  return true;
}

/** Adds what stands in [from, newline) to the clean text, and a newline. */
function addClean(bytes: Uint8Array, from: number, newline: number, crlf: boolean): void {
  const to = crlf && newline > from && bytes[newline - 1] === CR ? newline - 1 : newline;
  const end = cleanLength + to - from + 1;
  if (end > clean.length) {
    const larger = new Uint8Array(2 * end);
    larger.set(clean);
    clean = larger;
  }
  const text = clean;
  const shift = cleanLength - from;
  for (let at = from; at < to; at++) text[at + shift] = bytes[at]!;
  text[end - 1] = LF;
  cleanLength = end;
}

/** Garbage begins at `window.from` and ends before an empty line or a line that begins like a header. */
function cutGarbage(bytes: Uint8Array, window: Window, piece: Piece): boolean {
  let insideLine = piece.insideLine;
  let at = window.from;
  while (at < window.end) {
    if (!readLine(bytes, at)) {
      if (!window.closed) return false;
      if (window.endsInput || at === window.from) {
        insideLine = !window.endsInput;
        at = window.end;
      }
      break;
    }
    if (at > window.from && (line.start === line.end || beginsHeader(bytes))) break;
    insideLine = false;
    at = line.next;
  }
  if (at === window.end && !window.closed) return false;
  fill(piece, 'garbage', bytes, window.from, at, countNewlines(bytes, window.from, at));
  piece.insideLine = insideLine;
  return true;
}

function fill(
  piece: Piece,
  kind: Piece['kind'],
  bytes: Uint8Array,
  from: number,
  end: number,
  lines: number,
): true {
  piece.kind = kind;
  piece.end = end;
  piece.text = bytes.subarray(from, end);
  piece.headerEnd = 0;
  piece.truncated = false;
  piece.droppedLines = 0;
  piece.insideLine = false;
  piece.lines = lines;
  return true;
}

function countNewlines(bytes: Uint8Array, from: number, end: number): number {
  let count = 0;
  for (let at = from; at < end; at++) if (bytes[at] === LF) count++;
  return count;
}

/** Whether the line just read begins like a header, readable or not. */
function beginsHeader(bytes: Uint8Array): boolean {
  return startsWith(bytes, HEADER_START_BYTES, line.start, line.end);
}

/** Sets `line` to the line at `at`; false when its newline lies behind the window. */
function readLine(bytes: Uint8Array, at: number): boolean {
  const newline = bytes.indexOf(LF, at);
  if (newline < 0) return false;
  setLine(bytes, at, newline, newline + 1);
  return true;
}

/** Sets `line` to what is left of the input, which has no newline. */
function readLastLine(bytes: Uint8Array, at: number, window: Window): void {
  setLine(bytes, at, window.end, window.end);
}

function setLine(bytes: Uint8Array, at: number, lineEnd: number, next: number): void {
  const end = lineEnd > at && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
  const start = skipConsolePrefix(bytes, at, end);
  line.start = start;
  line.end = end;
  line.next = next;
  line.prefixed = start > at;
}
