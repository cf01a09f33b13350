import { grown } from '../tables/columns.js';

/** The number of a distinct (header line, stack text, page text) of a scanner. */
type TripleIndex = number;

const FIRST_CAPACITY = 1024;

/**
 * Numbers the distinct triples of text ids that a scanner hands out, so that what they mean is worked out once.
 *
 *   slots    open addressing, a power of two, at most half full; triple + 1, 0 is free
 *   keys     line, stack, page
 */
export class TextTriples {
  length = 0;
  #slots = new Int32Array(2 * FIRST_CAPACITY);
  #keys = new Int32Array(3 * FIRST_CAPACITY);
  #last = 0;

  /** The number of the triple; a new one's is the `length` before. */
  indexOf(line: number, stack: number, page: number): TripleIndex {
    const keys = this.#keys;
    const last = 3 * this.#last;
    if (keys[last] === line && keys[last + 1] === stack && keys[last + 2] === page && this.length)
      return this.#last;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = mix(line, stack, page) & mask;
    for (let taken = slots[slot]!; taken; taken = slots[slot]!) {
      const at = 3 * (taken - 1);
      if (keys[at] === line && keys[at + 1] === stack && keys[at + 2] === page)
        return (this.#last = taken - 1);
      slot = (slot + 1) & mask;
    }
    const triple = this.length++;
    keys[3 * triple] = line;
    keys[3 * triple + 1] = stack;
    keys[3 * triple + 2] = page;
    slots[slot] = triple + 1;
    if (2 * this.length >= slots.length) this.#grow();
    return (this.#last = triple);
  }

  clear(): void {
    this.length = 0;
    this.#last = 0;
    this.#slots.fill(0);
  }

  #grow(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    const keys = (this.#keys = grown(this.#keys, 3 * this.#slots.length));
    for (let triple = 0; triple < this.length; triple++) {
      let slot = mix(keys[3 * triple]!, keys[3 * triple + 1]!, keys[3 * triple + 2]!) & mask;
      while (slots[slot]) slot = (slot + 1) & mask;
      slots[slot] = triple + 1;
    }
    this.#slots = slots;
  }
}

function mix(line: number, stack: number, page: number): number {
  let h = Math.imul(line, 0x9e3779b1) ^ Math.imul(stack, 0x85ebca77) ^ Math.imul(page, 0xc2b2ae3d);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
