import { ascii, BAR, COLON, digitOf, EQUALS, hexDigitOf, isBlank, isDigit, skipBlanks } from '../bytes.js';
import { NEWLINE, SPACE, startsWith, UNDERSCORE, word } from '../bytes.js';
import { isCutMask, lacksMobility } from '../tables/gfp-masks.js';
import { MOST_ALLOCATED, MOST_ORDER } from '../tables/live-table.js';
import type { TextTable } from '../tables/text-table.js';
import {
  ABSENT,
  EVENT_ALLOC,
  EVENT_EXTFRAG,
  EVENT_FREE,
  EVENT_FREE_BATCHED,
  EVENT_PCPU_DRAIN,
  EVENT_ZONE_LOCKED,
} from '../tables/trace-event.js';
import type { TraceEvent } from '../tables/trace-event.js';

const PAGE = ascii('page=');
const PFN = ascii('pfn');
const ORDER = ascii('order');
const GFP_FLAGS = ascii('gfp_flags');
const MIGRATETYPE = ascii('migratetype');
const PERCPU_REFILL = ascii(' percpu_refill=');
const ALLOC_ORDER = ascii('alloc_order');
const ALLOC_MIGRATETYPE = ascii('alloc_migratetype');
const FALLBACK_ORDER = ascii('fallback_order');
const FALLBACK_MIGRATETYPE = ascii('fallback_migratetype');
const PAGEBLOCK_ORDER = ascii('pageblock_order');
const CHANGE_OWNERSHIP = ascii('change_ownership');

/** No page frame number is as large, on any architecture. */
export const NO_PFN = 2 ** 52;
/** The kernel's own -1 for the pfn of an allocation that failed, by tools that print the field as it is; else it is 0. */
const NO_PAGE = ['-1', '0xffffffffffffffff', 'ffffffffffffffff', '18446744073709551615'].map(ascii);
const ZERO = 0x30;
const LETTER_E = 0x65;
const LETTER_R = 0x72;
const LETTER_X = 0x78;
const PAGE_WORD = word('page');
const PFN_WORD = word('pfn=');
const ORDER_WORD = word(' ord');
const MIGRATETYPE_WORD = word(' mig');
const RATE_WORD = word('rate');
const TYPE_WORD = word('ype=');
const GFP_WORD = word(' gfp');
const FLAG_WORD = word('_fla');
const FLAGS_WORD = word('ags=');
/** Bytes of `page=`, 16 digits and a blank; up to the pfn; and from behind the pfn up to the gfp mask. */
const AFTER_PAGE = 22;
const POINTER_BYTES = 16;
/** Four bytes, each the first letter behind the blank; and the top bit of each. */
const BLANKS = 0x21212121;
const TOP_BITS = 0x80808080;
const PREFIX_BYTES = AFTER_PAGE + 10;
const BEHIND_PFN = 40;
/**
 * Where a word ends with a colon, as a time (`12.869333:`) or a name (`mm_page_free:`) does; no kernel prints such a thing
 * here.
 */
const JOINED = 'another line is joined to it';
const NO_FLAGS = 'gfp_flags are no names of flags';
/**
 * What a mask can be: cut off within a name; within one that begins like another, if the migratetype says so; a number;
 * whole.
 */
const CUT = 1;
const PERHAPS_CUT = 2;
const NUMBER = 3;
const WHOLE = 4;
/** By byte: the value of a small hexadecimal digit, or 16. */
export const HEX_DIGITS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte));
  return digit < 0 ? 16 : digit;
});

/** Reads the payloads of kmem events. */
export class PayloadReader {
  /** The distinct texts of gfp masks, names or numbers. */
  readonly gfpTexts: TextTable;
  /** By gfp text: what it is, of the texts that came. */
  readonly #gfpFacts: number[] = [];
  /** Where the value that was read last ends. */
  #at = 0;

  constructor(gfpTexts: TextTable) {
    this.gfpTexts = gfpTexts;
  }

  /**
   * Reads bytes[at, end) into `event`, whose `kind` is set: `key=value` in any order, unknown keys passed over. Returns '',
   * or what is wrong with it.
   */
  read(bytes: Uint8Array, view: DataView, at: number, end: number, event: TraceEvent): string {
    at = skipBlanks(bytes, at, end);
    if (this.readUsual(bytes, view, at, end, event) === end) return '';
    event.pfn = event.order = event.migratetype = ABSENT;
    event.fallbackOrder = event.fallbackMigratetype = event.pageblockOrder = event.changeOwnership = ABSENT;
    let hasPfn = false;
    let hasGfp = false;
    // Most begin with it, and it is of no use: hashed, or made up by tools that cannot know it.
    const hasPage = startsWith(bytes, PAGE, at, end);
    if (hasPage) while (at < end && bytes[at] !== SPACE) at++;
    if (hasPage && bytes[at - 1] === COLON) return JOINED;
    for (at = skipBlanks(bytes, at, end); at < end; at = skipBlanks(bytes, at, end)) {
      const key = at;
      while (at < end && bytes[at] !== EQUALS && bytes[at] !== SPACE) at++;
      if (bytes[at] !== EQUALS || at === end) {
        if (bytes[at - 1] === COLON) return JOINED;
        continue;
      }
      const length = at - key;
      this.#at = ++at;
      if (length === PFN.length && startsWith(bytes, PFN, key, end)) {
        if (hasPfn) return 'there are two pfn=';
        event.pfn = this.#pfn(bytes, at, end, event.kind);
        if (event.pfn < 0) return 'pfn is no number';
        if (event.pfn >= NO_PFN) return 'pfn is above 2^52';
        hasPfn = true;
      } else if (length === ORDER.length && startsWith(bytes, ORDER, key, end)) {
        event.order = this.#number(bytes, at, end);
        const most = event.kind === EVENT_ALLOC ? MOST_ALLOCATED : MOST_ORDER;
        if (event.order < 0 || event.order > most) return 'order is no page order';
      } else if (length === MIGRATETYPE.length && startsWith(bytes, MIGRATETYPE, key, end)) {
        event.migratetype = this.#number(bytes, at, end);
      } else if (length === GFP_FLAGS.length && startsWith(bytes, GFP_FLAGS, key, end)) {
        if (!this.#gfp(bytes, view, at, end, event)) return NO_FLAGS;
        hasGfp = true;
      } else if (event.kind === EVENT_EXTFRAG) this.#fallback(bytes, key, length, at, end, event);
      at = this.#at;
      while (at < end && bytes[at] !== SPACE) at++;
      if (bytes[at - 1] === COLON) return JOINED;
    }
    if (!hasPfn) return 'there is no pfn=';
    // What `trace-cmd report -R` writes has neither a page nor, of a batch, an order.
    if (event.kind === EVENT_FREE_BATCHED && !hasPage && event.order < 0) event.order = 0;
    if (event.order < 0)
      return event.kind === EVENT_EXTFRAG ? 'there is no alloc_order=' : 'there is no order=';
    if (event.kind === EVENT_EXTFRAG) return missingFallback(event);
    if (event.kind === EVENT_ALLOC) {
      if (!hasGfp) return 'there is no gfp_flags=';
      const wrong = this.#wrongMask(event);
      if (wrong !== '') return wrong;
      if (event.pfn % 2 ** event.order !== 0) return `pfn is no multiple of ${2 ** event.order} pages`;
      // There a number comes before the migratetype.
      if (!hasPage && event.migratetype < 0 && this.#gfpFacts[event.gfp] === NUMBER)
        return 'there is no migratetype=';
      // A failed request has no page, and pfn 0 is never given out.
      if (event.pfn === 0) event.pfn = ABSENT;
    }
    return '';
  }

  /**
   * Reads what begins at `at` when it is the payload of an event as Linux 6.1 and 6.12 write it, and returns the offset
   * behind it; 0 for any other, of which nothing is left in `event` that `read` does not overwrite. What stands behind it is
   * for the caller to look at; no mask goes on behind `end`.
   *
   * ```
   *   page=00000000316a9861 pfn=0x13238 order=0 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_ZERO
   *   page=00000000316a9861 pfn=0x13238 order=0
   *   page=00000000316a9861 pfn=0x13238 order=0 migratetype=0 percpu_refill=1
   *   page=00000000316a9861 pfn=0x13238 order=0 migratetype=0
   * ```
   */
  readUsual(bytes: Uint8Array, view: DataView, at: number, end: number, event: TraceEvent): number {
    const { kind } = event;
    if (at + PREFIX_BYTES > view.byteLength) return 0;
    if (kind === EVENT_EXTFRAG || view.getInt32(at, true) !== PAGE_WORD || !isPointer(view, at + PAGE.length))
      return 0;
    at += AFTER_PAGE;
    // trace-cmd writes 0x before the digits.
    if (bytes[at - 1] !== SPACE) at += 2;
    if (bytes[at - 1] !== SPACE || view.getInt32(at, true) !== PFN_WORD) return 0;
    if (bytes[at + 4] !== ZERO || bytes[at + 5] !== LETTER_X) return 0;
    let pfn = 0;
    const first = (at += 6);
    for (let digit; (digit = HEX_DIGITS[bytes[at] as number] as number) < 16; at++) pfn = pfn * 16 + digit;
    if (at === first || pfn === 0 || pfn >= NO_PFN || at + BEHIND_PFN > view.byteLength) return 0;
    if (view.getInt32(at, true) !== ORDER_WORD || bytes[at + 4] !== LETTER_E || bytes[at + 5] !== LETTER_R)
      return 0;
    const order = digitOf(bytes[at + 7]);
    if (bytes[at + 6] !== EQUALS || order > 9) return 0;
    if (kind === EVENT_ALLOC && (pfn & ((1 << order) - 1)) !== 0) return 0;
    at += 8;
    event.pfn = pfn;
    event.order = order;
    if (kind === EVENT_FREE || kind === EVENT_FREE_BATCHED) return at;
    if (view.getInt32(at, true) !== MIGRATETYPE_WORD || view.getInt32(at + 4, true) !== RATE_WORD) return 0;
    if (view.getInt32(at + 9, true) !== TYPE_WORD) return 0;
    event.migratetype = digitOf(bytes[at + 13]);
    if (event.migratetype > 9) return 0;
    at += 14;
    if (kind === EVENT_PCPU_DRAIN) return at;
    if (kind === EVENT_ZONE_LOCKED)
      return startsWith(bytes, PERCPU_REFILL, at, end) && isDigit(bytes[at + PERCPU_REFILL.length])
        ? at + PERCPU_REFILL.length + 1
        : 0;
    if (view.getInt32(at, true) !== GFP_WORD || view.getInt32(at + 4, true) !== FLAG_WORD) return 0;
    if (view.getInt32(at + 7, true) !== FLAGS_WORD) return 0;
    return this.#gfp(bytes, view, at + 11, end, event) && this.#wrongMask(event) === '' ? this.#at : 0;
  }

  /** What is wrong with a mask that has only letters of one, or ''. */
  #wrongMask({ gfp, migratetype }: TraceEvent): string {
    const facts = (this.#gfpFacts[gfp] ??= factsOf(this.gfpTexts.text(gfp)));
    if (facts === CUT) return NO_FLAGS;
    if (facts === PERHAPS_CUT && (migratetype === 1 || migratetype === 2))
      return `gfp_flags ask for another migratetype than ${migratetype}`;
    return '';
  }

  /** The page frame number at `at`; 0 for what an allocation without a page has. */
  #pfn(bytes: Uint8Array, at: number, end: number, kind: number): number {
    if (kind === EVENT_ALLOC) {
      for (const none of NO_PAGE) {
        const behind = at + none.length;
        if (startsWith(bytes, none, at, end) && (behind === end || isBlank(bytes[behind]))) return 0;
      }
    }
    return this.#number(bytes, at, end);
  }

  /** The keys that only mm_page_alloc_extfrag has. */
  #fallback(
    bytes: Uint8Array,
    key: number,
    length: number,
    at: number,
    end: number,
    event: TraceEvent,
  ): void {
    const is = (name: Uint8Array): boolean => length === name.length && startsWith(bytes, name, key, end);
    if (is(ALLOC_ORDER)) event.order = this.#number(bytes, at, end);
    else if (is(ALLOC_MIGRATETYPE)) event.migratetype = this.#number(bytes, at, end);
    else if (is(FALLBACK_ORDER)) event.fallbackOrder = this.#number(bytes, at, end);
    else if (is(FALLBACK_MIGRATETYPE)) event.fallbackMigratetype = this.#number(bytes, at, end);
    else if (is(PAGEBLOCK_ORDER)) event.pageblockOrder = this.#number(bytes, at, end);
    else if (is(CHANGE_OWNERSHIP)) event.changeOwnership = this.#number(bytes, at, end);
  }

  /** The number at `at`, decimal or, with `0x`, hexadecimal; -1 when there is none, or more than a number. */
  #number(bytes: Uint8Array, at: number, end: number): number {
    let value = 0;
    let first = at;
    if (bytes[at] === ZERO && ((bytes[at + 1] as number) | 0x20) === LETTER_X && at + 2 < end) {
      first = at += 2;
      for (let digit; at < end && (digit = hexDigitOf(bytes[at])) >= 0; at++) value = value * 16 + digit;
    } else for (let digit; at < end && (digit = digitOf(bytes[at])) < 10; at++) value = value * 10 + digit;
    this.#at = at;
    return at > first && (at === end || isBlank(bytes[at])) ? value : -1;
  }

  #gfp(bytes: Uint8Array, view: DataView, at: number, end: number, event: TraceEvent): boolean {
    // It is mostly the one before.
    const known = this.gfpTexts.prefixLength(event.gfp, view, at, end);
    if (known > 0 && (at + known === end || bytes[at + known] === SPACE || bytes[at + known] === NEWLINE)) {
      this.#at = at + known;
      return true;
    }
    const start = at;
    while (at < end && isGfpByte(bytes[at] as number)) at++;
    if (at === start || (at < end && !isBlank(bytes[at]) && bytes[at] !== NEWLINE)) return false;
    event.gfp = this.gfpTexts.idOf(view, start, at);
    this.#at = at;
    return true;
  }
}

function factsOf(mask: string): number {
  if (isCutMask(mask)) return CUT;
  if (lacksMobility(mask)) return PERHAPS_CUT;
  return isDigit(mask.charCodeAt(0)) ? NUMBER : WHOLE;
}

/** The first of the keys without a value that only mm_page_alloc_extfrag has; '' when none is. */
function missingFallback(event: TraceEvent): string {
  const { migratetype, fallbackOrder, fallbackMigratetype, changeOwnership } = event;
  if (fallbackOrder < 0 || fallbackOrder > MOST_ORDER) return 'there is no fallback_order=';
  if (migratetype < 0) return 'there is no alloc_migratetype=';
  if (fallbackMigratetype < 0) return 'there is no fallback_migratetype=';
  return changeOwnership < 0 ? 'there is no change_ownership=' : '';
}

/** Whether 16 letters stand at `at`, no blank and no end of a line among them. */
function isPointer(view: DataView, at: number): boolean {
  for (const end = at + POINTER_BYTES; at < end; at += 4) {
    const letters = view.getInt32(at, true);
    // A smaller byte borrows, and has its top bit set then.
    if (((letters | (letters - BLANKS)) & TOP_BITS) !== 0) return false;
  }
  return true;
}

/** Letters, digits, `_` and `|`. */
function isGfpByte(byte: number): boolean {
  const letter = (byte | 0x20) - 0x61;
  return (letter >= 0 && letter < 26) || isDigit(byte) || byte === UNDERSCORE || byte === BAR;
}
