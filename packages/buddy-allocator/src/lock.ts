/**
 * The lock of a shared allocator: one word.
 *
 * ```
 *   0 free     1 held     2 held, and somebody may sleep on it
 * ```
 *
 * A thread may take it again while it holds it, so that a hook can allocate. Threads that may not sleep (a browser's
 * main thread) spin instead.
 */
const FREE = 0;
const HELD = 1;
const CONTENDED = 2;

/** How often to look before going to sleep; a critical section is far shorter than a sleep. */
const SPINS = 200;

export class Lock {
  readonly #words: Int32Array;
  readonly #at: number;
  #depth = 0;
  #maySleep = true;

  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  acquire(): void {
    if (this.#depth++ > 0) return;
    if (Atomics.compareExchange(this.#words, this.#at, FREE, HELD) !== FREE) this.#wait();
  }

  release(): void {
    if (--this.#depth > 0) return;
    if (Atomics.exchange(this.#words, this.#at, FREE) === CONTENDED) Atomics.notify(this.#words, this.#at, 1);
  }

  #wait(): void {
    const words = this.#words;
    const at = this.#at;
    for (let spin = 0; spin < SPINS; spin++) {
      if (Atomics.load(words, at) === FREE && Atomics.compareExchange(words, at, FREE, HELD) === FREE) return;
    }
    // Once asleep, a thread takes the lock as CONTENDED: it can not know whether others still sleep.
    while (Atomics.exchange(words, at, CONTENDED) !== FREE) this.#sleep();
  }

  #sleep(): void {
    if (!this.#maySleep) return;
    try {
      Atomics.wait(this.#words, this.#at, CONTENDED);
    } catch {
      this.#maySleep = false;
    }
  }
}
