import type { Clock } from '@page-owner/page-owner';

const WORD = 2 ** 32;
const NS_PER_MS = 1e6;

/** Nanoseconds since the program began, as far as the runtime tells them. */
export class ProgramClock implements Clock {
  /** When time 0 was, as other threads can tell it, too. */
  readonly origin: number;
  /** Milliseconds from then to this thread's own time 0. */
  readonly #offset: number;

  constructor(origin: number = performance.timeOrigin) {
    this.origin = origin;
    this.#offset = performance.timeOrigin - origin;
  }

  read(into: Uint32Array): void {
    const ns = Math.max(0, Math.round((this.#offset + performance.now()) * NS_PER_MS));
    into[0] = ns;
    into[1] = ns / WORD;
  }
}
