/**
 * The kernel's `refcount_t` on one 32-bit word: a signed counter that sticks to a value far from both ends when it is
 * misused.
 *
 * ```
 *   -2^31        -2^30         0                  2^31 - 1
 *     +------------+-----------+-----------------------+
 *     |  misuse    ^ misuse    ^       in use          |
 *     +------------+-----------+-----------------------+
 *              SATURATED      gone
 * ```
 *
 * A record that is never counted starts saturated. Operations return what the kernel would warn about, or OK.
 */

/** `0xc0000000` as the C int it is: half way between the smallest int and 0. */
export const REFCOUNT_SATURATED = -0x40000000;

/** The largest count. */
export const REFCOUNT_MAX = 0x7fffffff;

/** What an operation found wrong; each is warned about once. */
export const OK = 0;
export const SATURATES = 1;
const ADD_ON_ZERO = 2;
export const UNDERFLOW = 3;

export type Misuse = typeof OK | typeof SATURATES | typeof ADD_ON_ZERO | typeof UNDERFLOW;

/** The kernel's warnings, by misuse. */
export const MISUSE_WARNINGS: readonly string[] = [
  '',
  'refcount_t: saturated; leaking memory.',
  'refcount_t: addition on 0; use-after-free.',
  'refcount_t: underflow; use-after-free.',
];

/** `refcount_add()`: adding to 0, or beyond the range, saturates. */
export function refAdd(words: Int32Array, at: number, n: number): Misuse {
  const old = Atomics.add(words, at, n);
  if (old > 0 && old + n <= REFCOUNT_MAX) return OK;
  Atomics.store(words, at, REFCOUNT_SATURATED);
  return old === 0 ? ADD_ON_ZERO : SATURATES;
}

/** `refcount_inc_not_zero()`: 0 stays 0, beyond the range saturates. Returns the value before. */
export function refIncNotZero(words: Int32Array, at: number): number {
  let old = Atomics.load(words, at);
  while (old !== 0) {
    const seen = Atomics.compareExchange(words, at, old, (old + 1) | 0);
    if (seen === old) break;
    old = seen;
  }
  if (old < 0 || old === REFCOUNT_MAX) Atomics.store(words, at, REFCOUNT_SATURATED);
  return old;
}

/** `refcount_sub_and_test()`: returns the value before. `n`: the count is now 0; less: {@link UNDERFLOW}. */
export function refSub(words: Int32Array, at: number, n: number): number {
  const old = Atomics.sub(words, at, n);
  if (old < n) Atomics.store(words, at, REFCOUNT_SATURATED);
  return old;
}
