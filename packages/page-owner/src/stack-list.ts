/**
 * The list behind page_owner_stacks: stacks that have been counted, each once, in the order of their first count.
 *
 * ```
 *   word   0        1          2         3
 *        +--------+----------+---------+---------+--
 *        | length | failure  | dummy   | handle  | ...   the file shows them from the end
 *        +--------+----------+---------+---------+--
 * ```
 *
 * The kernel allocates a node for each; if it cannot, the stack is counted but never shown. Here that happens when a
 * shared list is full: a SharedArrayBuffer cannot grow.
 */
import type { StackHandle } from '@page-owner/stackdepot';

const LENGTH = 0;
const FIRST = LENGTH + 1;
const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT;

export class StackList {
  #words: Int32Array;

  private constructor(words: Int32Array) {
    this.#words = words;
  }

  /** An empty list; `capacity` is where a list on the heap begins to grow, and where a shared one ends. */
  static create(capacity: number, shared: boolean): StackList {
    const bytes = (FIRST + capacity) * WORD_BYTES;
    return new StackList(new Int32Array(shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes)));
  }

  /** From now on this is the list of another thread, or a copy of one. */
  adopt(buffer: ArrayBuffer | SharedArrayBuffer): void {
    this.#words = new Int32Array(buffer);
  }

  /** All of the list; a list on the heap has a new one when it grows. */
  get buffer(): ArrayBuffer | SharedArrayBuffer {
    return this.#words.buffer as ArrayBuffer | SharedArrayBuffer;
  }

  /** Appends a handle; false if there is no room. */
  add(handle: StackHandle): boolean {
    const words = this.#words;
    if (words[LENGTH]! + FIRST >= words.length && !this.#grow()) return false;
    const at = FIRST + Atomics.add(this.#words, LENGTH, 1);
    if (at < this.#words.length) Atomics.store(this.#words, at, handle);
    else Atomics.sub(this.#words, LENGTH, 1);
    return at < this.#words.length;
  }

  /** Newest first, as the files show them. */
  *handles(): Generator<StackHandle, void, undefined> {
    const words = this.#words;
    for (let i = Math.min(Atomics.load(words, LENGTH), words.length - FIRST); i > 0; i--) {
      const handle = Atomics.load(words, LENGTH + i) >>> 0;
      if (handle !== 0) yield handle;
    }
  }

  #grow(): boolean {
    const { buffer } = this.#words;
    if (Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]') return false;
    const words = new Int32Array(2 * this.#words.length);
    words.set(this.#words);
    this.#words = words;
    return true;
  }
}
