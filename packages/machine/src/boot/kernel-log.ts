/** The kernel log: what dmesg prints. */

const MICROSECOND = 1000;
const SECOND = 1e6;

export class KernelLog {
  readonly #now: () => number;
  readonly #lines: string[] = [];

  /** @param now nanoseconds since boot */
  constructor(now: () => number) {
    this.#now = now;
  }

  readonly print = (line: string): void => {
    const us = Math.floor(this.#now() / MICROSECOND);
    const seconds = String(Math.floor(us / SECOND)).padStart(5);
    this.#lines.push(`[${seconds}.${String(us % SECOND).padStart(6, '0')}] ${line}\n`);
  };

  get text(): string {
    return this.#lines.join('');
  }
}
