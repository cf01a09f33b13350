/**
 * Frame addresses: two 32-bit words each inside, a BigInt at the edges.
 *
 * A kernel address does not fit a double, and a BigInt per frame would be garbage on the hot path. A stack of `n`
 * frames is therefore the first `2n` words of a `Uint32Array`, innermost frame first:
 *
 * ```
 *   word   0        1        2        3
 *        +--------+--------+--------+--------+--
 *        | lo     | hi     | lo     | hi     | ...
 *        +--------+--------+--------+--------+--
 *          frame 0           frame 1
 * ```
 *
 * On a little-endian machine these are the bytes of the kernel's `unsigned long entries[]`.
 */

/** 32-bit words of one frame address. */
export const FRAME_WORDS = 2;
/** Bytes of one frame address. */
export const FRAME_BYTES = FRAME_WORDS * Uint32Array.BYTES_PER_ELEMENT;

/**
 * Addresses as frame words: `[lo, hi, lo, hi, ...]`.
 *
 * @throws RangeError if one is not an unsigned 64-bit integer
 */
export function toFrameWords(addresses: readonly bigint[]): Uint32Array {
  const words = new Uint32Array(FRAME_WORDS * addresses.length);
  addresses.forEach((address, frame) => {
    if (typeof address !== 'bigint' || address >> 64n !== 0n)
      throw new RangeError(`an address is a bigint, an unsigned 64-bit integer, got ${String(address)}`);
    words[FRAME_WORDS * frame] = Number(address & 0xffffffffn);
    words[FRAME_WORDS * frame + 1] = Number((address >> 32n) & 0xffffffffn);
  });
  return words;
}

/** One address from its two words. */
export const toAddress = (lo: number, hi: number): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);

/**
 * The first `depth` frames of `words` as addresses.
 *
 * @throws RangeError if there are fewer
 */
export function toAddresses(words: Uint32Array, depth: number = words.length / FRAME_WORDS): bigint[] {
  requireRoom(words, depth);
  return Array.from({ length: depth }, (_, frame) =>
    toAddress(words[FRAME_WORDS * frame] ?? 0, words[FRAME_WORDS * frame + 1] ?? 0),
  );
}

/** @throws RangeError if `words` is no array of so many frames; TypeError if it holds addresses, not words of them */
export function requireRoom(words: Uint32Array, depth: number): void {
  if (depth >>> 0 === depth && FRAME_WORDS * depth <= words.length) return;
  if (typeof (words as ArrayLike<unknown>)[0] === 'bigint')
    throw new TypeError(
      'frames are words of addresses, two of each, not addresses: make them with toFrameWords()',
    );
  throw new RangeError(`${words.length} words cannot hold ${depth} frames`);
}
