/**
 * Records as bytes, for those who hold them as numbers and write many. A text that records share is made once, by the
 * functions here, and from then on copied; numbers are written in between.
 *
 * ```
 *   Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 5 (sh), ts 28441476044 ns
 *                             ^^^^^^^^^^^^^^^^^^^^^^^^ mask
 *   PFN 0x5be8e type Unmovable Block 735 type Movable Flags 0x1fffc0000000000(node=0|zone=1)
 *              ^^^^^^^^^^^^^^^^^^^^^^   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
 *              type                     page
 *    post_alloc_hook+0x77/0xf0
 *    __alloc_pages+0x1e6/0x310       stack
 *   Charged to memcg user.slice      end, with the empty line
 *
 * ```
 */
import { lettersText, memcgText } from './format-record.js';
import { HEADER_START_BYTES } from './header-line.js';
import type { PageLetters, RecordMemcg } from './record.js';
import { encodeText } from './text-bytes.js';
import { layoutOfVariant, type Variant } from './variant.js';

/** The numbers of a record, as a cursor over records has them. */
export interface RecordNumbers {
  /** The block has 2^order pages. */
  readonly order: number;
  /** Of the task that allocated. */
  readonly pid: number;
  /** Its thread group. */
  readonly tgid: number;
  /** Name of the task: any bytes, up to a NUL or to the end. */
  readonly comm: Uint8Array;
  /** Of the allocation: nanoseconds in two words, low one first. */
  readonly time: Uint32Array;
  /** Of the free before it, likewise; zeros for never. */
  readonly freeTime: Uint32Array;
  /** Below 2^32. */
  readonly pfn: number;
}

/** The shared texts of a record. */
export interface RecordTexts {
  /** Of `maskText`. */
  mask: Uint8Array;
  /** Of `typeText`: the migratetype asked for. */
  type: Uint8Array;
  /** Of `pageText`: pageblock and flags. */
  page: Uint8Array;
  /** Lines of the stack, each with a blank before it and a newline. */
  stack: Uint8Array;
  /** Of `endText`: what comes after the stack. */
  end: Uint8Array;
}

/** What comes after the stack. */
export interface RecordEnd {
  /** Stack depot handle, a u32; newest kernels. */
  readonly handle?: number | undefined;
  /** Why the page was migrated last; absent when it never was. */
  readonly migrateReason?: string | undefined;
  /** The control group that is charged. */
  readonly memcg?: RecordMemcg | undefined;
}

const PID = encodeText(', pid ');
const TGID = encodeText(', tgid ');
const NAME = encodeText(' (');
const NAME_END = encodeText(')');
const TS = encodeText(', ts ');
const FREE_TS = encodeText(' ns, free_ts ');
const NS = encodeText(' ns');
const PFN = encodeText('\nPFN ');
const PFN_HEX = encodeText('\nPFN 0x');

/** More than all numbers, names and fixed texts take together. */
const NUMBERS_ROOM = 320;

/** Of x86-64. */
const PAGEBLOCK_ORDER = 9;

const ZERO = 0x30;
const LETTER_A = 0x61;
const BILLION = 1e9;
const WORD = 2 ** 32;

/** Writes records of one variant, V1 or later. Checks nothing: what goes in is a kernel's own. */
export class RecordWriter {
  readonly #pid: boolean;
  readonly #name: boolean;
  readonly #ts: boolean;
  readonly #freeTs: boolean;
  readonly #names: boolean;
  readonly #hex: boolean;
  /** For texts that may not fit where they are to go. */
  #scratch = new Uint8Array(4096);

  /** @throws RangeError if there is no such variant */
  constructor(variant: Exclude<Variant, 'V0'>) {
    const { always, sometimes, pfnRadix } = layoutOfVariant(variant);
    this.#pid = always.includes('pid');
    this.#name = always.includes('comm');
    this.#ts = always.includes('tsNs');
    this.#freeTs = always.includes('freeTsNs');
    this.#names = sometimes.includes('flagNames');
    this.#hex = pfnRadix === 16;
  }

  /** The text `mask`. */
  maskText(gfpMask: number, gfpNames: string): Uint8Array {
    const names = this.#names ? `(${gfpNames})` : '';
    return encodeText(`, mask 0x${gfpMask.toString(16)}${names}`);
  }

  /** The text `type`: the migratetype that the mask asks for. */
  typeText(migratetype: string): Uint8Array {
    return encodeText(this.#names ? ` type ${migratetype} Block ` : ' Block ');
  }

  /** The text `page` since 4.6. */
  static pageText(pageblockMigratetype: string, flags: bigint, flagNames: string): Uint8Array {
    return encodeText(` type ${pageblockMigratetype} Flags 0x${flags.toString(16)}(${flagNames})\n`);
  }

  /** The text `page` before 4.6. */
  static lettersText(letters: PageLetters): Uint8Array {
    return encodeText(` ${lettersText(letters)}\n`);
  }

  /** The text `end`. */
  static endText({ handle, migrateReason, memcg }: RecordEnd): Uint8Array {
    let text = handle === undefined ? '' : `handle: ${handle}\n`;
    if (migrateReason !== undefined) {
      text += `Page has been migrated, last migrate reason: ${migrateReason}\n`;
    }
    if (memcg !== undefined) text += memcgText(memcg);
    return encodeText(`${text}\n`);
  }

  /**
   * Writes as much of a record as there is room for.
   *
   * @returns bytes of the whole record, whether there was room or not
   */
  write(record: RecordNumbers, texts: RecordTexts, into: Uint8Array): number {
    const { mask, type, page, stack, end } = texts;
    const most = mask.length + type.length + page.length + stack.length + end.length + NUMBERS_ROOM;
    if (most <= into.length) return this.#writeAll(record, texts, into);
    if (most > this.#scratch.length) this.#scratch = new Uint8Array(2 * most);
    const bytes = this.#writeAll(record, texts, this.#scratch);
    into.set(this.#scratch.subarray(0, Math.min(bytes, into.length)));
    return bytes;
  }

  #writeAll(record: RecordNumbers, texts: RecordTexts, into: Uint8Array): number {
    let at = copy(HEADER_START_BYTES, into, 0);
    at = decimal(record.order, into, at);
    at = copy(texts.mask, into, at);
    if (this.#pid) {
      at = copy(PID, into, at);
      at = decimal(record.pid, into, at);
    }
    if (this.#name) {
      at = copy(TGID, into, at);
      at = decimal(record.tgid, into, at);
      at = copy(NAME, into, at);
      at = copyName(record.comm, into, at);
      at = copy(NAME_END, into, at);
    }
    if (this.#ts) {
      at = copy(TS, into, at);
      at = decimal64(record.time, into, at);
    }
    if (this.#freeTs) {
      at = copy(FREE_TS, into, at);
      at = decimal64(record.freeTime, into, at);
    }
    if (this.#ts) at = copy(NS, into, at);
    at = copy(this.#hex ? PFN_HEX : PFN, into, at);
    at = this.#hex ? hexadecimal(record.pfn, into, at) : decimal(record.pfn, into, at);
    at = copy(texts.type, into, at);
    at = decimal(record.pfn >>> PAGEBLOCK_ORDER, into, at);
    at = copy(texts.page, into, at);
    into.set(texts.stack, at);
    at += texts.stack.length;
    return copy(texts.end, into, at);
  }
}

/** For short texts a loop is quicker than `set`. */
function copy(text: Uint8Array, into: Uint8Array, at: number): number {
  const { length } = text;
  for (let i = 0; i < length; i++) into[at + i] = text[i]!;
  return at + length;
}

function copyName(name: Uint8Array, into: Uint8Array, at: number): number {
  for (let i = 0; i < name.length && name[i] !== 0; i++) into[at++] = name[i]!;
  return at;
}

/** A whole number below 2^53, or a negative one above -2^53. */
function decimal(value: number, into: Uint8Array, at: number): number {
  if (value < 0) {
    into[at++] = 0x2d;
    return decimal(-value, into, at);
  }
  if (value < BILLION) return digits(value, digitCount(value), into, at);
  const high = Math.floor(value / BILLION);
  return digits(value - high * BILLION, 9, into, decimal(high, into, at));
}

function decimal64(words: Uint32Array, into: Uint8Array, at: number): number {
  const high = words[1]!;
  if (high < 2 ** 21) return decimal(high * WORD + words[0]!, into, at);
  return copy(encodeText(((BigInt(high) << 32n) | BigInt(words[0]!)).toString()), into, at);
}

function digitCount(value: number): number {
  let count = 1;
  for (let limit = 10; value >= limit; limit *= 10) count++;
  return count;
}

/** Exactly `count` digits of a number below 10^9. */
function digits(value: number, count: number, into: Uint8Array, at: number): number {
  let rest = value | 0;
  for (let i = at + count - 1; i >= at; i--) {
    const tens = (rest / 10) | 0;
    into[i] = ZERO + rest - 10 * tens;
    rest = tens;
  }
  return at + count;
}

/** A whole number below 2^32. */
function hexadecimal(value: number, into: Uint8Array, at: number): number {
  const count = Math.max(1, Math.ceil((32 - Math.clz32(value)) / 4));
  for (let i = 0; i < count; i++) {
    const digit = (value >>> (4 * (count - 1 - i))) & 15;
    into[at + i] = digit < 10 ? ZERO + digit : LETTER_A - 10 + digit;
  }
  return at + count;
}
