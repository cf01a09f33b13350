import { decodeText } from '@page-owner/dump-format';
import { viewOf } from '../bytes.js';

/** Number of a distinct text, from 0 in the order of appearance. */
export type TextId = number;

const EMPTY = -1;
const FIRST_SLOTS = 1 << 3;
const FIRST_BYTES = 1 << 6;
const WORD = 4;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Each distinct run of bytes once, behind a small number. A known one costs a hash and a comparison. */
export class TextTable {
  length = 0;
  /** Text `id` is pool[ends[id], ends[id + 1]). */
  #pool = new Uint8Array(FIRST_BYTES);
  #poolView = viewOf(this.#pool);
  #ends = new Uint32Array(FIRST_SLOTS);
  #hashes = new Int32Array(FIRST_SLOTS);
  #slots = new Int32Array(2 * FIRST_SLOTS).fill(EMPTY);

  /** The id of the bytes [start, end), a new one when it is `length` before and less after. */
  idOf(bytes: DataView, start: number, end: number): TextId {
    let hash = FNV_OFFSET;
    let at = start;
    for (; at + WORD <= end; at += WORD) hash = mixed(hash ^ bytes.getInt32(at, true));
    for (; at < end; at++) hash = mixed(hash ^ bytes.getUint8(at));
    hash ^= hash >>> 15;
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = slots[slot] as number;
      if (id === EMPTY) return this.#add(hash, slot, bytes, start, end);
      if (this.#hashes[id] === hash && this.is(id, bytes, start, end)) return id;
    }
  }

  /** Whether there is a text `id` and it is the bytes [start, end). */
  is(id: TextId, bytes: DataView, start: number, end: number): boolean {
    if (id >= this.length) return false;
    const from = this.#ends[id] as number;
    const length = end - start;
    if ((this.#ends[id + 1] as number) - from !== length) return false;
    const pool = this.#poolView;
    let i = 0;
    for (; i + WORD <= length; i += WORD) {
      if (pool.getInt32(from + i, true) !== bytes.getInt32(start + i, true)) return false;
    }
    for (; i < length; i++) if (pool.getUint8(from + i) !== bytes.getUint8(start + i)) return false;
    return true;
  }

  /** The length of text `id` when it stands at `at`, wholly before `end`; else 0. */
  prefixLength(id: TextId, bytes: DataView, at: number, end: number): number {
    if (id >= this.length) return 0;
    const length = (this.#ends[id + 1] as number) - (this.#ends[id] as number);
    return at + length <= end && this.is(id, bytes, at, at + length) ? length : 0;
  }

  /** A text's bytes: a view, until the next `idOf`. */
  bytes(id: TextId): Uint8Array {
    return this.#pool.subarray(this.#ends[id], this.#ends[id + 1]);
  }

  /** A text as a string, its bytes that are no UTF-8 as `decodeText` of dump-format has them. */
  text(id: TextId): string {
    return decodeText(this.bytes(id));
  }

  #add(hash: number, slot: number, bytes: DataView, start: number, end: number): TextId {
    const id = this.length++;
    const from = this.#ends[id] as number;
    const to = from + end - start;
    if (to > this.#pool.length) {
      const pool = new Uint8Array(Math.max(2 * this.#pool.length, to));
      pool.set(this.#pool);
      this.#pool = pool;
      this.#poolView = viewOf(pool);
    }
    for (let i = start; i < end; i++) this.#pool[from + i - start] = bytes.getUint8(i);
    if (id + 2 > this.#ends.length) this.#grow();
    this.#ends[id + 1] = to;
    this.#hashes[id] = hash;
    this.#slots[slot] = id;
    if (this.length * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  #grow(): void {
    const ends = new Uint32Array(2 * this.#ends.length);
    ends.set(this.#ends);
    this.#ends = ends;
    const hashes = new Int32Array(ends.length);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length).fill(EMPTY);
    const mask = slots.length - 1;
    for (let id = 0; id < this.length; id++) {
      let slot = (this.#hashes[id] as number) & mask;
      while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.#slots = slots;
  }
}

/** A step of FNV-1a over words, with a shift so that high bits reach low ones. */
function mixed(hash: number): number {
  const product = Math.imul(hash, FNV_PRIME);
  return product ^ (product >>> 13);
}
