/** Byte loops, 16 at a time. All of them may read, never write, up to 15 bytes past the range they are given. */

export const NEWLINE: u8 = 10;

/** The first newline in [from, to), or `to`. */
export function findNewline(from: u32, to: u32): u32 {
  const newlines = i8x16.splat(NEWLINE);
  for (let p = from; p < to; p += 16) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(p), newlines));
    if (hits) return min(p + <u32>ctz(hits), to);
  }
  return to;
}

/**
 * The second newline of the first pair of newlines in [from, to), or `to`. The byte before `from` is a newline: an
 * empty line at `from` counts.
 */
export function findEmptyLine(from: u32, to: u32): u32 {
  const newlines = i8x16.splat(NEWLINE);
  let before: i32 = 1;
  for (let p = from; p < to; p += 16) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(p), newlines));
    if (hits) {
      const pairs = hits & ((hits << 1) | before);
      if (pairs) return min(p + <u32>ctz(pairs), to);
    }
    before = hits >>> 15;
  }
  return to;
}

/** Whether `length` bytes at `a` and at `b` are the same. */
export function equal(a: u32, b: u32, length: u32): bool {
  let i: u32 = 0;
  for (; i + 16 <= length; i += 16) {
    if (v128.any_true(v128.xor(v128.load(a + i), v128.load(b + i)))) return false;
  }
  const rest = length - i;
  if (!rest) return true;
  const same = i8x16.bitmask(i8x16.eq(v128.load(a + i), v128.load(b + i)));
  return (~same & ((1 << rest) - 1)) == 0;
}

/** A 32-bit hash of `length` bytes at `p`; `seed` differs from run to run, so nobody can prepare collisions. */
export function hash(p: u32, length: u32, seed: u64): u32 {
  let a: u64 = seed ^ length;
  let b: u64 = seed + 0x9e3779b97f4a7c15;
  let i: u32 = 0;
  for (; i + 16 <= length; i += 16) {
    a = rotl(a ^ load<u64>(p + i), 29) * 0xbf58476d1ce4e5b9;
    b = rotl(b ^ load<u64>(p + i, 8), 31) * 0x94d049bb133111eb;
  }
  for (; i < length; i++) a = rotl(a ^ load<u8>(p + i), 11) * 0xff51afd7ed558ccd;
  let h = a ^ rotl(b, 32);
  h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93;
  return <u32>(h ^ (h >> 32));
}

/** Copies `length` bytes, 16 at a time: may write up to 15 bytes past the end. */
export function copyLoose(to: u32, from: u32, length: u32): void {
  for (let i: u32 = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
}
