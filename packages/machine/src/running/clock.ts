/** The machine's only clock: nanoseconds since boot. It moves when the machine says so, never by itself. */
import type { Clock } from '@page-owner/page-owner';

const WORD = 2 ** 32;

/** A machine's clock, for what takes time beside allocations: {@link Machine.clock}. */
export class MachineClock implements Clock {
  #ns = 0;

  /** Since boot. */
  get ns(): number {
    return this.#ns;
  }

  /** @throws RangeError if time would run backwards, or past 2^53 ns (104 days) */
  advanceTo(ns: number): void {
    if (!(ns >= this.#ns && ns <= Number.MAX_SAFE_INTEGER)) {
      throw new RangeError(`the clock goes on from ${this.#ns} ns, not to ${ns}`);
    }
    this.#ns = ns;
  }

  /** So many nanoseconds pass. */
  advance(ns: number): void {
    this.advanceTo(this.#ns + ns);
  }

  read(into: Uint32Array): void {
    into[0] = this.#ns % WORD;
    into[1] = this.#ns / WORD;
  }
}
