import { grown } from './columns.js';
import type { StackIndex } from '../indices.js';

/**
 * How many pages of each stack were allocated when: a row for each stack and slice of time in which it allocated.
 * Slices are `sliceNs` long; slice n is [n * sliceNs, (n + 1) * sliceNs).
 */
export interface AgeTable {
  /** Rows. */
  readonly length: number;
  /** A power of two. */
  readonly sliceNs: number;
  /** StackIndex. */
  readonly stack: Int32Array;
  /** Number of the slice, from 0 at boot. */
  readonly slice: Float64Array;
  /** Base pages. */
  readonly pages: Float64Array;
}

/** 2^28 ns, a quarter of a second. */
const FIRST_SLICE_NS = 2 ** 28;
const MOST_ROWS = 1 << 18;
const FIRST_CAPACITY = 1024;

/**
 * Builds an {@link AgeTable} of at most 2^18 rows: when there are more, slices become twice as long. So memory is
 * bounded whatever the uptime and the number of records, and short uptimes are told exactly.
 */
export class AgeTableBuilder {
  length = 0;
  #sliceNs = FIRST_SLICE_NS;
  /** 1 / sliceNs, which is exact for a power of two. */
  #perNs = 1 / FIRST_SLICE_NS;
  #slots = new Int32Array(2 * FIRST_CAPACITY);
  #stack = new Int32Array(FIRST_CAPACITY);
  #slice = new Float64Array(FIRST_CAPACITY);
  #pages = new Float64Array(FIRST_CAPACITY);
  #last = 0;
  readonly #mostRows: number;

  constructor(mostRows = MOST_ROWS) {
    this.#mostRows = mostRows;
  }

  add(stack: StackIndex, high: number, low: number, pages: number): void {
    // A time above 2^53 ns (104 days) is rounded by at most 2 us here, far below a slice.
    const slice = Math.floor((high * 2 ** 32 + low) * this.#perNs);
    if (this.#stack[this.#last] === stack && this.#slice[this.#last] === slice && this.length) {
      this.#pages[this.#last]! += pages;
      return;
    }
    this.#addTo(stack, slice, pages);
    while (this.length > this.#mostRows) this.#halve();
  }

  finish(): AgeTable {
    const { length } = this;
    return {
      length,
      sliceNs: this.#sliceNs,
      stack: this.#stack.slice(0, length),
      slice: this.#slice.slice(0, length),
      pages: this.#pages.slice(0, length),
    };
  }

  #addTo(stack: StackIndex, slice: number, pages: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = mix(stack, slice) & mask;
    for (let taken = slots[slot]!; taken; taken = slots[slot]!) {
      const row = taken - 1;
      if (this.#stack[row] === stack && this.#slice[row] === slice) {
        this.#pages[row]! += pages;
        this.#last = row;
        return;
      }
      slot = (slot + 1) & mask;
    }
    const row = this.length++;
    this.#stack[row] = stack;
    this.#slice[row] = slice;
    this.#pages[row] = pages;
    slots[slot] = row + 1;
    this.#last = row;
    if (2 * this.length >= slots.length) this.#grow();
  }

  #grow(): void {
    const capacity = this.#slots.length;
    this.#stack = grown(this.#stack, capacity);
    this.#slice = grown(this.#slice, capacity);
    this.#pages = grown(this.#pages, capacity);
    const slots = new Int32Array(2 * capacity);
    const mask = slots.length - 1;
    for (let row = 0; row < this.length; row++) {
      let slot = mix(this.#stack[row]!, this.#slice[row]!) & mask;
      while (slots[slot]) slot = (slot + 1) & mask;
      slots[slot] = row + 1;
    }
    this.#slots = slots;
  }

  /** Makes slices twice as long. */
  #halve(): void {
    const { length } = this;
    const stack = this.#stack.slice();
    const slice = this.#slice.slice();
    const pages = this.#pages.slice();
    this.#sliceNs *= 2;
    this.#perNs /= 2;
    this.length = 0;
    this.#slots.fill(0);
    for (let row = 0; row < length; row++) this.#addTo(stack[row]!, Math.floor(slice[row]! / 2), pages[row]!);
  }
}

function mix(stack: StackIndex, slice: number): number {
  let h = Math.imul(stack, 0x9e3779b1) ^ Math.imul(slice, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}

/**
 * Pages of each stack, by StackIndex, that are older than `ageNs` at the time `nowNs`. A slice counts when all of it is
 * older, so the number is exact when `nowNs - ageNs` is the start of a slice, and else too low by less than a slice.
 */
export function pagesOlderThan(ages: AgeTable, stacks: number, ageNs: bigint, nowNs: bigint): Float64Array {
  if (ageNs < 0n) throw new RangeError(`an age of ${ageNs} ns is negative`);
  const older = new Float64Array(stacks);
  const bound = (nowNs - ageNs) / BigInt(ages.sliceNs);
  const firstYoung = nowNs < ageNs ? 0 : Number(bound);
  for (let row = 0; row < ages.length; row++) {
    if (ages.slice[row]! < firstYoung) older[ages.stack[row]!]! += ages.pages[row]!;
  }
  return older;
}
