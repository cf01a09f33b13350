import { ascii, without } from './bytes.js';
import { U64_MAX } from './field-text.js';
import { BIT_FREE_TS, BIT_TS, CUT_FREE_TS, CUT_TS } from './record-window.js';

/** The times at the end of a header line, and the line without their digits. */
export interface HeaderTimes {
  /** The line with its newline; the digits that `cut` names are left out, the words around them stay. */
  line: Uint8Array;
  /** BIT_TS, BIT_FREE_TS. */
  bits: number;
  /** Time of the allocation, ns; 0 when it is not there. */
  ts: bigint;
  /** Time of the free before it, ns; 0 when it is not there. */
  freeTs: bigint;
}

const NS = ascii(' ns');
const TS = ascii(', ts ');
const FREE_TS = ascii(', free_ts ');
const ZERO = 0x30;
const MOST_DIGITS = 20;

/**
 * Reads `, ts N ns` and `, ts N ns, free_ts N ns` at the very end of a header line, as the WebAssembly kernel does
 * (readHeader in assembly/index.ts). A number above 2^64-1 reads as 2^64-1.
 */
export function cutTimes(line: Uint8Array, cut: number): HeaderTimes {
  const times: HeaderTimes = { line, bits: 0, ts: 0n, freeTs: 0n };
  let end = endBefore(line, line.length - 1, NS);
  let start = digitsBefore(line, end);
  const free = start < end ? endBefore(line, endBefore(line, start, FREE_TS), NS) : -1;
  if (free >= 0) {
    times.bits |= BIT_FREE_TS;
    times.freeTs = u64(line, start, end);
    if (cut & CUT_FREE_TS) times.line = without(times.line, start, end);
    end = free;
    start = digitsBefore(line, end);
  }
  if (start < end && endBefore(line, start, TS) >= 0) {
    times.bits |= BIT_TS;
    times.ts = u64(line, start, end);
    if (cut & CUT_TS) times.line = without(times.line, start, end);
  }
  return times;
}

/**
 * A line that `cutTimes` or the kernel has cut, with numbers where digits are missing; with the default of 0 it is
 * readable as a header again. An empty text leaves a gap as it is.
 */
export function fillTimes(line: Uint8Array, ts = '0', freeTs = '0'): Uint8Array {
  let filled = line;
  let end = endBefore(line, line.length - 1, NS);
  const free = endBefore(line, digitsBefore(line, end), FREE_TS);
  if (free >= 0) {
    if (digitsBefore(line, end) === end) filled = withText(filled, end, freeTs);
    end = endBefore(line, free, NS);
  }
  return endBefore(line, end, TS) >= 0 ? withText(filled, end, ts) : filled;
}

/** Where `word` begins when it ends at `end`, or -1, as for an `end` of -1. */
function endBefore(line: Uint8Array, end: number, word: Uint8Array): number {
  const start = end - word.length;
  if (start < 0) return -1;
  for (let i = 0; i < word.length; i++) if (line[start + i] !== word[i]) return -1;
  return start;
}

/** Where the digits begin that end at `end`; `end` when there are none. */
function digitsBefore(line: Uint8Array, end: number): number {
  let start = end;
  while (start > 0 && line[start - 1]! >= ZERO && line[start - 1]! <= ZERO + 9) start--;
  return start;
}

function u64(line: Uint8Array, start: number, end: number): bigint {
  while (start < end && line[start] === ZERO) start++;
  if (end - start > MOST_DIGITS) return U64_MAX;
  const value = BigInt(String.fromCharCode(...line.subarray(start, end)));
  return value > U64_MAX ? U64_MAX : value;
}

function withText(line: Uint8Array, at: number, text: string): Uint8Array {
  const filled = new Uint8Array(line.length + text.length);
  filled.set(line.subarray(0, at));
  for (let i = 0; i < text.length; i++) filled[at + i] = text.charCodeAt(i);
  filled.set(line.subarray(at), at + text.length);
  return filled;
}
