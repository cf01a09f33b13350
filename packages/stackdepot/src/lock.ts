/**
 * A mutex in one 32-bit word of a SharedArrayBuffer, after Drepper's "Futexes are tricky".
 *
 * ```
 *   FREE ----lock----> HELD ----lock by another----> AWAITED
 *     ^                  |                              |
 *     +------unlock------+-------unlock + notify--------+
 * ```
 *
 * Where a thread may not block (a browser's main thread) it spins instead: whoever holds the lock runs in another
 * thread and is done in microseconds. A thread that is terminated while it holds the lock leaves it held.
 */

const FREE = 0;
const HELD = 1;
/** Held, and somebody may be asleep. */
const AWAITED = 2;

/** Attempts before going to sleep; a section under the lock takes less. */
const SPINS = 64;

let mayBlock: boolean | undefined;

/** `Atomics.wait` throws a TypeError where blocking is not allowed, whatever its arguments. */
function canBlock(): boolean {
  if (mayBlock === undefined) {
    try {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 1, 0);
      mayBlock = true;
    } catch {
      mayBlock = false;
    }
  }
  return mayBlock;
}

/** Takes the lock at word `at` if it is free; false if not. */
export const tryLock = (words: Int32Array, at: number): boolean =>
  Atomics.compareExchange(words, at, FREE, HELD) === FREE;

/** Takes the lock at word `at`; returns when this thread holds it. Not reentrant. */
export function lock(words: Int32Array, at: number): void {
  for (let spin = 0; spin < SPINS; spin++) {
    if (tryLock(words, at)) return;
  }
  while (Atomics.exchange(words, at, AWAITED) !== FREE) {
    if (canBlock()) Atomics.wait(words, at, AWAITED);
  }
}

/** Gives the lock back; only the thread that holds it may. */
export function unlock(words: Int32Array, at: number): void {
  if (Atomics.exchange(words, at, FREE) === AWAITED) Atomics.notify(words, at, 1);
}
