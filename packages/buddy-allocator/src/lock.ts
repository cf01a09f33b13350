/**
 * The lock of a shared allocator: one word, and one that counts its turns.
 *
 * ```
 *   0 free     1 held     2 held, and somebody may sleep on it
 * ```
 *
 * A thread may take it again while it holds it, so that a hook can allocate. Threads that may not sleep (a browser's
 * main thread) spin instead.
 *
 * Nobody can see from the word whether the thread that holds it still runs: it may have been terminated, and in a raw copy
 * of a buffer there never is one. What can be seen is that the same turn lasts longer than any should.
 */
export const LOCK_FREE = 0;
const HELD = 1;
const CONTENDED = 2;

/** How often to look before going to sleep; a critical section is far shorter than a sleep. */
const SPINS = 200;

/** Milliseconds; the longest turns, compaction of tens of GiB, are a tenth of it. */
const TIMEOUT = 10_000;

export class Lock {
  readonly #words: Int32Array;
  readonly #at: number;
  /** Milliseconds that one turn of another thread may last. */
  timeout = TIMEOUT;
  #depth = 0;
  #maySleep = true;

  /** @param at the lock's word; the next one counts the turns */
  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  /** @throws Error if another thread's turn does not end */
  acquire(): void {
    if (this.#depth === 0) {
      const words = this.#words;
      if (Atomics.compareExchange(words, this.#at, LOCK_FREE, HELD) !== LOCK_FREE) this.#wait();
      words[this.#at + 1]!++;
    }
    this.#depth++;
  }

  release(): void {
    if (--this.#depth > 0) return;
    if (Atomics.exchange(this.#words, this.#at, LOCK_FREE) === CONTENDED)
      Atomics.notify(this.#words, this.#at, 1);
  }

  #wait(): void {
    const words = this.#words;
    const at = this.#at;
    for (let spin = 0; spin < SPINS; spin++) {
      if (
        Atomics.load(words, at) === LOCK_FREE &&
        Atomics.compareExchange(words, at, LOCK_FREE, HELD) === LOCK_FREE
      )
        return;
    }
    let turn = Atomics.load(words, at + 1);
    let end = performance.now() + this.timeout;
    // Once asleep, a thread takes the lock as CONTENDED: it can not know whether others still sleep.
    while (Atomics.exchange(words, at, CONTENDED) !== LOCK_FREE) {
      const now = performance.now();
      const current = Atomics.load(words, at + 1);
      if (current !== turn) {
        turn = current;
        end = now + this.timeout;
      } else if (now >= end) this.#giveUp();
      this.#sleep(end - now);
    }
  }

  #giveUp(): never {
    throw new Error(
      `the lock of this allocator has been held for ${this.timeout} ms: ` +
        'its thread was terminated or waits, or the buffer was copied without snapshot()',
    );
  }

  #sleep(ms: number): void {
    if (!this.#maySleep) return;
    try {
      Atomics.wait(this.#words, this.#at, CONTENDED, ms);
    } catch {
      this.#maySleep = false;
    }
  }
}
