import type { ByteBuffer } from './byte-buffer.js';

/** What is known of a text: never seen, seen once, only to be rewritten whole, stays as it is, becomes its recipe. */
export const UNSEEN = 0;
export const SEEN = 1;
export const ODD = 2;
export const SAME = 3;
export const OTHER = 4;

/** What stands in a recipe between two literals: a stretch of the record that is copied, or its PFN in another radix. */
const END = 0;
export const TS = 1;
export const FREE_TS = 2;
export const PFN = 3;
export const BLOCK = 4;
/** The rest of the PFN line from the digits of the flags on. */
export const REST = 5;
export const PFN_DECIMAL = 6;
export const PFN_HEX = 7;
const SLOTS = 6;

/** Where in the record under way the stretches of slots lie, and its page frame number. */
export class Stretches {
  bytes: Uint8Array = new Uint8Array();
  readonly from: Int32Array = new Int32Array(SLOTS);
  readonly to: Int32Array = new Int32Array(SLOTS);
  pfn = 0;
}

/** Literals (one letter a byte) and slots in turn, with a literal first and last. */
export interface Recipe {
  readonly literals: readonly string[];
  readonly slots: readonly number[];
}

/**
 * What becomes of the distinct texts of one kind (header lines, page texts, stack texts), by their ids. One array of bytes
 * holds all recipes, so that as many are affordable as the scanner keeps texts:
 *
 *   | length u24 | literal | slot u8 | length u24 | literal | slot u8 | ... | length u24 | literal | END |
 */
export class Recipes {
  #states = new Uint8Array(1024);
  /** A number that goes with the text: what its kind needs to find the stretches. */
  #shapes = new Uint32Array(1024);
  #starts = new Uint32Array(1024);
  #notes = new Uint16Array(1024);
  #store = new Uint8Array(1 << 16);
  #stored = 0;

  stateOf(id: number): number {
    return id < this.#states.length ? this.#states[id]! : UNSEEN;
  }

  shapeOf(id: number): number {
    return this.#shapes[id]!;
  }

  notesOf(id: number): number {
    return this.#notes[id]!;
  }

  mark(id: number, state: number): void {
    if (id >= this.#states.length) this.#makeRoom(id);
    this.#states[id] = state;
  }

  /** `recipe` is undefined for a text that stays the same. */
  learn(id: number, shape: number, notes: number, recipe?: Recipe): void {
    this.mark(id, recipe ? OTHER : SAME);
    this.#shapes[id] = shape;
    this.#notes[id] = notes;
    this.#starts[id] = this.#stored;
    if (!recipe) return;
    recipe.literals.forEach((literal, i) =>
      this.#add(Buffer.from(literal, 'latin1'), recipe.slots[i] ?? END),
    );
  }

  /** Adds to `output` what becomes of a text. */
  write(id: number, stretches: Stretches, output: ByteBuffer): void {
    const store = this.#store;
    for (let at = this.#starts[id]!; ;) {
      const from = at + 3;
      const to = from + (store[at]! | (store[at + 1]! << 8) | (store[at + 2]! << 16));
      output.append(store, from, to);
      const slot = store[to]!;
      if (slot === END) return;
      if (slot === PFN_DECIMAL) output.appendNumber(stretches.pfn, 10);
      else if (slot === PFN_HEX) output.appendNumber(stretches.pfn, 16);
      else output.append(stretches.bytes, stretches.from[slot], stretches.to[slot]);
      at = to + 1;
    }
  }

  forget(): void {
    this.#states.fill(UNSEEN);
    this.#stored = 0;
  }

  #add(literal: Uint8Array, slot: number): void {
    const at = this.#stored;
    const end = at + 3 + literal.length;
    if (end >= this.#store.length) this.#store = larger(this.#store, end + 1);
    this.#store.set([literal.length & 255, (literal.length >> 8) & 255, literal.length >> 16], at);
    this.#store.set(literal, at + 3);
    this.#store[end] = slot;
    this.#stored = end + 1;
  }

  #makeRoom(id: number): void {
    this.#states = larger(this.#states, id + 1);
    this.#shapes = larger(this.#shapes, id + 1);
    this.#starts = larger(this.#starts, id + 1);
    this.#notes = larger(this.#notes, id + 1);
  }
}

function larger<T extends Uint8Array | Uint16Array | Uint32Array>(array: T, atLeast: number): T {
  const grown = new (array.constructor as new (length: number) => T)(Math.max(2 * array.length, atLeast));
  grown.set(array);
  return grown;
}
