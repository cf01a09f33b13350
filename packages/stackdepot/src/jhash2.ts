/**
 * The kernel's `jhash2()`: Bob Jenkins' lookup3 hash, in the variant that takes 32-bit words.
 *
 * Three accumulators start from the length and the seed, take in three words a round and are mixed; what is left (one
 * to three words) goes through a stronger final mix.
 */

/** Lookup3's arbitrary start value; `4 * words` and the seed are added to it. */
const INITIAL = 0xdeadbeef | 0;

/**
 * Hashes the first `length` words of `words`. Allocates nothing.
 *
 * @returns 32 bits as a signed integer; `>>> 0` gives the number the kernel prints
 */
export function jhash2(words: Uint32Array, length: number, seed: number): number {
  let a = (INITIAL + (length << 2) + seed) | 0;
  let b = a;
  let c = a;
  let at = 0;
  let left = length;
  while (left > 3) {
    a = (a + words[at]!) | 0;
    b = (b + words[at + 1]!) | 0;
    c = (c + words[at + 2]!) | 0;

    a = (a - c) ^ ((c << 4) | (c >>> 28));
    c = (c + b) | 0;
    b = (b - a) ^ ((a << 6) | (a >>> 26));
    a = (a + c) | 0;
    c = (c - b) ^ ((b << 8) | (b >>> 24));
    b = (b + a) | 0;
    a = (a - c) ^ ((c << 16) | (c >>> 16));
    c = (c + b) | 0;
    b = (b - a) ^ ((a << 19) | (a >>> 13));
    a = (a + c) | 0;
    c = (c - b) ^ ((b << 4) | (b >>> 28));
    b = (b + a) | 0;

    at += 3;
    left -= 3;
  }
  if (left === 0) return c;
  if (left > 2) c = (c + words[at + 2]!) | 0;
  if (left > 1) b = (b + words[at + 1]!) | 0;
  a = (a + words[at]!) | 0;

  c = ((c ^ b) - ((b << 14) | (b >>> 18))) | 0;
  a = ((a ^ c) - ((c << 11) | (c >>> 21))) | 0;
  b = ((b ^ a) - ((a << 25) | (a >>> 7))) | 0;
  c = ((c ^ b) - ((b << 16) | (b >>> 16))) | 0;
  a = ((a ^ c) - ((c << 4) | (c >>> 28))) | 0;
  b = ((b ^ a) - ((a << 14) | (a >>> 18))) | 0;
  return ((c ^ b) - ((b << 24) | (b >>> 8))) | 0;
}
