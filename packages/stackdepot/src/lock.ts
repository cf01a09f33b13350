/**
 * A mutex in one 32-bit word of a SharedArrayBuffer, after Drepper's "Futexes are tricky", and a word that counts its turns.
 *
 * ```
 *   FREE ----lock----> HELD ----lock by another----> AWAITED
 *     ^                  |                              |
 *     +------unlock------+-------unlock + notify--------+
 * ```
 *
 * Where a thread may not block (a browser's main thread) it spins instead: whoever holds the lock runs in another
 * thread and is done in microseconds. A thread that is terminated while it holds the lock leaves it held; nobody can see
 * that, only that the same turn lasts longer than any should.
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

/** Milliseconds that one turn of another thread may last. */
export const LOCK_TIMEOUT = 10_000;

/** Takes the lock at word `at` if it is free; false if not. Word `turns` counts. */
export function tryLock(words: Int32Array, at: number, turns: number): boolean {
  if (Atomics.compareExchange(words, at, FREE, HELD) !== FREE) return false;
  words[turns]!++;
  return true;
}

/**
 * Takes the lock at word `at`; returns when this thread holds it. Not reentrant.
 *
 * @throws Error if another thread's turn lasts longer than `timeout` milliseconds
 */
export function lock(words: Int32Array, at: number, turns: number, timeout: number): void {
  for (let spin = 0; spin < SPINS; spin++) {
    if (tryLock(words, at, turns)) return;
  }
  let turn = Atomics.load(words, turns);
  let end = performance.now() + timeout;
  while (Atomics.exchange(words, at, AWAITED) !== FREE) {
    const now = performance.now();
    const current = Atomics.load(words, turns);
    if (current !== turn) {
      turn = current;
      end = now + timeout;
    } else if (now >= end) {
      throw new Error(
        `the lock of this stack depot has been held for ${timeout} ms: ` +
          'its thread was terminated or waits, or the buffer was copied without snapshot()',
      );
    }
    if (canBlock()) Atomics.wait(words, at, AWAITED, end - now);
  }
  words[turns]!++;
}

/** Gives the lock back; only the thread that holds it may. */
export function unlock(words: Int32Array, at: number): void {
  if (Atomics.exchange(words, at, FREE) === AWAITED) Atomics.notify(words, at, 1);
}
