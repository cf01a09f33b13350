const FIRST_BYTES = 1 << 20;
/** Up to here a loop is quicker than `set`. */
const SHORT_BYTES = 40;
const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/** Bytes that are put together and given out, again and again in the same memory. */
export class ByteBuffer {
  length = 0;
  #bytes = new Uint8Array(FIRST_BYTES);

  /** What is in it; a view that holds until the next change. */
  get view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  /** Adds source[from, to). */
  append(source: Uint8Array, from = 0, to = source.length): void {
    const count = to - from;
    const at = this.length;
    if (at + count > this.#bytes.length) this.#grow(at + count);
    const bytes = this.#bytes;
    if (count > SHORT_BYTES) bytes.set(source.subarray(from, to), at);
    else for (let i = 0; i < count; i++) bytes[at + i] = source[from + i]!;
    this.length = at + count;
  }

  appendByte(byte: number): void {
    if (this.length === this.#bytes.length) this.#grow(this.length + 1);
    this.#bytes[this.length++] = byte;
  }

  /** Adds the digits of a whole number from 0 to 2^53 - 1. */
  appendNumber(value: number, radix: 10 | 16): void {
    let count = 1;
    for (let rest = value; rest >= radix; rest = Math.floor(rest / radix)) count++;
    const end = this.length + count;
    if (end > this.#bytes.length) this.#grow(end);
    for (let at = end - 1, rest = value; at >= this.length; at--) {
      const higher = Math.floor(rest / radix);
      this.#bytes[at] = DIGITS[rest - higher * radix]!;
      rest = higher;
    }
    this.length = end;
  }

  clear(): void {
    this.length = 0;
  }

  #grow(atLeast: number): void {
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, atLeast));
    larger.set(this.view);
    this.#bytes = larger;
  }
}
