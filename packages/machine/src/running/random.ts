/** Numbers that look random and are the same on every run with the same seed (xorshift32). */
export class Random {
  #state: number;

  /** @param seed any integer; 0 counts as 1 */
  constructor(seed: number) {
    if (!Number.isInteger(seed)) throw new RangeError(`a seed is a whole number, got ${seed}`);
    this.#state = seed | 0 || 1;
    // Small seeds begin with small numbers.
    for (let i = 0; i < 8; i++) this.next();
  }

  /** 32 bits, never 0. */
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  /**
   * A whole number from 0 to `count` - 1.
   *
   * @throws RangeError unless `count` is a whole number from 1 to 2^32
   */
  below(count: number): number {
    if (!(Number.isInteger(count) && count >= 1 && count <= 2 ** 32)) {
      throw new RangeError(`a random number is below a whole number from 1 to 2^32, got ${count}`);
    }
    return this.next() % count;
  }
}
