import { ascii, BAR, COLON, digitOf, EQUALS, isBlank, isDigit, MINUS } from '../bytes.js';
import { skipBlanks, SPACE, startsWith, UNDERSCORE } from '../bytes.js';
import { HEX_DIGITS, NO_PFN } from './payload.js';
import type { TextTable } from '../tables/text-table.js';
import { ABSENT, EVENT_REF_MOD, EVENT_REF_TEST } from '../tables/trace-event.js';
import type { TraceEvent } from '../tables/trace-event.js';

const PFN = ascii('pfn=');
const FLAGS = ascii('flags=');
const MAPPING = ascii('mapping=');
const MIGRATETYPE = ascii('mt=');
const VAL = ascii('val=');
const RET = ascii('ret=');
const HEX_PFN = ascii('pfn=0x');
const THEN_FLAGS = ascii(' flags=');
const THEN_COUNT = ascii(' count=');
const THEN_MAPCOUNT = ascii(' mapcount=');
const THEN_MAPPING = ascii(' mapping=');
const THEN_MIGRATETYPE = ascii(' mt=');
const THEN_VAL = ascii(' val=');
const THEN_RET = ascii(' ret=');
const ZERO = 0x30;
const LETTER_X = 0x78;
const PARENTHESIS = 0x28;

/**
 * Reads the payloads of events of page_ref, of whatever kernel (4.6 and later):
 *
 * ```
 *   pfn=0x3dc8 flags=uptodate|lru count=2 mapcount=0 mapping=00000000583678da mt=1 val=1
 *   pfn=0x3dc8 flags=none count=0 mapcount=0 mapping=0000000000000000 mt=1 val=-1 ret=1
 * ```
 */
export class RefPayloadReader {
  /** The distinct texts of page flags, names or numbers. */
  readonly flagTexts: TextTable;
  /** Where the value that was read last ends, and a number that was. */
  #at = 0;
  #value = 0;

  constructor(flagTexts: TextTable) {
    this.flagTexts = flagTexts;
  }

  /**
   * Reads what begins at `at` when it is such a payload as Linux 6.1 and 6.12 write it, and returns the offset behind it; 0
   * for any other. There are some hundred bytes from `at` on.
   */
  readUsual(bytes: Uint8Array, view: DataView, at: number, end: number, event: TraceEvent): number {
    if (!startsWith(bytes, HEX_PFN, at, end)) return 0;
    at += HEX_PFN.length;
    let pfn = 0;
    const first = at;
    for (let digit; (digit = HEX_DIGITS[bytes[at] as number] as number) < 16; at++) pfn = pfn * 16 + digit;
    if (at === first || pfn >= NO_PFN || !startsWith(bytes, THEN_FLAGS, at, end)) return 0;
    event.pfn = pfn;
    at += THEN_FLAGS.length;
    if (!this.#flags(bytes, view, at, end, event)) return 0;
    at = this.#at;
    if (!startsWith(bytes, THEN_COUNT, at, end)) return 0;
    at = skipNumber(bytes, at + THEN_COUNT.length);
    if (!startsWith(bytes, THEN_MAPCOUNT, at, end)) return 0;
    at = skipNumber(bytes, at + THEN_MAPCOUNT.length);
    if (!startsWith(bytes, THEN_MAPPING, at, end)) return 0;
    this.#mapping(bytes, at + THEN_MAPPING.length, end, event);
    at = this.#at;
    if (!startsWith(bytes, THEN_MIGRATETYPE, at, end)) return 0;
    event.migratetype = digitOf(bytes[at + THEN_MIGRATETYPE.length]);
    at += THEN_MIGRATETYPE.length + 1;
    if (event.migratetype > 9 || !startsWith(bytes, THEN_VAL, at, end)) return 0;
    at = this.#signed(bytes, at + THEN_VAL.length);
    event.val = this.#value;
    if (at === 0 || event.kind < EVENT_REF_TEST) return at;
    if (!startsWith(bytes, THEN_RET, at, end)) return 0;
    at = this.#signed(bytes, at + THEN_RET.length);
    event.ret = this.#value;
    return at;
  }

  /** Reads bytes[at, end) into `event`, whose `kind` is set. Returns '', or what is wrong with it. */
  read(bytes: Uint8Array, view: DataView, at: number, end: number, event: TraceEvent): string {
    event.pfn = event.migratetype = ABSENT;
    event.mapping = 0;
    let hasFlags = false;
    let hasVal = false;
    let hasRet = false;
    for (at = skipBlanks(bytes, at, end); at < end; at = skipBlanks(bytes, at, end)) {
      const key = at;
      while (at < end && bytes[at] !== EQUALS && !isBlank(bytes[at])) at++;
      if (bytes[at] !== EQUALS || at === end) {
        // `12.869333:` is the time of another event.
        if (bytes[at - 1] === COLON && isDigit(bytes[at - 2])) return 'another line is joined to it';
        // Only the option fields writes what is no key, a number once more: `(15816)`.
        if (bytes[key] !== PARENTHESIS) return 'there is a word that is no key';
        continue;
      }
      this.#at = ++at;
      switch (at - key) {
        case VAL.length:
          if (startsWith(bytes, VAL, key, at)) {
            event.val = this.#number(bytes, at, end);
            if (Number.isNaN(event.val)) return 'val is no number';
            hasVal = true;
          } else if (startsWith(bytes, RET, key, at)) {
            event.ret = this.#number(bytes, at, end);
            if (Number.isNaN(event.ret)) return 'ret is no number';
            hasRet = true;
          } else if (startsWith(bytes, PFN, key, at)) {
            if (event.pfn >= 0) return 'there are two pfn=';
            event.pfn = this.#number(bytes, at, end);
            if (!(event.pfn >= 0)) return 'pfn is no number';
            if (event.pfn >= NO_PFN) return 'pfn is above 2^52';
          }
          break;
        case FLAGS.length:
          if (!startsWith(bytes, FLAGS, key, at)) break;
          if (!this.#flags(bytes, view, at, end, event)) return 'flags are no names of page flags';
          hasFlags = true;
          break;
        case MAPPING.length:
          if (startsWith(bytes, MAPPING, key, at)) this.#mapping(bytes, at, end, event);
          break;
        case MIGRATETYPE.length:
          if (!startsWith(bytes, MIGRATETYPE, key, at)) break;
          event.migratetype = this.#number(bytes, at, end);
          if (!(event.migratetype >= 0)) return 'mt is no migratetype';
      }
      at = this.#at;
      while (at < end && !isBlank(bytes[at])) at++;
    }
    if (event.pfn < 0) return 'there is no pfn=';
    if (!hasFlags) return 'there is no flags=';
    if (event.migratetype < 0) return 'there is no mt=';
    if (!hasVal) return 'there is no val=';
    if (event.kind >= EVENT_REF_TEST) return hasRet ? '' : 'there is no ret=';
    // As EVENT_REF_MOD there are also events that have one.
    return hasRet && event.kind !== EVENT_REF_MOD ? 'there is a ret=' : '';
  }

  /** Reads the decimal number at `at` into #value; the offset behind it, or 0 when there is none. */
  #signed(bytes: Uint8Array, at: number): number {
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    let value = 0;
    const first = at;
    for (let digit; (digit = digitOf(bytes[at])) < 10; at++) value = value * 10 + digit;
    this.#value = negative ? -value : value;
    return at === first ? 0 : at;
  }

  /**
   * The number at `at`, decimal and perhaps negative or, with `0x`, hexadecimal; NaN when there is none, or more than a
   * number.
   */
  #number(bytes: Uint8Array, at: number, end: number): number {
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    let value = 0;
    let first = at;
    if (bytes[at] === ZERO && bytes[at + 1] === LETTER_X) {
      first = at += 2;
      for (let digit; at < end && (digit = HEX_DIGITS[bytes[at] as number] as number) < 16; at++)
        value = value * 16 + digit;
    } else for (let digit; at < end && (digit = digitOf(bytes[at])) < 10; at++) value = value * 10 + digit;
    this.#at = at;
    if (at === first || (at < end && !isBlank(bytes[at]))) return NaN;
    return negative ? -value : value;
  }

  /** A hash, an address or `(nil)`; of the digits those of the low half. */
  #mapping(bytes: Uint8Array, at: number, end: number, event: TraceEvent): void {
    let low = 0;
    for (; at < end && bytes[at] !== SPACE; at++) {
      const digit = HEX_DIGITS[bytes[at] as number] as number;
      if (digit < 16) low = (low << 4) | digit;
    }
    event.mapping = low;
    this.#at = at;
  }

  #flags(bytes: Uint8Array, view: DataView, at: number, end: number, event: TraceEvent): boolean {
    const start = at;
    while (at < end && isFlagByte(bytes[at] as number)) at++;
    this.#at = at;
    if (at === start || (at < end && !isBlank(bytes[at]))) return false;
    // It is mostly the one before.
    if (!this.flagTexts.is(event.flags, view, start, at)) event.flags = this.flagTexts.idOf(view, start, at);
    return true;
  }
}

/** Small letters, digits, `_` and `|`. */
function isFlagByte(byte: number): boolean {
  return (byte - 0x61) >>> 0 < 26 || isDigit(byte) || byte === UNDERSCORE || byte === BAR;
}

function skipNumber(bytes: Uint8Array, at: number): number {
  if (bytes[at] === MINUS) at++;
  while (isDigit(bytes[at])) at++;
  return at;
}
