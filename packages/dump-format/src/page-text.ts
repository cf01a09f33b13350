import { ascii, indexOfLiteral, skipDigits, skipHexDigits, startsWith } from './bytes.js';

/** A PFN line cut so that few distinct ones are left, and the numbers that were cut out. */
export interface PageText {
  /**
   * The line with its newline, without the digits of the page frame number, of `Block`, of the flags word and of
   * `lastcpupid=0x`; the words around them, a `0x` included, stay. Empty when there is no line.
   */
  text: Uint8Array;
  /** {@link NO_NUMBER} when it is not there or has more digits than a u64 holds for sure: those stay in the text. */
  pfn: bigint;
  /** Likewise. */
  block: bigint;
}

/** What a number reads as that is not there. */
export const NO_NUMBER = 0xffff_ffff_ffff_ffffn;

const PFN = ascii('PFN ');
const HEX = ascii('0x');
const BLOCK = ascii(' Block ');
const FLAGS = ascii(' Flags 0x');
const LASTCPUPID = ascii('lastcpupid=0x');
const MOST_HEX_DIGITS = 16;
const MOST_DECIMAL_DIGITS = 19;

/**
 * Cuts a PFN line with its newline, as the WebAssembly kernel does (readPage in assembly/index.ts).
 *
 *   PFN 0x5be8e type Movable Block 735 type Movable Flags 0x1fffc0000000028(uptodate|lru|lastcpupid=0x3fff)
 *   PFN 0x type Movable Block  type Movable Flags 0x(uptodate|lru|lastcpupid=0x)
 */
export function cutPage(line: Uint8Array): PageText {
  const page: PageText = { text: line, pfn: NO_NUMBER, block: NO_NUMBER };
  const newline = line.length - 1;
  if (!startsWith(line, PFN, 0, newline)) return page;
  const kept: Uint8Array[] = [];
  let from = 0;
  const cut = (start: number, end: number) => {
    kept.push(line.subarray(from, start));
    from = end;
  };

  const hex = startsWith(line, HEX, PFN.length, newline);
  const pfn = PFN.length + (hex ? HEX.length : 0);
  const pfnEnd = hex ? skipSmallHexDigits(line, pfn, newline) : skipDigits(line, pfn, newline);
  if (pfnEnd > pfn && pfnEnd - pfn <= (hex ? MOST_HEX_DIGITS : MOST_DECIMAL_DIGITS)) {
    page.pfn = BigInt((hex ? '0x' : '') + letters(line, pfn, pfnEnd));
    cut(pfn, pfnEnd);
  }
  const block = after(line, BLOCK, pfnEnd, newline);
  if (block >= 0) {
    const blockEnd = skipDigits(line, block, newline);
    if (blockEnd > block && blockEnd - block <= MOST_DECIMAL_DIGITS) {
      page.block = BigInt(letters(line, block, blockEnd));
      cut(block, blockEnd);
    }
    const flags = after(line, FLAGS, blockEnd, newline);
    if (flags >= 0) {
      const flagsEnd = skipSmallHexDigits(line, flags, newline);
      cut(flags, flagsEnd);
      let last = -1;
      for (let at = flagsEnd; (at = after(line, LASTCPUPID, at, newline)) >= 0;) last = at;
      if (last >= 0) cut(last, skipSmallHexDigits(line, last, newline));
    }
  }
  cut(line.length, line.length);
  page.text = joined(kept);
  return page;
}

/** Where the first `word` in [from, to) ends, or -1. */
function after(line: Uint8Array, word: Uint8Array, from: number, to: number): number {
  const at = indexOfLiteral(line, word, from, to);
  return at < 0 ? -1 : at + word.length;
}

/** Kernels print hexadecimal digits in small letters. */
function skipSmallHexDigits(line: Uint8Array, at: number, end: number): number {
  const digits = skipHexDigits(line, at, end);
  for (let i = at; i < digits; i++) if (line[i]! >= 0x41 && line[i]! <= 0x46) return i;
  return digits;
}

function letters(line: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...line.subarray(from, to));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let length = 0;
  for (const part of parts) {
    whole.set(part, length);
    length += part.length;
  }
  return whole;
}
